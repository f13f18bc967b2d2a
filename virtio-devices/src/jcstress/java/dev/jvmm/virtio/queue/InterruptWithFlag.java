package dev.jvmm.virtio.queue;

import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** As {@link InterruptWithEventIndex}, for a driver that says with a flag what it wants to hear. */
@JCStressTest
@Description("Either the driver is interrupted, or it sees the used buffer.")
@Outcome(id = { "1, 0", "0, 1", "1, 1" }, expect = Expect.ACCEPTABLE, desc = "somebody sees the other")
@Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "a lost interrupt")
@State
public class InterruptWithFlag {
    private int interrupts;
    private final StressRing ring = new StressRing(false, () -> interrupts++);

    public InterruptWithFlag() {
        ring.driver.post(0, ring.buffer, 16);
        ring.driver.availableFlags(QueueLayout.AVAILABLE_F_NO_INTERRUPT);
        ring.device.next(ring.chain);
    }

    @Actor
    public void driver(II_Result seen) {
        ring.driver.availableFlags(0);
        VarHandle.fullFence();
        seen.r1 = ring.driver.hasUsed() ? 1 : 0;
    }

    @Actor
    public void device(II_Result seen) {
        ring.device.completeAndFlush(ring.chain, 0);
        seen.r2 = interrupts;
    }
}
