package dev.jvmm.cli;

import dev.jvmm.device.RootSpec;
import dev.jvmm.image.ImageBuilder;
import dev.jvmm.image.ImageException;
import dev.jvmm.image.ImageProgress;
import dev.jvmm.image.Tarballs;
import dev.jvmm.linux.FileStatus;
import dev.jvmm.linux.LocalFile;
import dev.jvmm.snapshot.UserCache;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Images of tarballs that guests boot from, in the user's cache. An image and not a folder: so the owners in the tarball are the guest's
 * without anybody being root here, and a second boot has nothing to unpack.
 */
final class RootImages {
    /** Of the layout of images; another one makes all images anew. */
    private static final int VERSION = 1;

    private RootImages() {}

    /** The root as it is, or the image that its tarball was made into. */
    static RootSpec unpacked(RootSpec root, boolean quiet) {
        Path path = Path.of(root.path());
        if (!Tarballs.isOne(path)) {
            return root;
        }
        if (root.writable()) {
            throw new UsageException(
                    "--root " + root.path() + ",rw: a tarball can not be written to. Make an image of it"
                            + " ('jvmm image build --from " + root.path() + " root.img') and give that");
        }
        return new RootSpec(imageOf(path, quiet).toString(), false, root.via(), root.rest());
    }

    private static Path imageOf(Path tarball, boolean quiet) {
        try {
            Path folder = Files.createDirectories(UserCache.images());
            Path image = folder.resolve(UserCache.ROOT_IMAGE + identity(tarball));
            if (!Files.exists(image)) {
                if (!quiet) {
                    System.err.println(
                            "jvmm: making an image of " + tarball + ", so that later boots need not unpack it");
                }
                ImageBuilder.build(new ImageBuilder.Request(tarball, 0, image, true), ImageProgress.NONE);
            }
            return image;
        } catch (IOException e) {
            throw new UsageException(
                    "--root " + tarball + ": no image of it can be made in the cache: " + e.getMessage());
        }
    }

    /** Which file it is, and when it was changed: its bytes are too many to be read each time. */
    private static String identity(Path tarball) throws IOException {
        try (LocalFile file = LocalFile.open(tarball.toString(), LocalFile.O_NONBLOCK)) {
            FileStatus status = file.status();
            String facts = VERSION + "\0" + tarball.toRealPath() + "\0" + status.size() + "\0" + status.modified()
                    + "\0"
                    + status.changed() + "\0" + status.inode() + "\0" + System.getenv("SOURCE_DATE_EPOCH");
            return HexFormat.of().formatHex(
                    MessageDigest.getInstance("SHA-256").digest(facts.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new ImageException(e.toString());
        }
    }
}
