package dev.jvmm.legacy;

/** Hears power events. Called on the vCPU's thread that wrote the register; returns soon and does not wait for that vCPU. */
public interface PowerListener {
    /** The guest said this; it may say it again, and go on running for a while. */
    void power(PowerEvent event);
}
