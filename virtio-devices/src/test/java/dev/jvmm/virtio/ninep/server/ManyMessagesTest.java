package dev.jvmm.virtio.ninep.server;

import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Messages by chance, as {@link NinepMessagesFuzzTest} makes them: {@code -Djvmm.ninep.messages=10000000} for very many. */
final class ManyMessagesTest {
    private static final long MESSAGES = Long.getLong("jvmm.ninep.messages", 20_000);
    private static final int MOST_BYTES = 1_500;

    @Test
    void noneDoesHarm() throws IOException {
        NinepMessagesFuzzTest server = new NinepMessagesFuzzTest();
        SplittableRandom random = new SplittableRandom(MESSAGES);
        while (server.messages() < MESSAGES) {
            byte[] input = new byte[random.nextInt(MOST_BYTES)];
            random.nextBytes(input);
            server.anyMessages(input);
        }
    }
}
