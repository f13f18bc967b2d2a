package dev.jvmm.virtio.queue;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** What a device gives back, and what a driver that polls makes of it at the same time. */
@JCStressTest
@Description("A driver that sees a used index sees the entry behind it, and what the device wrote into the buffer.")
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "nothing yet")
@Outcome(id = "1, 4, 11", expect = Expect.ACCEPTABLE, desc = "the buffer, filled")
@Outcome(expect = Expect.FORBIDDEN, desc = "a buffer or an entry that is not ready")
@State
public class UsedEntries {
    private static final byte[] ANSWER = { 11, 0, 0, 0 };

    private final StressRing ring = new StressRing(true, () -> {});

    public UsedEntries() {
        ring.driver.post(0, ring.buffer, 16);
        ring.device.next(ring.chain);
    }

    @Actor
    public void device() {
        ring.chain.write(0, ANSWER, 0, ANSWER.length);
        ring.device.complete(ring.chain, ANSWER.length);
    }

    @Actor
    public void driver(III_Result seen) {
        if (ring.driver.hasUsed()) {
            seen.r1 = 1;
            seen.r2 = (int) ring.driver.takeUsed();
            seen.r3 = ring.read();
        }
    }
}
