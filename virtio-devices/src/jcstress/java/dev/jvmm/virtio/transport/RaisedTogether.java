package dev.jvmm.virtio.transport;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A used buffer on the event loop while a vCPU changes the configuration. */
@JCStressTest
@Description("Both reasons for an interrupt stay, and each has its edge.")
@Outcome(id = "3, 2", expect = Expect.ACCEPTABLE, desc = "both")
@Outcome(expect = Expect.FORBIDDEN, desc = "one is lost")
@State
public class RaisedTogether {
    private final StressWiring wiring = new StressWiring();
    private final InterruptStatus status = new InterruptStatus(wiring);

    @Actor
    public void used() {
        status.used();
    }

    @Actor
    public void changed() {
        status.raise(MmioRegisters.INTERRUPT_CONFIG_CHANGE);
    }

    @Arbiter
    public void after(II_Result seen) {
        seen.r1 = status.bits();
        seen.r2 = wiring.edges();
    }
}
