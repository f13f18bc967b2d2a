package dev.jvmm.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The test needs {@code /dev/kvm}. Without it the test is skipped and says why; with {@code JVMM_REQUIRE_KVM=1} in the
 * environment it fails instead. Every such test is bounded in time.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Tag("kvm")
@Timeout(300)
@ExtendWith(KvmCondition.class)
public @interface RequiresKvm {
}
