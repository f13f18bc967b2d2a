package dev.jvmm.runtime.backend;

import dev.jvmm.channel.GuestOutput;
import dev.jvmm.machine.SerialGuest;
import dev.jvmm.machine.SerialHost;
import dev.jvmm.runtime.Console;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** A serial port of a machine in this process as a pair of streams. */
final class JvmmConsole implements SerialHost {
    private static final int CHUNK = 4096;

    private final GuestOutput output = new GuestOutput(false);
    private final Console streams = new Console(new Output(), new Input());

    /** Guards the fields below. */
    private final Object receiver = new Object();

    private SerialGuest guest;
    private boolean hasRoom;
    private boolean ended;

    Console streams() {
        return streams;
    }

    @Override
    public void connect(SerialGuest port) {
        output.connect(port);
        synchronized (receiver) {
            guest = port;
        }
    }

    @Override
    public void fromGuest(ByteBuffer bytes) {
        output.fromGuest(bytes);
    }

    @Override
    public void outputPending() {
        output.pending();
    }

    @Override
    public void outputComplete() {
        output.complete();
    }

    @Override
    public void guestCanReceive() {
        synchronized (receiver) {
            hasRoom = true;
            receiver.notifyAll();
        }
    }

    @Override
    public void disconnect() {
        output.end();
        synchronized (receiver) {
            ended = true;
            receiver.notifyAll();
        }
    }

    private final class Output extends InputStream {
        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            byte[] chunk = new byte[Math.min(length, CHUNK)];
            int count = output.take(chunk);
            System.arraycopy(chunk, 0, into, offset, Math.max(0, count));
            return count;
        }
    }

    private final class Input extends OutputStream {
        @Override
        public void write(int value) throws IOException {
            write(new byte[]{ (byte) value }, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            int done = 0;
            while (done < length) {
                SerialGuest port = port();
                // Outside the monitor: the port may call back from a vCPU's thread that holds the port's own lock.
                done += port.toGuest(bytes, offset + done, length - done);
                if (done < length) {
                    awaitRoom();
                }
            }
        }

        private SerialGuest port() throws IOException {
            synchronized (receiver) {
                if (ended) {
                    throw new IOException("the guest has ended");
                }
                // Before the offer: room that opens between the two is not missed.
                hasRoom = false;
                return guest;
            }
        }

        private void awaitRoom() throws IOException {
            synchronized (receiver) {
                while (!hasRoom && !ended) {
                    try {
                        receiver.wait();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new InterruptedIOException("interrupted while the guest did not read its console");
                    }
                }
            }
        }
    }
}
