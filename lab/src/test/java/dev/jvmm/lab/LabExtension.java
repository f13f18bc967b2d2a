package dev.jvmm.lab;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Decides for {@link RequiresLab}, and hands out its machine. */
final class LabExtension implements ExecutionCondition, ParameterResolver {
    /** A machine, or why there is none. */
    private sealed interface Start {
        record Up(LabMachine machine) implements Start {}

        record Failed(LabException why) implements Start {}
    }

    /** The machines by their number of processors. Closed by JUnit with the store that holds it, after the last test. */
    private static final class Machines implements AutoCloseable {
        private final Map<Integer, Start> started = new HashMap<>();

        /** Tests run one after the other; so no machine goes away that another test is using. */
        synchronized Start with(int processors) {
            return started.compute(processors, (key, had) -> isOfUse(had) ? had : start(processors));
        }

        private static boolean isOfUse(Start start) {
            return switch (start) {
                case null -> false;
                case Start.Failed _ -> true;
                case Start.Up up when up.machine().isUp() -> true;
                case Start.Up up -> {
                    System.out.println("The lab's machine went down under a test; the next gets a new one.");
                    up.machine().stop();
                    yield false;
                }
            };
        }

        private static Start start(int processors) {
            try {
                return new Start.Up(LabMachine.start(processors));
            } catch (LabException e) {
                System.out.println("The lab's tests are left out: " + e.getMessage());
                return new Start.Failed(e);
            }
        }

        @Override
        public synchronized void close() {
            for (Start start : started.values()) {
                if (start instanceof Start.Up up) {
                    up.machine().stop();
                }
            }
        }
    }

    private static Start start(ExtensionContext context) {
        int processors = context.getRequiredTestClass().getAnnotation(RequiresLab.class).processors();
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(LabExtension.class))
                .getOrComputeIfAbsent(Machines.class, key -> new Machines(), Machines.class)
                .with(processors);
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if ("1".equals(System.getenv("JVMM_REQUIRE_LAB"))) {
            return ConditionEvaluationResult.enabled("JVMM_REQUIRE_LAB=1");
        }
        return switch (start(context)) {
            case Start.Up _ -> ConditionEvaluationResult.enabled("the lab is up");
            case Start.Failed failed -> ConditionEvaluationResult.disabled(failed.why().getMessage());
        };
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == LabMachine.class;
    }

    @Override
    public LabMachine resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return switch (start(context)) {
            case Start.Up up -> up.machine();
            case Start.Failed failed -> throw failed.why();
        };
    }
}
