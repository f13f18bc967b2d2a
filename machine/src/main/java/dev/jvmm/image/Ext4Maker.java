package dev.jvmm.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Makes an ext4 file system in an image with e2fsprogs: mke2fs makes an empty one, then debugfs fills it by a script of ours. So files come
 * in our order, with owners and devices that nobody needs to be root for; {@code mke2fs -d} would take both from the host.
 *
 * <p>Nothing depends on the moment or on this host's settings: e2fsprogs has a fixed clock ({@code E2FSPROGS_FAKE_TIME}), identities are
 * those given, and {@code mke2fs.conf} is ours.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/debugfs.8.html">debugfs(8)</a>
 */
final class Ext4Maker {
    /** No journal or group descriptors are left for later growth: images are rebuilt. Blocks are pages, which DAX asks for. */
    private static final String SETTINGS = """
            [defaults]
            \tbase_features = sparse_super,large_file,filetype,dir_index,ext_attr
            \tdefault_mntopts = acl,user_xattr
            \tenable_periodic_fsck = 0
            \tblocksize = 4096
            \tinode_size = 256
            \treserved_ratio = 0
            [fs_types]
            \text4 = {
            \t\tfeatures = has_journal,extent,huge_file,flex_bg,metadata_csum,64bit,dir_nlink,extra_isize
            \t}
            """;

    /** What debugfs reads as one line (BUFSIZ), its end included. */
    private static final int MOST_LINE = 8190;

    private final Path image;
    private final Path work;
    private final long now;
    private final Map<String, String> environment;
    private final ImageProgress progress;
    private final Map<Node, String> paths = new IdentityHashMap<>();
    private long values;

    /**
     * @param image the file, of its full size
     * @param work a folder for what is needed meanwhile
     * @param now the clock, in seconds since 1970, above 0; no file is younger
     */
    Ext4Maker(Path image, Path work, long now, ImageProgress progress) {
        this.image = image.toAbsolutePath();
        this.work = work.toAbsolutePath();
        this.now = now;
        this.environment = Map.of("E2FSPROGS_FAKE_TIME", Long.toString(now), "MKE2FS_CONFIG",
                this.work.resolve("mke2fs.conf").toString(), "MKE2FS_SYNC", "0");
        this.progress = progress;
        if (this.image.toString().indexOf('?') >= 0) {
            throw new ImageException("'" + image + "' has a question mark in its path, which e2fsprogs"
                    + " takes for the beginning of options: choose another");
        }
    }

    /** What a journal takes, in bytes, for so many bytes of file system. */
    static long journal(long size) {
        return size < 512L << 20 ? 4L << 20 : size < 4L << 30 ? 16L << 20 : 64L << 20;
    }

