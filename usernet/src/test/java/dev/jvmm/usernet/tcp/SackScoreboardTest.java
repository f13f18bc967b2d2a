package dev.jvmm.usernet.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SackScoreboardTest {
    private static final int BASE = Integer.MAX_VALUE - 100;
    private static final int SENT = 300;

    private final SackScoreboard board = new SackScoreboard();

    /** Against a plain set of numbers. */
    @ParameterizedTest
    @ValueSource(longs = { 1, 2, 3, 4, 5 })
    void anyBlocksAreRemembered(long seed) {
        Random random = new Random(seed);
        boolean[] has = new boolean[SENT + 1];
        int una = 0;
        for (int i = 0; i < 500; i++) {
            int from = random.nextInt(SENT + 20) - 10;
            int to = from + random.nextInt(20) - 3;
            board.add(BASE + from, BASE + to, BASE + una, BASE + SENT);
            if (from > una && to > from && to <= SENT) {
                for (int at = from; at < to; at++) {
                    has[at] = true;
                }
            }
            if (random.nextInt(20) == 0) {
                una = Math.min(una + random.nextInt(10), SENT);
                while (has[una]) {
                    una++;
                }
                board.forget(BASE + una);
            }
            compare(has, una);
        }
    }

    private void compare(boolean[] has, int una) {
        int bytes = 0;
        for (int at = SENT - 1; at >= una; at--) {
            bytes += has[at] ? 1 : 0;
            int skipped = at;
            while (has[skipped]) {
                skipped++;
            }
            assertEquals(BASE + skipped, board.skip(BASE + at));
            if (!has[at]) {
                int end = at;
                while (end < SENT && !has[end]) {
                    end++;
                }
                assertEquals(BASE + (end == SENT ? at : end), board.gapEnd(BASE + at));
            }
        }
        assertEquals(bytes, board.bytes());
    }

    @Test
    void moreBlocksThanThereIsRoomForAreNotBelieved() {
        for (int i = 0; i < 1000; i++) {
            board.add(2 * i + 1, 2 * i + 2, 0, 10_000);
        }
        assertEquals(64, board.bytes());
        board.add(1, 2000, 0, 10_000);
        assertEquals(1999, board.bytes());
        board.clear();
        assertEquals(0, board.bytes());
    }
}
