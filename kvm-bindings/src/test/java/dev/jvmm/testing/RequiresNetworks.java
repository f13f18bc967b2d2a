package dev.jvmm.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test makes network namespaces and devices in them, which takes CAP_SYS_ADMIN, CAP_NET_ADMIN and {@code /dev/net/tun}. Without them
 * it is skipped and says why; with {@code JVMM_REQUIRE_KVM=1} in the environment it fails instead. It never touches an interface of the
 * host's own. Every such test is bounded in time.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Tag("networks")
@Timeout(300)
@ExtendWith(NetworksCondition.class)
public @interface RequiresNetworks {
}
