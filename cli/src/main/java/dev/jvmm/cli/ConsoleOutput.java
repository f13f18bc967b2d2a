package dev.jvmm.cli;

import dev.jvmm.channel.SerialPump;
import java.io.IOException;
import java.io.OutputStream;

/** Writes the console to a stream. When the stream is gone (a closed pipe, a full disk) the guest goes on unheard. */
final class ConsoleOutput implements SerialPump.Receiver {
    private final OutputStream out;
    private final Timeline timeline;
    private final BootProgress progress;
    private boolean gone;

    ConsoleOutput(OutputStream out, Timeline timeline, BootProgress progress) {
        this.out = out;
        this.timeline = timeline;
        this.progress = progress;
    }

    @Override
    public void received(byte[] bytes, int length) {
        timeline.mark(Timeline.Step.FIRST_CONSOLE_BYTE);
        progress.done();
        if (gone) {
            return;
        }
        try {
            out.write(bytes, 0, length);
            out.flush();
        } catch (IOException e) {
            gone = true;
            progress.error("the guest's console is lost: " + e.getMessage());
        }
    }

    @Override
    public void ended() {}
}
