package dev.jvmm.runtime.backend;

import dev.jvmm.vm.Outcome;
import dev.jvmm.vm.Outcome.Kind;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * Follows QEMU's events to the guest's end and says how it was. With {@code -no-reboot} QEMU ends when the guest does, except
 * after an error of KVM: then it stops the processors and stays, which only the STOP event and a question show.
 */
final class QemuEnd {
    private final QemuMonitor monitor;
    private String reason = "";
    private boolean internalError;

    QemuEnd(QemuMonitor monitor) {
        this.monitor = monitor;
    }

    /** Returns when QEMU ends, or when it would never. */
    void follow() {
        try {
            while (!internalError) {
                Optional<Map<?, ?>> message = monitor.receive();
                if (message.isEmpty()) {
                    return;
                }
                handle(message.get());
            }
        } catch (IOException e) {
            // A monitor that breaks off is one that ended: the exit status tells.
            return;
        }
    }

    private void handle(Map<?, ?> message) throws IOException {
        if ("SHUTDOWN".equals(message.get("event")) && message.get("data") instanceof Map<?, ?> data) {
            reason = String.valueOf(data.get("reason"));
        } else if ("STOP".equals(message.get("event")) && reason.isEmpty()) {
            monitor.send("query-status");
        } else if (message.get("return") instanceof Map<?, ?> answer) {
            internalError = "internal-error".equals(answer.get("status"));
        }
    }

    /** Whether the process has to be killed. */
    boolean hangs() {
        return internalError;
    }

    /**
     * How the guest ended.
     *
     * @param stopped whether its owner wanted it to
     * @param status the process's exit status
     * @param complaints what it wrote to its standard error
     */
    Outcome outcome(boolean stopped, int status, String complaints) {
        return switch (reason) {
            case "guest-shutdown" -> Outcome.of(Kind.POWER_OFF);
            case "guest-reset", "subsystem-reset" -> Outcome.of(Kind.RESET);
            case "guest-panic" -> Outcome.of(Kind.PANIC);
            default -> stopped ? Outcome.of(Kind.STOPPED) : failure(status, complaints);
        };
    }

    private Outcome failure(int status, String complaints) {
        String what = internalError
                ? "KVM could not go on with the guest"
                : reason.isEmpty() ? "QEMU ended with status " + status
                        : "QEMU was ended from outside (" + reason + ")";
        return new Outcome(Kind.FAILED, complaints.isEmpty() ? what : what + ": " + complaints);
    }
}
