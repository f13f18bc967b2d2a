package dev.jvmm.virtio.net;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;

/** Commands of any class, length and content. They are answered, and never lead to what was not negotiated. */
class NetControlFuzzTest extends NetFuzzFixture {
    private static final int MOST_COMMANDS = 64;

    @FuzzTest(maxDuration = "10m")
    void anyCommands(byte[] bytes) {
        begin(bytes, ~(bytes.length == 0 ? 0L
                : (bytes[0] & 0x3FL) << 18 & ~NetFeature.CTRL_VQ | (bytes[0] < 0 ? NetFeature.GUEST_TSO4 : 0)));
        next();
        driver.rooms(0, 4, NetDriver.BUFFER);
        for (int i = 0; i < MOST_COMMANDS && hasInput(); i++) {
            int what = next();
            byte[] body = body(what);
            if (what < 0xC0) {
                int ack = driver.command(what & 7, next() & 7, body);
                check(ack == NetControl.OK || ack == NetControl.ERR, "an answer of " + ack);
                checkOffloads();
            } else {
                backend.arrive(what & 1, NetDriver.frame(NetDriver.header(), next() * 0x0101_0101_0101L,
                        (what & 2) == 0 ? 0x8100 : 0x0800, 64));
            }
            if (mock.ring(0).hasUsed()) {
                driver.receive(0);
                driver.rooms(0, 1, NetDriver.BUFFER);
            }
            check(!mock.needsReset(), "the device is broken");
        }
        check(mock.config(CardConfig.MAC, 1) % 2 == 0, "a group's address is the card's");
        proveWorking();
    }

    /** Mostly of a length that some command has. */
    private byte[] body(int what) {
        return switch (what >> 3 & 7) {
            case 0 -> next(1);
            case 1 -> next(2);
            case 2 -> next(6);
            case 3 -> next(8);
            case 4 -> NetDriver.tables(addresses(), addresses());
            case 5 -> Arrays.copyOf(NetDriver.tables(addresses(), addresses()), next());
            case 6 -> next(next());
            default -> new byte[0];
        };
    }

    private long[] addresses() {
        long[] addresses = new long[next() % 80];
        for (int i = 0; i < Math.min(3, addresses.length); i++) {
            addresses[i] = (long) next16() << 32 | next16();
        }
        return addresses;
    }

    private void checkOffloads() {
        check((backend.configured & ~features) == 0, "a feature that was not negotiated");
        check(NetFeature.consistent(backend.configured), "an offload without the one that it requires");
        check(backend.pairsInUse >= 1 && backend.pairsInUse <= (has(NetFeature.MQ) ? PAIRS : 1), "pairs");
        check((backend.configured & ~NetFeature.GUEST_OFFLOADS) == (features & ~NetFeature.GUEST_OFFLOADS),
                "another feature than an offload has changed");
    }
}
