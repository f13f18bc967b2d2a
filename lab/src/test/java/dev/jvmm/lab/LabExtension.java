package dev.jvmm.lab;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Decides for {@link RequiresLab}, and hands out its machines: one for each class that runs, and to the next class after it. */
final class LabExtension implements ExecutionCondition, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LabExtension.class);

    /** The machines that nobody uses. Closed by JUnit with the store that holds it, after the last test. */
    private static final class Pool implements AutoCloseable {
        private final Deque<LabMachine> idle = new ArrayDeque<>();

        static Pool of(ExtensionContext context) {
            return context.getRoot().getStore(NAMESPACE).getOrComputeIfAbsent(Pool.class, key -> new Pool(),
                    Pool.class);
        }

        /** A machine that is up; booted, where there is none. */
        LabMachine take() {
            LabMachine machine = poll();
            return machine != null ? machine : LabMachine.start();
        }

        private synchronized LabMachine poll() {
            return idle.poll();
        }

        synchronized void give(LabMachine machine) {
            idle.push(machine);
        }

        @Override
        public synchronized void close() {
            idle.forEach(LabMachine::stop);
        }
    }

    /** A class's machine. Closed by JUnit with the class's store, after its last test. */
    private static final class Lease implements AutoCloseable {
        private final Pool pool;
        private LabMachine machine;

        Lease(Pool pool) {
            this.pool = pool;
            machine = pool.take();
        }

        static Lease of(ExtensionContext context) {
            ExtensionContext place = context;
            while (place.getTestMethod().isPresent()) {
                place = place.getParent().orElseThrow();
            }
            return place.getStore(NAMESPACE).getOrComputeIfAbsent(Lease.class, key -> new Lease(Pool.of(context)),
                    Lease.class);
        }

        /** A machine that went down under a test is replaced for the next. */
        LabMachine machine() {
            if (!machine.isUp()) {
                System.out.println("The lab's machine went down under a test; the next gets a new one.");
                machine.stop();
                machine = pool.take();
            }
            return machine;
        }

        @Override
        public void close() {
            pool.give(machine);
        }
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if ("1".equals(System.getenv("JVMM_REQUIRE_LAB"))) {
            return ConditionEvaluationResult.enabled("JVMM_REQUIRE_LAB=1");
        }
        try {
            Lease.of(context);
            return ConditionEvaluationResult.enabled("the lab is up");
        } catch (LabException e) {
            System.out.println("The lab's tests are left out: " + e.getMessage());
            return ConditionEvaluationResult.disabled(e.getMessage());
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == LabMachine.class;
    }

    @Override
    public LabMachine resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return Lease.of(context).machine();
    }
}
