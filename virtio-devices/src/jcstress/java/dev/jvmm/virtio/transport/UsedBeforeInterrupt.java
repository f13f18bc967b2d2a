package dev.jvmm.virtio.transport;

import dev.jvmm.virtio.queue.StressRing;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** An interrupt handler that runs while the device is still at work. */
@JCStressTest
@Description("Whoever hears the edge finds the reason in InterruptStatus and the buffer in the used ring.")
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "no interrupt yet")
@Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "all is there")
@Outcome(expect = Expect.FORBIDDEN, desc = "an interrupt for nothing")
@State
public class UsedBeforeInterrupt {
    private final StressWiring wiring = new StressWiring();
    private final InterruptStatus status = new InterruptStatus(wiring);
    private final StressRing ring = new StressRing(true, status);

    public UsedBeforeInterrupt() {
        ring.driver.post(0, ring.buffer, 16);
        ring.device.next(ring.chain);
    }

    @Actor
    public void device() {
        ring.device.completeAndFlush(ring.chain, 0);
    }

    @Actor
    public void handler(III_Result seen) {
        if (wiring.edges() > 0) {
            seen.r1 = 1;
            seen.r2 = status.bits();
            seen.r3 = ring.driver.hasUsed() ? 1 : 0;
        }
    }
}
