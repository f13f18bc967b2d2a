package dev.jvmm.usernet.link;

import dev.jvmm.usernet.packet.VnetHeader;
import dev.jvmm.virtio.net.NetFeature;
import dev.jvmm.virtio.net.ReceiveRoom;
import dev.jvmm.virtio.queue.DescriptorChain;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Where the device's side (the VM's event loop, with the device's lock held) and the stack's thread meet: a bounded queue each way. Each
 * frame is copied once, between guest memory and a pooled buffer, by the device's side. A side that sleeps is woken once; while it works
 * it finds by itself what has come.
 */
public final class Exchange {
    /** Bytes in front of a payload that a frame to the guest may have: vnet, Ethernet, IPv6, UDP headers are 74. */
    static final int HEADER_ROOM = 96;

    private static final int SLOTS = 1024;
    private static final long MOST_BYTES = 4 << 20;

    /** Counted with each frame, for what a buffer costs besides its bytes. */
    private static final int OVERHEAD = 256;

    private static final int EAGAIN = -11;
    private static final int EMSGSIZE = -90;

    /** Frames that the stack takes before sockets have their turn. */
    private static final int BATCH = 64;

    /** Bytes for the guest after which it is told, though there may be more to come in this turn. */
    private static final int EARLY = 128 << 10;

    private final EventLoop loop;
    private final ByteBufAllocator allocator;
    private final DeviceSide device;
    private final FrameRing fromGuest = new FrameRing(SLOTS, MOST_BYTES);
    private final FrameRing toGuest = new FrameRing(SLOTS, MOST_BYTES);
    private final ByteBuffer headers = ByteBuffer.allocateDirect(SLOTS * HEADER_ROOM);
    private final int[] headerLengths = new int[SLOTS];
    private final Runnable drain = this::drain;
    private final Runnable tellStack = this::tellStack;
    private final Runnable tellDevice = this::tellDevice;
    private FrameHandler stack = FrameHandler.NONE;

    /** Whether the stack has been woken, or is at work, and will look into {@link #fromGuest} again. */
    private final AtomicBoolean draining = new AtomicBoolean();

    /** Whether the device found {@link #toGuest} empty and waits to hear that it is not. */
    private final AtomicBoolean deviceWaits = new AtomicBoolean(true);

    /** Whether {@link #send} had no room. */
    private volatile boolean sendStalled;

    /** Whether {@link #begin} had no room. */
    private volatile boolean stackStalled;

    /** What the driver negotiated; 0 while there is none. */
    private volatile long features;

    private volatile boolean active;

    /** Whether the stack is to hear that the driver was gone, before the next frame. */
    private volatile boolean restarted;

    /** The stack's: bytes put in since the device was told. */
    private int untold;

    private boolean telling;

    /** The stack's: frames that it failed on. */
    private long failures;

    public Exchange(EventLoop loop, ByteBufAllocator allocator, DeviceSide device) {
        this.loop = loop;
        this.allocator = allocator;
        this.device = device;
    }

    /** Who takes the guest's frames; before the first comes. */
    public void attach(FrameHandler handler) {
        stack = handler;
    }

    // ---- the device's side

    /** As {@code NetBackend.send}. */
    public int send(DescriptorChain chain) {
        long length = chain.readableLength();
        if (length < VnetHeader.SIZE || length > 1 << 17) {
            return EMSGSIZE;
        }
        int bytes = (int) length;
        if (!fromGuest.room(bytes + OVERHEAD)) {
            sendStalled = true;
            if (!fromGuest.room(bytes + OVERHEAD)) {
                return EAGAIN;
            }
            sendStalled = false;
        }
        ByteBuf frame = allocator.directBuffer(bytes, bytes);
        try {
            ByteBuffer view = frame.internalNioBuffer(0, bytes);
            chain.read(0, view, view.position(), bytes);
        } catch (RuntimeException e) {
            frame.release();
            throw e;
        }
        frame.writerIndex(bytes);
        fromGuest.put(frame, bytes + OVERHEAD);
        wakeStack();
        return bytes;
    }

    private void wakeStack() {
        if (!draining.get() && draining.compareAndSet(false, true)) {
            goOnAfterSockets();
        }
    }

