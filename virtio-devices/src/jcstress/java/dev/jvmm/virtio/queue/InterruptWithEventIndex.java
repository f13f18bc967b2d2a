package dev.jvmm.virtio.queue;

import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A driver on its way to sleep while the device gives a chain back, with VIRTIO_F_EVENT_IDX (2.7.7). */
@JCStressTest
@Description("Either the driver is interrupted, or it sees the used buffer.")
@Outcome(id = { "1, 0", "0, 1", "1, 1" }, expect = Expect.ACCEPTABLE, desc = "somebody sees the other")
@Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "a lost interrupt")
@State
public class InterruptWithEventIndex {
    private static final int NEVER = 0x4000;

    private int interrupts;
    private final StressRing ring = new StressRing(true, () -> interrupts++);

    public InterruptWithEventIndex() {
        ring.driver.post(0, ring.buffer, 16);
        ring.driver.usedEvent(NEVER);
        ring.device.next(ring.chain);
    }

    @Actor
    public void driver(II_Result seen) {
        ring.driver.usedEvent(0);
        VarHandle.fullFence();
        seen.r1 = ring.driver.hasUsed() ? 1 : 0;
    }

    @Actor
    public void device(II_Result seen) {
        ring.device.completeAndFlush(ring.chain, 0);
        seen.r2 = interrupts;
    }
}
