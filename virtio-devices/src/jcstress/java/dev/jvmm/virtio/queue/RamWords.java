package dev.jvmm.virtio.queue;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/** Guest RAM that is written while it is read. */
@JCStressTest
@Description("Aligned accesses are not torn.")
@Outcome(id = { "0, 0", "-1, 0", "0, 65535", "-1, 65535" }, expect = Expect.ACCEPTABLE, desc = "before or after")
@Outcome(expect = Expect.FORBIDDEN, desc = "half of a word")
@State
public class RamWords {
    private final StressRing ring = new StressRing(false, () -> {});

    @Actor
    public void writer() {
        ring.ram().putInt64(ring.spare(), -1);
        ring.ram().putInt16(ring.spare() + 8, 0xFFFF);
    }

    @Actor
    public void reader(LI_Result seen) {
        seen.r1 = ring.ram().int64(ring.spare());
        seen.r2 = ring.ram().int16(ring.spare() + 8);
    }
}
