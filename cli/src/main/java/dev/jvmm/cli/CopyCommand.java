package dev.jvmm.cli;

import dev.jvmm.agent.Agent;
import dev.jvmm.agent.GuestFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code jvmm cp}: files and folders, into a guest and out of it. */
@Command(
        name = "cp",
        mixinStandardHelpOptions = true,
        description = {
            "Copies a file or folder into a running machine's guest, or out of it: one of the two is NAME:PATH.",
            "A folder is copied with all below; where the target is a folder, into it. Modes are kept, and owners are not:",
            "a copy is root's in the guest, and yours here."
        })
final class CopyCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "SOURCE", description = "PATH, or NAME:PATH in a guest.")
    private String source;

    @Parameters(index = "1", paramLabel = "TARGET", description = "PATH, or NAME:PATH in a guest.")
    private String target;

    @Override
    public Integer call() throws IOException {
        int from = colon(source);
        int to = colon(target);
        if ((from < 0) == (to < 0)) {
            throw new UsageException("one of the two is NAME:PATH, and the other a path here");
        }
        try (Agent agent = RunningMachine.running(from < 0 ? target.substring(0, to) : source.substring(0, from))
                .agent()) {
            GuestFiles files = new GuestFiles(agent);
            if (from < 0) {
                Path path = Path.of(source);
                if (!Files.exists(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
                    throw new UsageException("there is no " + source);
                }
                files.copyIn(path, target.substring(to + 1));
            } else {
                files.copyOut(source.substring(from + 1), Path.of(target));
            }
        }
        return Main.SUCCESS;
    }

    /** Where a machine's name ends; a path with a colon is written with a slash in front of that. */
    private static int colon(String text) {
        int colon = text.indexOf(':');
        int slash = text.indexOf('/');
        return slash >= 0 && slash < colon ? -1 : colon;
    }
}
