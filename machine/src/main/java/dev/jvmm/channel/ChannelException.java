package dev.jvmm.channel;

/** The guest broke the channel's rules, or said that it can not do what was asked. */
public final class ChannelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ChannelException(String message) {
        super(message);
    }
}
