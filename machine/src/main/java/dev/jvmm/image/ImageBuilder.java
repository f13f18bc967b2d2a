package dev.jvmm.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.UUID;

/**
 * Makes images of root file systems in the layout of Kata Containers: disk and persistent memory at once. Equal files, with equal owners,
 * permissions and times of change, make images that are equal byte for byte, by one version of e2fsprogs.
 */
public final class ImageBuilder {
    /** As <a href="https://reproducible-builds.org/specs/source-date-epoch/">Reproducible Builds</a> has it. */
    private static final String EPOCH = "SOURCE_DATE_EPOCH";

    private ImageBuilder() {}

    /**
     * What to make.
     *
     * @param from a folder, or a tarball: plain, or packed by gzip, xz, zstd or bzip2
     * @param size of the whole image, a multiple of 128 MiB; 0 for the smallest that has room
     * @param out what to make; it appears when it is finished
     * @param replace whether a file of that name may go
     */
    public record Request(Path from, long size, Path out, boolean replace) {}

    /**
     * What was made.
     *
     * @param size in bytes
     * @param files names in it
     * @param leftOut sockets, which no image has
     * @param id of the file system
     */
    public record Made(long size, long files, int leftOut, UUID id) {}

    /** Whether the programs are here that images are made by. */
    public static boolean available() {
        return ToolRun.available();
    }

    /**
     * Makes an image.
     *
     * @throws ImageException when it can not be made; nothing is left then
     */
    public static Made build(Request request, ImageProgress progress) {
        if (request.size != 0) {
            KataLayout.check(request.size);
        }
        if (!request.replace && Files.exists(request.out)) {
            throw new ImageException("'" + request.out + "' is there already: remove it, or choose another name");
        }
        Path out = request.out.toAbsolutePath();
        Path work = makeFolder(out);
        Thread cleaner = new Thread(() -> remove(work));
        Runtime.getRuntime().addShutdownHook(cleaner);
        try {
            Path image = work.resolve("image");
            Made made = build(request, work, image, progress);
            Files.move(image, out, StandardCopyOption.ATOMIC_MOVE);
            return made;
        } catch (IOException | UncheckedIOException e) {
            throw new ImageException("'" + request.out + "' can not be made: " + e.getMessage(), e);
        } finally {
            remove(work);
            Runtime.getRuntime().removeShutdownHook(cleaner);
        }
    }

    private static Made build(Request request, Path work, Path image, ImageProgress progress) throws IOException {
        FileTree tree = read(request.from, work, progress);
        TreeMeasure measure = TreeMeasure.of(tree.root());
        long size = request.size != 0 ? request.size : KataLayout.sizeFor(measure.room());
        KataLayout.check(size);
        if (request.size != 0 && size < KataLayout.ROOT + measure.room() / 2) {
            throw new ImageException("the files do not fit into " + size + " bytes: give at least "
                    + KataLayout.sizeFor(measure.room()) + " with --size, or leave that out");
        }
        UUID id = measure.identity("file system " + size);
        UUID memory = measure.identity("persistent memory " + size);
        try (FileChannel file = FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(1), size - 1);
            new Ext4Maker(image, work, now(measure), progress)
                    .make(tree, measure, size - KataLayout.ROOT, id, measure.identity("directories " + size));
            long root = size - KataLayout.ROOT;
            int disk = (int) id.getLeastSignificantBits();
            write(file, KataLayout.partitionTable(KataLayout.ROOT, root, disk), 0);
            write(file, PfnInfo.of(memory, size).bytes(), KataLayout.INFO);
            write(file, KataLayout.partitionTable(KataLayout.ROOT - KataLayout.DATA, root, disk), KataLayout.DATA);
            progress.at("syncing", 0, 0);
            file.force(true);
        }
        return new Made(size, measure.entries(), tree.leftOut(), id);
    }

    private static FileTree read(Path from, Path work, ImageProgress progress) throws IOException {
        if (Files.isDirectory(from)) {
            return limited(new FolderReader(from, progress).read());
        }
        if (!Files.isRegularFile(from)) {
            throw new ImageException("'" + from + "' is " + (Files.exists(from) ? "neither a folder nor a tarball"
                    : "not there") + ": give the folder of a root file system, or a tarball of one");
        }
        Path folder = Files.createDirectory(work.resolve("files"));
        return limited(new TarballReader(from, folder, progress).read());
    }

    private static FileTree limited(FileTree tree) {
        if (tree.root().children.isEmpty()) {
            throw new ImageException("there are no files to put into an image");
        }
        return tree;
    }

    /** The clock of the making: that of the youngest file, or what the user says. */
    private static long now(TreeMeasure measure) {
        String epoch = System.getenv(EPOCH);
        try {
            return Math.max(1, epoch == null || epoch.isEmpty() ? measure.youngest() : Long.parseLong(epoch));
        } catch (NumberFormatException e) {
            throw new ImageException(EPOCH + "=" + epoch + " is no number of seconds since 1970", e);
        }
    }

    private static void write(FileChannel file, ByteBuffer bytes, long offset) throws IOException {
        for (long at = offset; bytes.hasRemaining();) {
            at += file.write(bytes, at);
        }
    }

    /** Beside what is to be made, so that it can take its name at once. */
    private static Path makeFolder(Path out) {
        try {
            return Files.createTempDirectory(out.getParent(), ".jvmm-image-");
        } catch (IOException e) {
            throw new ImageException("'" + out + "' can not be made: no folder can be made beside it ("
                    + e.getMessage() + "); choose a place that you may write to", e);
        }
    }

    private static void remove(Path folder) {
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path each, IOException problem) throws IOException {
                    Files.deleteIfExists(each);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            return; // the folder's name says whose it was
        }
    }
}
