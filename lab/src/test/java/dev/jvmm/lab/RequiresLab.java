package dev.jvmm.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests run commands in the lab, on the {@link LabMachine} they take as a parameter; all classes with as many processors share one,
 * and a machine that went down under a test is replaced for the next. Where the lab can not start they are skipped and say why; with
 * {@code JVMM_REQUIRE_LAB=1} in the environment they fail instead.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("lab")
@Timeout(900)
@ExtendWith(LabExtension.class)
@interface RequiresLab {
    /**
     * The machine's processors. One, where the host's kernel replaces its own code during the test, such as for traffic control: QEMU
     * before 8.1 loses such a write where several processors run (README, "One virtual machine is always there").
     */
    int processors() default 2;
}
