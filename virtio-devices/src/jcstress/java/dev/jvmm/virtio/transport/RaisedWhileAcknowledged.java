package dev.jvmm.virtio.transport;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A driver that handles a used buffer while the configuration changes and another buffer is used. */
@JCStressTest
@Description("What the driver did not see, it does not acknowledge; a change it did not see is still there.")
@Outcome(id = { "1, 3, 2", "1, 2, 2" }, expect = Expect.ACCEPTABLE, desc = "the change is still there")
@Outcome(id = { "3, 0, 2", "3, 1, 2" }, expect = Expect.ACCEPTABLE, desc = "the driver saw it")
@Outcome(expect = Expect.FORBIDDEN, desc = "a change of the configuration is lost")
@State
public class RaisedWhileAcknowledged {
    private final StressWiring wiring = new StressWiring();
    private final InterruptStatus status = new InterruptStatus(wiring);

    public RaisedWhileAcknowledged() {
        status.set(MmioRegisters.INTERRUPT_USED_BUFFER);
    }

    @Actor
    public void device() {
        status.raise(MmioRegisters.INTERRUPT_CONFIG_CHANGE);
        status.used();
    }

    /** As Linux does: reads, acknowledges what it read. */
    @Actor
    public void driver(III_Result seen) {
        int bits = status.bits();
        status.acknowledge(bits);
        seen.r1 = bits;
    }

    @Arbiter
    public void after(III_Result seen) {
        seen.r2 = status.bits();
        seen.r3 = wiring.edges();
    }
}
