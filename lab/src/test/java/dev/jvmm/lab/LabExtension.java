package dev.jvmm.lab;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Decides for {@link RequiresLab}, and hands out the one machine. */
final class LabExtension implements ExecutionCondition, ParameterResolver {
    /** A machine, or why there is none. Closed by JUnit with the store that holds it, after the last test. */
    private sealed interface Start extends AutoCloseable {
        @Override
        void close();

        record Up(LabMachine machine) implements Start {
            @Override
            public void close() {
                machine.stop();
            }
        }

        record Failed(LabException why) implements Start {
            @Override
            public void close() {
                // There is nothing.
            }
        }
    }

    private static Start start(ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.create(LabExtension.class))
                .getOrComputeIfAbsent(Start.class, key -> start(), Start.class);
    }

    private static Start start() {
        try {
            return new Start.Up(LabMachine.start());
        } catch (LabException e) {
            System.out.println("The lab's tests are left out: " + e.getMessage());
            return new Start.Failed(e);
        }
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
