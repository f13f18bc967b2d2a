package dev.jvmm.virtio.queue;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** What a driver makes available, and what a device makes of it at the same time. */
@JCStressTest
@Description("A device that sees an available index sees the chains behind it, and what is in their buffers.")
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "nothing yet")
@Outcome(id = "1, 8, 11", expect = Expect.ACCEPTABLE, desc = "the first chain, whole")
@Outcome(id = "2, 24, 11", expect = Expect.ACCEPTABLE, desc = "both chains")
@Outcome(expect = Expect.FORBIDDEN, desc = "a chain that is not what the driver published")
@State
public class AvailableEntries {
    private final StressRing ring = new StressRing(true, () -> {});

    /** Two chains of two buffers, one after the other. */
    @Actor
    public void driver() {
        ring.write(11);
        ring.driver.post(1, ring.buffer, 4, ring.buffer + 4, 4);
        ring.driver.post(2, ring.buffer, 8, ring.buffer + 8, 8);
    }

    @Actor
    public void device(III_Result seen) {
        while (ring.device.next(ring.chain)) {
            seen.r1++;
            seen.r2 += (int) (ring.chain.readableLength() + ring.chain.writableLength());
            seen.r3 = ring.chain.int32(0);
            ring.chain.abandon();
        }
    }
}