    /** Makes the file system and fills it. */
    void make(FileTree tree, TreeMeasure measure, long size, UUID id, UUID hashSeed) throws IOException {
        Files.writeString(work.resolve("mke2fs.conf"), SETTINGS);
        progress.at("formatting", 0, 0);
        ToolRun.Result made = new ToolRun("mke2fs", List.of("-q", "-F", "-t", "ext4", "-T", "ext4", "-U", id.toString(),
                "-N", Long.toString(measure.inodes(size)), "-J", "size=" + (journal(size) >> 20), "-E",
                "offset=" + KataLayout.ROOT + ",hash_seed=" + hashSeed
                        + ",nodiscard,lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0",
                image.toString(), (size >> 10) + "k")).with(environment).run(_ -> {});
        if (made.status() != 0) {
            throw new ImageException("mke2fs could not make the file system: " + made.firstError());
        }
        Path script = work.resolve("script");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(script))) {
            fill(out, tree.root(), "");
        }
        fill(script, tree.sources(), measure.entries());
        check();
    }

    private void fill(Path script, Path sources, long entries) {
        Count count = new Count(entries);
        ToolRun.Result filled = new ToolRun("debugfs", List.of("-w", "-f", script.toString(), place()))
                .with(environment)
                .in(sources)
                .run(count::line);
        List<String> errors = new ArrayList<>(filled.errors());
        errors.removeIf(line -> line.startsWith("debugfs 1."));
        if (filled.status() != 0 || !errors.isEmpty()) {
            String all = String.join("; ", errors);
            if (all.contains("Could not allocate")) {
                throw new ImageException("the files do not fit into the image: give it more room with --size");
            }
            throw new ImageException("debugfs could not fill the file system: " + all);
        }
    }

    private void check() {
        progress.at("checking", 0, 0);
        ToolRun.Result checked = new ToolRun("e2fsck", List.of("-fn", place())).with(environment).run(_ -> {});
        if (checked.status() != 0) {
            throw new ImageException("the finished file system has faults, says e2fsck: " + checked.firstError());
        }
    }

    private String place() {
        return image + "?offset=" + KataLayout.ROOT;
    }

    /** Writes what debugfs has to do for a folder that it is in, and for all below. */
    private void fill(OutputStream out, Node folder, String path) throws IOException {
        for (Map.Entry<String, Node> child : folder.children.entrySet()) {
            String name = child.getKey();
            Node node = child.getValue();
            String childPath = path + "/" + name;
            String known = paths.putIfAbsent(node, childPath);
            if (known != null) {
                line(out, "ln ", quoted(known), " ", here(name));
                continue;
            }
            switch (node.kind) {
                case FOLDER -> {
                    // mke2fs has made this one
                    if (!childPath.equals("/lost+found")) {
                        line(out, "mkdir ", here(name));
                    }
                    line(out, "cd ", here(name));
                    fill(out, node, childPath);
                    line(out, "cd ..");
                }
                case FILE -> line(out, "write ", quoted(node.source), " ", quoted(name));
                case LINK -> line(out, "symlink ", here(name), " ", quoted(node.source));
                case CHARACTERS -> line(out, "mknod ", quoted(name), " c " + node.major + " " + node.minor);
                case BLOCKS -> line(out, "mknod ", quoted(name), " b " + node.major + " " + node.minor);
                case FIFO -> line(out, "mknod ", quoted(name), " p");
            }
            attributes(out, node, here(name));
        }
        if (path.isEmpty()) {
            attributes(out, folder, "/");
        }
    }

    private void attributes(OutputStream out, Node node, String name) throws IOException {
        if (node.kind != Node.Kind.LINK) {
            line(out, "sif ", name, " mode 0" + Integer.toOctalString(type(node.kind) | node.mode));
        }
        if (node.user != 0) {
            line(out, "sif ", name, " uid " + Integer.toUnsignedString(node.user));
        }
        if (node.group != 0) {
            line(out, "sif ", name, " gid " + Integer.toUnsignedString(node.group));
        }
        if (node.names > 1) {
            line(out, "sif ", name, " links_count " + node.names);
        }
        node.attributes.sort(Comparator.comparing(Node.Attribute::name));
        for (Node.Attribute attribute : node.attributes) {
            Node.check("", attribute.name());
            Path value = work.resolve("value" + values++);
            Files.write(value, attribute.value());
            line(out, "ea_set -f ", quoted(value.toString()), " ", name, " ", quoted(attribute.name()));
        }
        line(out, "sif ", name, " mtime @" + Math.min(node.changed, now));
    }

    private static int type(Node.Kind kind) {
        return switch (kind) {
            case FOLDER -> 0040000;
            case FILE -> 0100000;
            case LINK -> 0120000;
            case CHARACTERS -> 0020000;
            case BLOCKS -> 0060000;
            case FIFO -> 0010000;
        };
    }

    private static void line(OutputStream out, String... parts) throws IOException {
        int length = 1;
        for (String part : parts) {
            out.write(part.getBytes(StandardCharsets.ISO_8859_1));
            length += part.length();
        }
        out.write('\n');
        if (length > MOST_LINE) {
            throw new ImageException("a path is too long to go into an image: " + parts[1]);
        }
    }

    /** A name that could be taken for something else: {@code <2>} is an inode's number. */
    private static String here(String name) {
        return quoted("./" + name);
    }

    private static String quoted(String text) {
        return '"' + text.replace("\"", "\"\"") + '"';
    }

    /** Follows the script's lines, which debugfs repeats. */
    private final class Count {
        private static final int STEP = 64;

        private final long total;
        private long done;

        Count(long total) {
            this.total = total;
        }

        void line(String line) {
            if (line.contains(": sif ") && line.contains(" mtime @") && ++done % STEP == 0) {
                progress.at("writing", Math.min(done, total), total);
            }
        }
    }
}
