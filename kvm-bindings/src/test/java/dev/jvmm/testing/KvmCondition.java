package dev.jvmm.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
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
        return Obstacle.FOUND.map(ConditionEvaluationResult::disabled)
                .orElseGet(() -> ConditionEvaluationResult.enabled("there is " + DEVICE));
    }

    /** Looked for once: a device may be there and not open, as in a container that was not given it. */
    private static final class Obstacle {
        static final Optional<String> FOUND = find();

        private static Optional<String> find() {
            try {
                FileChannel.open(DEVICE, StandardOpenOption.READ, StandardOpenOption.WRITE).close();
                return Optional.empty();
            } catch (NoSuchFileException e) {
                return Optional.of("this host has no " + DEVICE);
            } catch (AccessDeniedException e) {
                return Optional.of("this user may not open " + DEVICE);
            } catch (IOException e) {
                return Optional.of("cannot open " + e.getMessage());
            }
        }
    }
}