    /** A task that is merely executed again would come before the sockets. */
    private void goOnAfterSockets() {
        try {
            loop.schedule(drain, 0, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // the network is being closed, and nobody will miss it
        }
    }

    /** As {@code NetBackend.receive}. */
    public int receive(ReceiveRoom room) {
        if (deviceWaits.get()) {
            deviceWaits.set(false);
        }
        while (true) {
            if (toGuest.isEmpty()) {
                deviceWaits.set(true);
                if (toGuest.isEmpty() || !deviceWaits.compareAndSet(true, false)) {
                    return 0;
                }
            }
            int slot = toGuest.first();
            if (isAllowed(slot)) {
                return deliver(slot, room);
            }
            drop();
        }
    }

    /** Whether the driver that is there now negotiated what the frame needs. */
    private boolean isAllowed(int slot) {
        int at = slot * HEADER_ROOM;
        return active && (headers.get(at) == 0 || (features & NetFeature.GUEST_CSUM) != 0)
                && switch (headers.get(at + 1)) {
                    case 0 -> true;
                    case VnetHeader.GSO_TCPV4 -> (features & NetFeature.GUEST_TSO4) != 0;
                    default -> (features & NetFeature.GUEST_TSO6) != 0;
                };
    }

    private int deliver(int slot, ReceiveRoom room) {
        ByteBuf payload = toGuest.peek();
        int header = headerLengths[slot];
        int length = header + payload.readableBytes();
        try {
            if (length > room.length()) {
                return EMSGSIZE;
            }
            room.write(0, headers, slot * HEADER_ROOM, header);
            copy(payload, room, header);
            return length;
        } finally {
            drop();
        }
    }

    private static void copy(ByteBuf payload, ReceiveRoom room, long offset) {
        int length = payload.readableBytes();
        if (length == 0) {
            return;
        }
        if (payload.nioBufferCount() == 1) {
            ByteBuffer view = payload.nioBuffer(payload.readerIndex(), length);
            room.write(offset, view, view.position(), length);
            return;
        }
        long at = offset;
        for (ByteBuffer view : payload.nioBuffers(payload.readerIndex(), length)) {
            room.write(at, view, view.position(), view.remaining());
            at += view.remaining();
        }
    }

    private void drop() {
        toGuest.take().release();
        if (stackStalled && toGuest.isHalfEmpty()) {
            stackStalled = false;
            execute(tellStack);
        }
    }

    /** As {@code NetBackend.pauseReceive}. */
    public void pauseReceive() {
        deviceWaits.set(false);
    }

    /** As {@code NetBackend.configure}. */
    public void configure(long negotiated) {
        features = negotiated;
        active = true;
    }

    /** The driver is gone: drops what waits for it. */
    public void reset() {
        active = false;
        features = 0;
        restarted = true;
        sendStalled = false;
        while (!toGuest.isEmpty()) {
            drop();
        }
        deviceWaits.set(true);
    }

    private void execute(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // the network is being closed, and nobody will miss it
        }
    }

    // ---- the stack's side

    private void drain() {
        for (int i = 0; i < BATCH && !fromGuest.isEmpty(); i++) {
            handle(fromGuest.take());
        }
        stack.batchEnd();
        if (sendStalled && fromGuest.isHalfEmpty()) {
            sendStalled = false;
            device.roomReady();
        }
        if (fromGuest.isEmpty()) {
            draining.set(false);
            if (!fromGuest.isEmpty()) {
                wakeStack();
            }
        } else {
            execute(drain);
        }
    }

    /** A frame that the stack fails on is one frame lost. */
    private void handle(ByteBuf frame) {
        try {
            if (restarted) {
                restarted = false;
                stack.guestReset();
            }
            stack.frame(frame);
        } catch (RuntimeException e) {
            if (Long.bitCount(++failures) == 1) {
                System.getLogger("dev.jvmm.usernet").log(System.Logger.Level.ERROR, "a frame was lost", e);
            }
        } finally {
            frame.release();
        }
    }

    private void tellStack() {
        stack.guestWritable();
    }

    /** What the driver negotiated. */
    long features() {
        return features;
    }

    /** Whether there is a driver; what is sent to none is lost. */
    boolean isActive() {
        return active;
    }

    /**
     * Begins a frame to the guest.
     *
     * @param bytes of its payload
     * @return where its headers go in {@link #headers}, or -1 when there is no room
     */
    int begin(int bytes) {
        if (!toGuest.room(bytes + OVERHEAD)) {
            stackStalled = true;
            if (!toGuest.room(bytes + OVERHEAD)) {
                return -1;
            }
            stackStalled = false;
        }
        return toGuest.free() * HEADER_ROOM;
    }

    /** The headers' buffer, big-endian; its position is of no meaning. */
    ByteBuffer headers() {
        return headers;
    }

    /** Ends what {@link #begin} began. Takes over the payload. */
    void end(int headerLength, ByteBuf payload) {
        headerLengths[toGuest.free()] = headerLength;
        int bytes = payload.readableBytes();
        toGuest.put(payload, bytes + OVERHEAD);
        untold += bytes;
        if (untold >= EARLY) {
            tellDeviceNow();
        } else if (!telling) {
            telling = true;
            execute(tellDevice);
        }
    }

    private void tellDevice() {
        telling = false;
        tellDeviceNow();
    }

    private void tellDeviceNow() {
        untold = 0;
        if (deviceWaits.get() && deviceWaits.compareAndSet(true, false)) {
            device.frameReady();
        }
    }

    /** Frees all that is queued. When neither side works any more. */
    public void close() {
        active = false;
        while (!fromGuest.isEmpty()) {
            fromGuest.take().release();
        }
        while (!toGuest.isEmpty()) {
            toGuest.take().release();
        }
    }
}
