package dev.jvmm.cli;

import dev.jvmm.channel.SerialPump;
import dev.jvmm.machine.Machine;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;

/**
 * Carries keys to the guest's console. On a terminal Ctrl-A begins an order to jvmm itself, as in QEMU: {@code x} leaves,
 * Ctrl-A sends one Ctrl-A, {@code h} explains. From a pipe all bytes go to the guest, and the pipe's end becomes Ctrl-D.
 */
final class ConsoleInput implements Runnable {
    private static final int CONTROL_A = 1;
    private static final byte CONTROL_D = 4;
    private static final String HELP = "\r\njvmm: Ctrl-A x ends the guest, Ctrl-A Ctrl-A sends Ctrl-A, Ctrl-A h shows this\r\n";

    private final InputStream keys;
    private final SerialPump pump;
    private final Machine machine;
    private final boolean keyboard;
    private final CountDownLatch open = new CountDownLatch(1);
    private boolean escaped;

    ConsoleInput(InputStream keys, SerialPump pump, Machine machine, boolean keyboard) {
        this.keys = keys;
        this.pump = pump;
        this.machine = machine;
        this.keyboard = keyboard;
    }

    /** The guest listens: what comes from a pipe would have been lost before. */
    void open() {
        open.countDown();
    }

    @Override
    public void run() {
        byte[] buffer = new byte[1024];
        try {
            if (!keyboard) {
                open.await();
            }
            for (int count = keys.read(buffer); count >= 0; count = keys.read(buffer)) {
                pass(buffer, count);
            }
        } catch (IOException e) {
            // A closed standard input is an empty one.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!keyboard) {
            pump.send(new byte[]{ CONTROL_D });
        } else {
            machine.stop();
        }
    }

    private void pass(byte[] bytes, int count) {
        byte[] out = new byte[count];
        int length = 0;
        for (int i = 0; i < count; i++) {
            if (!keyboard || !order(bytes[i])) {
                out[length++] = bytes[i];
            }
        }
        byte[] passed = new byte[length];
        System.arraycopy(out, 0, passed, 0, length);
        pump.send(passed);
    }

    /** Whether the key is part of an order to jvmm. */
    private boolean order(byte key) {
        if (!escaped) {
            escaped = key == CONTROL_A;
            return escaped;
        }
        escaped = false;
        if (key == CONTROL_A) {
            return false;
        }
        if (key == 'x' || key == 'X') {
            machine.stop();
        } else if (key == 'h' || key == '?') {
            System.err.print(HELP);
        }
        return true;
    }
}
