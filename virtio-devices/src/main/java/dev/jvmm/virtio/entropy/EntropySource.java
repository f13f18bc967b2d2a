package dev.jvmm.virtio.entropy;

import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/** Where random bytes come from. Must not block. */
public interface EntropySource {
    /** Fills the array. */
    void fill(byte[] bytes);

    /** The host kernel's generator, through {@code /dev/urandom}. */
    static EntropySource ofHost() {
        SecureRandom random = hostsGenerator();
        return new EntropySource() { // a lambda's class would be generated at the start
            @Override
            public void fill(byte[] bytes) {
                random.nextBytes(bytes);
            }
        };
    }

    private static SecureRandom hostsGenerator() {
        try {
            return SecureRandom.getInstance("NativePRNGNonBlocking");
        } catch (NoSuchAlgorithmException e) {
            return new SecureRandom();
        }
    }
}
