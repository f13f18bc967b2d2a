package dev.jvmm.channel;

import dev.jvmm.machine.SerialHost;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * One command in the default guest: waits for its init, hands over randomness, the clock, an identity and the command, carries
 * the three streams, and learns how the command ended. A guest that was booted and one that was restored get the same orders.
 *
 * <p>Its {@link #port} goes to the machine; {@link #run} is for one thread; the other methods are for any.
 */
public final class CommandSession {
    /** Hears how far the command is, on the channel's thread. */
    public interface Observer {
        /** The guest's init takes orders. */
        default void ready() {}

        /** The command runs. */
        default void started() {}

        /**
         * The guest has dealt with a slot.
         *
         * @param slot its number, 0 to 255
         * @param attached whether a driver was to be found for it, or else to be taken from it
         * @param errno 0, or the guest's error number
         */
        default void slot(int slot, boolean attached, int errno) {}
    }

    /** Of the protocol. */
    static final int VERSION = 2;

    private static final int SIGPIPE = 13;

    private enum State { BOOTING, READY, ORDERED, STARTED, ENDED }

    private final SerialPump port = new SerialPump("channel", new Incoming(), true);
    private final FrameDecoder decoder = new FrameDecoder();
    private final OutputStream out;
    private final OutputStream err;
    private final Observer observer;
    private final SlotOrders slots = new SlotOrders();
    private final InputCredit credit = new InputCredit();

    private State state;
    private boolean outputGone;
    private boolean pipeSignalSent;
    private Optional<CommandResult> result = Optional.empty();

    /** A session whose command's output goes to these streams, each written and flushed frame by frame. */
    public CommandSession(OutputStream out, OutputStream err, Observer observer) {
        this(State.BOOTING, out, err, observer);
    }

    /** As the constructor, for a guest that was saved when its init had just said that it is ready, and that will not say so again. */
    public static CommandSession ofReadyGuest(OutputStream out, OutputStream err, Observer observer) {
        return new CommandSession(State.READY, out, err, observer);
    }

    private CommandSession(State state, OutputStream out, OutputStream err, Observer observer) {
        this.state = state;
        this.out = out;
        this.err = err;
        this.observer = observer;
    }

    /** The host's end of the serial port that is the channel. */
    public SerialHost port() {
        return port;
    }

    /**
     * Waits until the guest's init takes orders, without giving any. All that it has sent is taken then.
     *
     * @param longest the wait's bound
     */
    public Readiness awaitReady(Duration longest) throws InterruptedException {
        long deadline = System.nanoTime() + longest.toNanos();
        synchronized (this) {
            while (state == State.BOOTING) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return new Readiness.TimedOut();
                }
                wait(left / 1_000_000 + 1);
            }
            return state == State.ENDED ? new Readiness.Ended(result.orElseThrow()) : new Readiness.Ready();
        }
    }

    /** As {@link #run(GuestIdentity, RunRequest, Optional)}, with a random identity. */
    public CommandResult run(RunRequest request, Optional<InputStream> input) throws InterruptedException {
        return run(GuestIdentity.random(), request, input);
    }

    /**
     * Runs the command and waits for its end.
     *
     * @param identity what the guest calls itself from now on
     * @param input the command's standard input, read on a daemon thread as the guest takes it; empty for none at all
     * @param filled virtio slots that have been filled since the guest looked at them: {@link #attach} for each, done in the
     *        guest before the command exists
     */
    public CommandResult run(GuestIdentity identity, RunRequest request, Optional<InputStream> input, int... filled)
            throws InterruptedException {
        order(identity, request, input, filled);
        return awaitEnd();
    }

    /** The first half of {@link #run(GuestIdentity, RunRequest, Optional, int...)}: waits until the guest takes orders, and gives them. */
    public void order(GuestIdentity identity, RunRequest request, Optional<InputStream> input, int... filled)
            throws InterruptedException {
        Frame order = request.frame();
        byte[] attach = slots.attach(filled);
        synchronized (this) {
            while (state == State.BOOTING) {
                wait();
            }
            if (state == State.ENDED) {
                return;
            }
            state = State.ORDERED;
        }
        boolean noInput = input.isEmpty() && request.mode() == RunRequest.Mode.PIPES;
        port.send(FirstPiece.of(identity, attach, order, noInput));
        if (input.isPresent()) {
            Thread reader = new Thread(new Input(input.get()), "stdin");
            reader.setDaemon(true);
            reader.start();
        }
    }

    /** Whether the guest takes orders, and has none yet. */
    public synchronized boolean isReady() {
        return state == State.READY;
    }

    /** Waits for the end of the command that was ordered, or of the guest. */
    public CommandResult awaitEnd() throws InterruptedException {
        while (true) {
            synchronized (this) {
                while (result.isEmpty() && (!outputGone || pipeSignalSent)) {
                    wait();
                }
                if (result.isPresent()) {
                    return result.get();
                }
                pipeSignalSent = true;
            }
            // As a local command would get it when its reader goes away. Not from the channel's thread, which must not block.
            port.send(Frame.signal(SIGPIPE).bytes());
        }
    }

    /** Passes a signal on; returns false when there is no command to get it. */
    public boolean signal(int number) {
        synchronized (this) {
            if (state != State.ORDERED && state != State.STARTED) {
                return false;
            }
        }
        port.send(Frame.signal(number).bytes());
        return true;
    }

    /** Tells the command's terminal its new size. */
    public void resize(int rows, int columns) {
        synchronized (this) {
            if (state != State.STARTED) {
                return;
            }
        }
        port.send(Frame.resize(rows, columns).bytes());
    }

    /**
     * Lets the guest look for a driver for the device in a slot; {@link Observer#slot} hears what came of it. For guests whose
     * kernel does not look by itself; one that does takes it for done already.
     *
     * @param slot 0 to 255
     * @return whether there is an init that takes orders
     */
    public boolean attach(int slot) {
        return order(true, slot);
    }

    /** As {@link #attach}, to take the driver from the device in a slot, and to give the slot back with ACPI. */
    public boolean detach(int slot) {
        return order(false, slot);
    }

    private boolean order(boolean attach, int slot) {
        byte[] order;
        synchronized (this) {
            if (state == State.BOOTING || state == State.ENDED) {
                return false;
            }
            order = attach ? slots.attach(slot) : slots.detach(slot);
        }
        port.send(order);
        return true;
    }

    private synchronized void end(CommandResult how) {
        if (state != State.ENDED) {
            state = State.ENDED;
            result = Optional.of(how);
            credit.close();
            notifyAll();
        }
    }

    private final class Incoming implements SerialPump.Receiver {
        @Override
        public void received(byte[] bytes, int length) {
            ByteBuffer source = ByteBuffer.wrap(bytes, 0, length);
            try {
                for (Optional<Frame> frame = decoder.next(source); frame.isPresent(); frame = decoder.next(source)) {
                    handle(frame.get());
                }
            } catch (ChannelException e) {
                end(new CommandResult.Broken(e.getMessage()));
            }
        }

        @Override
        public void ended() {
            end(new CommandResult.MachineEnded());
        }

        private void handle(Frame frame) {
            synchronized (CommandSession.this) {
                if (state == State.ENDED) {
                    return;
                }
            }
            switch (frame.type()) {
                case READY -> ready(frame);
                case STARTED -> started();
                case STDOUT -> output(out, frame);
                case STDERR -> output(err, frame);
                case EXITED -> {
                    require(State.STARTED, frame);
                    end(new CommandResult.Exited(frame.payload()[0] & 0xFF, frame.payload()[1] & 0xFF));
                }
                case FAILED -> {
                    require(State.ORDERED, frame);
                    end(new CommandResult.NotStarted((int) frame.word(), frame.text(Integer.BYTES)));
                }
                case CREDIT -> credit.give(frame.word());
                case SLOT -> {
                    slots.answered(frame);
                    observer.slot(frame.octet(0), frame.octet(1) == FrameType.ATTACH.code(), frame.number(4));
                }
                case RUN, STDIN, SIGNAL, RESIZE, CLOCK, ENTROPY, POWEROFF, IDENTITY, ATTACH, DETACH ->
                    throw new ChannelException("the guest sent a host's frame: " + frame.type());
            }
        }

        private void ready(Frame frame) {
            if (frame.word() != VERSION) {
                throw new ChannelException(
                        "the guest speaks version " + frame.word() + " of the channel, not " + VERSION);
            }
            move(State.BOOTING, State.READY, frame);
            observer.ready();
        }

        private void started() {
            synchronized (CommandSession.this) {
                if (state != State.ORDERED) {
                    throw new ChannelException("the guest sent STARTED without an order");
                }
                state = State.STARTED;
            }
            observer.started();
        }

        private void move(State from, State to, Frame frame) {
            synchronized (CommandSession.this) {
                require(from, frame);
                state = to;
                CommandSession.this.notifyAll();
            }
        }

        private void require(State wanted, Frame frame) {
            synchronized (CommandSession.this) {
                if (state != wanted) {
                    throw new ChannelException("the guest sent " + frame.type() + " out of turn");
                }
            }
        }

        private void output(OutputStream stream, Frame frame) {
            require(State.STARTED, frame);
            try {
                stream.write(frame.payload());
                stream.flush();
            } catch (IOException e) {
                synchronized (CommandSession.this) {
                    outputGone = true;
                    CommandSession.this.notifyAll();
                }
            }
        }
    }

    private final class Input implements Runnable {
        private final InputStream input;

        Input(InputStream input) {
            this.input = input;
        }

        @Override
        public void run() {
            byte[] buffer = new byte[Frame.DATA_MAX];
            try {
                for (int room = credit.await(); room > 0; room = credit.await()) {
                    int count = read(buffer, Math.min(room, buffer.length));
                    if (count < 0) {
                        port.send(Frame.endOfInput().bytes());
                        return;
                    }
                    credit.take(count);
                    port.send(Frame.stdin(buffer, 0, count).bytes());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** A closed or failing standard input is an empty one. */
        private int read(byte[] buffer, int most) {
            try {
                return input.read(buffer, 0, most);
            } catch (IOException e) {
                return -1;
            }
        }
    }
}
