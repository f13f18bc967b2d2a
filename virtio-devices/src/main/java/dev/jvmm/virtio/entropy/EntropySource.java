package dev.jvmm.virtio.entropy;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/** Where random bytes come from. Must not block. */
public interface EntropySource {
    /** Fills the array. */
    void fill(byte[] bytes);

    /** The host kernel's generator, through {@code /dev/urandom}. */
    static EntropySource ofHost() {
        try {
            return SecureRandom.getInstance("NativePRNGNonBlocking")::nextBytes;
        } catch (NoSuchAlgorithmException e) {
            return new SecureRandom()::nextBytes;
        }
    }
}
