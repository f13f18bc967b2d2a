package dev.jvmm.usernet.tcp;

/** Sends again, while a loss is being recovered from, what the guest lacks: by its SACK blocks, or else the first segment. */
final class GapFiller {
    private final Sender sender;
    private final SendBuffer buffer;
    private final SackScoreboard sacked;

    /** The number behind what was sent again. */
    private int rescued;

    GapFiller(Sender sender, SendBuffer buffer, SackScoreboard sacked) {
        this.sender = sender;
        this.buffer = buffer;
        this.sacked = sacked;
    }

    void begin(int una) {
        rescued = una;
    }

    /** Sends what is missing first and was not sent again yet, as long as one packet may be. */
    void fill() {
        int from = sacked.skip(Seq.later(rescued, sender.una()));
        int length = sacked.gapEnd(from) - from;
        if (length == 0) {
            if (from != sender.una()) {
                return; // nothing behind it has come, so nothing says that it is lost
            }
            length = sender.mss();
        }
        length = Math.min(Math.min(length, sender.mostPayload()), buffer.end() - from);
        if (length > 0) {
            sender.send(from, length);
            rescued = from + length;
        } else if (sender.fin(from, 0)) {
            sender.sendBare(from, TcpSegment.FIN);
            rescued = from + 1;
        }
    }
}
