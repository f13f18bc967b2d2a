package dev.jvmm.lab;

/** The lab itself failed; the message is what it said. */
final class LabException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LabException(String message) {
        super(message);
    }
}
