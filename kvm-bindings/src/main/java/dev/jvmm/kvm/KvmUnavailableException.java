package dev.jvmm.kvm;

/** KVM can not be used on this host; the message says why and what to do. */
public final class KvmUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KvmUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
