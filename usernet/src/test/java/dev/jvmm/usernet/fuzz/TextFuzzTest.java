package dev.jvmm.usernet.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.usernet.Forward;
import dev.jvmm.usernet.UserNetConfig;
import dev.jvmm.usernet.UserNetException;
import dev.jvmm.usernet.packet.IpAddress;
import java.nio.charset.StandardCharsets;

/** What people write: read, or refused with a sentence; and what was read is the same when it is written and read again. */
class TextFuzzTest {
    @FuzzTest(maxDuration = "10m")
    void anyText(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        try {
            IpAddress address = IpAddress.parse(text);
            same(address, IpAddress.parse(address.toString()));
            same(address, IpAddress.of(address.toInetAddress()));
        } catch (IllegalArgumentException e) {
            said(e);
        }
        try {
            Forward forward = Forward.parse(text);
            same(forward, Forward.parse(forward.text()));
        } catch (UserNetException e) {
            said(e);
        }
        try {
            UserNetConfig.DEFAULTS.withNetwork(text);
        } catch (UserNetException e) {
            said(e);
        }
    }

    private static void same(Object one, Object other) {
        if (!one.equals(other)) {
            throw new AssertionError(one + " is not " + other);
        }
    }

    private static void said(RuntimeException problem) {
        if (problem.getMessage() == null || problem.getMessage().isEmpty()) {
            throw new AssertionError(problem);
        }
    }
}
