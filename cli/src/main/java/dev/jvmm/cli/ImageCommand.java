package dev.jvmm.cli;

import dev.jvmm.config.ConfigException;
import dev.jvmm.config.MemorySize;
import dev.jvmm.image.ImageBuilder;
import dev.jvmm.image.ImageInspection;
import dev.jvmm.image.ImageProgress;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code jvmm image}: images of root file systems, in the layout of Kata Containers. */
@Command(
        name = "image",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Images of root file systems in the layout of Kata Containers: disk and persistent memory at once.")
final class ImageCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(System.err);
        return Main.USAGE;
    }

    @Command(
            name = "build",
            mixinStandardHelpOptions = true,
            description = {
                "Makes an image of a folder or a tarball. Equal files make equal images, byte for byte.",
                "Owners are those of the tarball or the folder; root is not needed. e2fsprogs is."
            })
    int build(
            @Option(names = "--from", required = true, paramLabel = "DIR|TARBALL",
                    description = "The root file system: a folder, or a tarball, which may be packed.") Path from,
            @Option(names = "--size", paramLabel = "SIZE",
                    description = "Of the image, a multiple of 128M. Default: the smallest that has room.") String size,
            @Option(names = "--force", description = "Replace OUT if it is there.") boolean force,
            @Option(names = "--quiet", description = "Print nothing but errors.") boolean quiet,
            @Parameters(paramLabel = "OUT", description = "The image to make.") Path out) {
        long bytes;
        try {
            bytes = size == null ? 0 : MemorySize.parse(size);
        } catch (ConfigException e) {
            throw new ParameterException(spec.subcommands().get("build"), "--size " + e.getMessage(), e);
        }
        try (Line line = new Line(quiet, out)) {
            ImageBuilder.Made made = ImageBuilder.build(new ImageBuilder.Request(from, bytes, out, force), line);
            line.clear();
            if (!quiet) {
                System.out.println(out + ": " + MemorySize.format(made.size()) + ", " + made.files() + " files"
                        + (made.leftOut() > 0 ? "; " + made.leftOut() + " sockets left out" : "") + "; " + made.id());
            }
        }
        return Main.SUCCESS;
    }

    @Command(
            name = "inspect",
            mixinStandardHelpOptions = true,
            description = "Says what is in an image, and what is wrong with it. Exit code 0 when nothing is, else 1.")
    int inspect(@Parameters(paramLabel = "IMAGE", description = "The image.") Path image) {
        ImageInspection found = ImageInspection.of(image);
        StringBuilder text = new StringBuilder();
        for (ImageInspection.Fact fact : found.facts()) {
            text.append(String.format("%-21s %s%n", fact.name(), fact.value()));
        }
        for (String problem : found.problems()) {
            text.append(String.format("%-21s %s%n", "problem", problem));
        }
        System.out.print(text);
        System.out.flush();
        return found.problems().isEmpty() ? Main.SUCCESS : Main.FAILURE;
    }

    /** How far it is, on one line of a terminal; nothing elsewhere. */
    private static final class Line implements ImageProgress, AutoCloseable {
        private static final long PERIOD = 100_000_000;

        private final boolean shown;
        private final Path out;
        private String step = "";
        private long last;

        Line(boolean quiet, Path out) {
            this.shown = !quiet && System.console() != null && System.console().isTerminal();
            this.out = out;
        }

        @Override
        public void at(String now, long done, long total) {
            long time = System.nanoTime();
            if (!shown || now.equals(step) && time - last < PERIOD) {
                return;
            }
            step = now;
            last = time;
            System.err.print("\r\u001B[K" + out + ": " + now
                    + (total > 0 ? " " + done * 100 / total + " %" : done > 0 ? " " + done : ""));
            System.err.flush();
        }

        void clear() {
            if (shown && !step.isEmpty()) {
                System.err.print("\r\u001B[K");
                System.err.flush();
                step = "";
            }
        }

        @Override
        public void close() {
            clear();
        }
    }
}
