package dev.jvmm.usernet.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A host's socket that does as the test says. */
final class FakeHost extends EmbeddedChannel implements DuplexChannel {
    /** Whether the host takes nothing. */
    boolean stuck;
    /** Whose thread it says to be on. */
    Optional<EventLoop> loop = Optional.empty();
    private boolean outputShutdown;
    private int wanted;

    FakeHost(ChannelHandler... handlers) {
        super(handlers);
    }

    @Override
    public EventLoop eventLoop() {
        return loop == null || loop.isEmpty() ? super.eventLoop() : loop.get(); // null while it is being made
    }

    @Override
    protected void doBeginRead() {
        wanted++;
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        if (!stuck) {
            super.doWrite(in);
        }
    }

    /** Whether the stack wants to read, once for each time. */
    boolean wanted() {
        boolean was = wanted > 0;
        wanted = 0;
        return was;
    }

    /** What the host sends. */
    void says(byte[] data) {
        writeInbound(Unpooled.copiedBuffer(data));
    }

    void says(String text) {
        says(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The host sends no more. */
    void ends() {
        pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }

    void breaks() {
        pipeline().fireExceptionCaught(new IOException("Connection reset"));
        runPendingTasks();
    }

    /** What the host has got. */
    String got() {
        runPendingTasks();
        StringBuilder text = new StringBuilder();
        for (ByteBuf data = readOutbound(); data != null; data = readOutbound()) {
            text.append(data.toString(StandardCharsets.ISO_8859_1));
            data.release();
        }
        return text.toString();
    }

    /** A piece of what the host has got; empty when there is no more. */
    byte[] gotNext() {
        runPendingTasks();
        ByteBuf data = readOutbound();
        while (data != null && !data.isReadable()) {
            data.release();
            data = readOutbound();
        }
        if (data == null) {
            return new byte[0];
        }
        byte[] bytes = ByteBufUtil.getBytes(data);
        data.release();
        return bytes;
    }

    /** Takes what is pending. */
    void takes() {
        stuck = false;
        flush();
        runPendingTasks();
    }

    boolean wasReset() {
        runPendingTasks();
        return !isOpen() && !outputShutdown;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShutdown;
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        outputShutdown = true;
        return promise.setSuccess();
    }

    @Override
    public boolean isInputShutdown() {
        return false;
    }

    @Override
    public ChannelFuture shutdownInput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isShutdown() {
        return false;
    }

    @Override
    public ChannelFuture shutdown() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        throw new UnsupportedOperationException();
    }

}
