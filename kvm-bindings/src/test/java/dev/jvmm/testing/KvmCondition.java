package dev.jvmm.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides for {@link RequiresKvm}. */
final class KvmCondition implements ExecutionCondition {
    private static final Path DEVICE = Path.of("/dev/kvm");

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if ("1".equals(System.getenv("JVMM_REQUIRE_KVM"))) {
            return ConditionEvaluationResult.enabled("JVMM_REQUIRE_KVM=1");
        }
        if (Files.isReadable(DEVICE) && Files.isWritable(DEVICE)) {
            return ConditionEvaluationResult.enabled("there is " + DEVICE);
        }
        return ConditionEvaluationResult.disabled("no " + DEVICE + " that this user may open");
    }
}
