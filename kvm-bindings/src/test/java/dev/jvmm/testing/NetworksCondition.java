package dev.jvmm.testing;

import dev.jvmm.linux.NetNamespace;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.linux.Tap;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides for {@link RequiresNetworks}. */
final class NetworksCondition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if ("1".equals(System.getenv("JVMM_REQUIRE_KVM"))) {
            return ConditionEvaluationResult.enabled("JVMM_REQUIRE_KVM=1");
        }
        return Obstacle.FOUND.map(ConditionEvaluationResult::disabled)
                .orElseGet(() -> ConditionEvaluationResult.enabled("network namespaces can be made"));
    }

    /** Looked for once. */
    private static final class Obstacle {
        static final Optional<String> FOUND = find();
    }

    /** Not in the class that is being initialized meanwhile: another thread runs a part of it. */
    private static Optional<String> find() {
        try (NetNamespace namespace = NetNamespace.create()) {
            namespace.call(NetworksCondition::makeTap);
            return Optional.empty();
        } catch (SystemCallException e) {
            return Optional.of("no network namespace with a TAP in it can be made: " + e.getMessage());
        }
    }

    private static long makeTap() {
        try (Tap tap = Tap.open()) {
            return SystemCallException.check("ioctl(TUNSETIFF)",
                    tap.attach("probe", Tap.IFF_TAP | Tap.IFF_NO_PI | Tap.IFF_VNET_HDR));
        }
    }
}
