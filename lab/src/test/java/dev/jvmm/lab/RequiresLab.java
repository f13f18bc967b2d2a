package dev.jvmm.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests run commands in the lab, on the {@link LabMachine} they take as a parameter. Each class has a machine to itself, and leaves
 * it to the next class; one that went down under a test is replaced. Where the lab can not start they are skipped and say why; with
 * {@code JVMM_REQUIRE_LAB=1} in the environment they fail instead.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("lab")
@Timeout(900)
@ExtendWith(LabExtension.class)
@interface RequiresLab {
}
