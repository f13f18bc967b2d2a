package dev.jvmm.virtio.queue;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A device on its way to sleep while the driver makes a chain available, with VIRTIO_F_EVENT_IDX (2.7.10). */
@JCStressTest
@Description("Either the driver is asked to kick, or the device sees the chain: else it would lie there for ever.")
@Outcome(id = { "1, 0", "0, 1", "1, 1" }, expect = Expect.ACCEPTABLE, desc = "somebody sees the other")
@Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "a lost kick")
@State
public class KickWithEventIndex {
    private final StressRing ring = new StressRing(true, () -> {});

    /** One chain was taken, and the event index stands where the driver need not kick. */
    public KickWithEventIndex() {
        ring.driver.post(0, ring.buffer, 16);
        ring.driver.needsKick();
        ring.device.next(ring.chain);
        ring.chain.abandon();
    }

    @Actor
    public void driver(II_Result seen) {
        ring.driver.post(0, ring.buffer, 16);
        seen.r1 = ring.driver.needsKick() ? 1 : 0;
    }

    @Actor
    public void device(II_Result seen) {
        seen.r2 = ring.device.next(ring.chain) ? 1 : 0;
    }
}
