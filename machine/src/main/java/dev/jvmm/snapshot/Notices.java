package dev.jvmm.snapshot;

/** Takes what a person may want to know: why a template is not used, or what is waited for. */
@FunctionalInterface
public interface Notices {
    /** One line, without a period at its end. Called from the thread that called the store. */
    void notice(String line);
}
