package dev.jvmm.irq;

/** A wire into the interrupt controller. Any thread; calls that belong together are ordered by the device. */
public interface InterruptLine {
    /** Leads nowhere. */
    InterruptLine NONE = new InterruptLine() {
        @Override
        public void set(boolean level) {}
    };

    /** Sets the wire's level; setting it to what it is does nothing. */
    void set(boolean level);

    /** An edge: up and down again. Two pulses that the guest has not seen yet may reach it as one. */
    default void pulse() {
        set(true);
        set(false);
    }
}
