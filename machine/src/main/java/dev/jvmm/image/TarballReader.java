package dev.jvmm.image;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** Makes a tree of a tarball. The files' bytes go to a folder under numbers, so nothing in the archive names a file on this host. */
final class TarballReader {
    private static final int BUFFER = 1 << 16;

    /** More files than anybody's root has. */
    private static final int MOST = 1 << 24;

    private static final int MOST_DEPTH = 1024;

    private final Path tarball;
    private final Path folder;
    private final ImageProgress progress;
    private Node root = Node.folder(new Node.Owner(Node.FOLDER_MODE, 0, 0, 0));
    private int files;
    private int entries;

    /** @param folder an empty one */
    TarballReader(Path tarball, Path folder, ImageProgress progress) {
        this.tarball = tarball;
        this.folder = folder;
        this.progress = progress;
    }

    FileTree read() {
        try (Unpacked unpacked = Unpacked.open(tarball)) {
            FileTree tree = read(unpacked.stream());
            unpacked.finish();
            return tree;
        } catch (IOException e) {
            throw new ImageException("'" + tarball + "' can not be read: " + e.getMessage(), e);
        }
    }

    /** Reads an archive that is unpacked. */
    FileTree read(InputStream in) throws IOException {
        TarReader tar = new TarReader(in);
        root.names = 1;
        for (Optional<TarReader.Entry> next = tar.next(); next.isPresent(); next = tar.next()) {
            if (++entries > MOST) {
                throw new ImageException("'" + tarball + "' has more than " + MOST + " files");
            }
            add(next.get(), tar);
            if (entries % 64 == 0) {
                progress.at("unpacking", entries, 0);
            }
        }
        return new FileTree(root, folder, 0);
    }

    private void add(TarReader.Entry entry, TarReader tar) throws IOException {
        List<String> names = names(entry.path());
        if (names.isEmpty()) {
            if (entry.type() == '5') {
                root = refilled(Node.folder(entry.owner()), root);
                root.names = 1;
            }
            return;
        }
        Node parent = parent(names, entry.path());
        String name = names.getLast();
        Node.check(name, entry.path());
        Node old = parent.children.get(name);
        Node node = switch (entry.type()) {
            case '0' -> store(entry, tar);
            case '1' -> another(entry);
            case '2' -> link(entry);
            case '3' -> Node.special(Node.Kind.CHARACTERS, entry.owner(), entry.major(), entry.minor());
            case '4' -> Node.special(Node.Kind.BLOCKS, entry.owner(), entry.major(), entry.minor());
            case '5' -> refilled(Node.folder(entry.owner()), old);
            case '6' -> Node.special(Node.Kind.FIFO, entry.owner(), 0, 0);
            default -> throw new ImageException("'" + tarball + "' has an entry of a kind that is not known ('"
                    + entry.type() + "'): " + entry.path());
        };
        if (entry.type() != '1') {
            for (Map.Entry<String, String> attribute : entry.attributes().entrySet()) {
                node.attributes.add(new Node.Attribute(attribute.getKey(),
                        attribute.getValue().getBytes(StandardCharsets.ISO_8859_1)));
            }
        }
        parent.put(name, node);
    }

    /** A folder that comes a second time keeps what is in it. */
    private static Node refilled(Node folder, Node old) {
        if (old != null && old.kind == Node.Kind.FOLDER) {
            folder.children.putAll(old.children);
        }
        return folder;
    }

    private Node store(TarReader.Entry entry, TarReader tar) throws IOException {
        String source = Integer.toString(files++);
        try (OutputStream out = Files.newOutputStream(folder.resolve(source)); InputStream content = tar.content()) {
            content.transferTo(out);
        }
        return Node.file(entry.owner(), entry.size(), source);
    }

    private Node another(TarReader.Entry entry) {
        Node at = root;
        for (String name : names(entry.target())) {
            at = at.children.get(name);
            if (at == null) {
                break;
            }
        }
        if (at == null || at.kind == Node.Kind.FOLDER) {
            throw new ImageException("'" + tarball + "': " + entry.path() + " is another name of " + entry.target()
                    + ", which is not in front of it");
        }
        return at;
    }

    private static Node link(TarReader.Entry entry) {
        String target = entry.target();
        if (target.isEmpty() || target.length() >= KataLayout.BLOCK || target.indexOf('\n') >= 0
                || target.indexOf('\r') >= 0 || target.indexOf(0) >= 0) {
            throw new ImageException("'" + entry.path() + "' is a link to a name that can not go into an image:"
                    + " empty, too long, or with a line's end in it");
        }
        return Node.link(entry.owner(), target);
    }

    private Node parent(List<String> names, String path) {
        Node at = root;
        for (String name : names.subList(0, names.size() - 1)) {
            Node next = at.children.get(name);
            if (next == null) {
                Node.check(name, path);
                next = Node.folder(new Node.Owner(Node.FOLDER_MODE, 0, 0, 0));
                at.put(name, next);
            }
            if (next.kind != Node.Kind.FOLDER) {
                throw new ImageException("'" + tarball + "': " + path + " lies in '" + name + "', which is no folder");
            }
            at = next;
        }
        return at;
    }

    private List<String> names(String path) {
        List<String> names = new ArrayList<>();
        int from = 0;
        while (from <= path.length()) {
            int to = path.indexOf('/', from);
            to = to < 0 ? path.length() : to;
            String name = path.substring(from, to);
            if (name.equals("..")) {
                throw new ImageException("'" + tarball + "' has a path that leads out of it: " + path);
            }
            if (!name.isEmpty() && !name.equals(".")) {
                names.add(name);
            }
            from = to + 1;
        }
        if (names.size() > MOST_DEPTH) {
            throw new ImageException("'" + tarball + "' has a path of more than " + MOST_DEPTH + " folders");
        }
        return names;
    }

    /** A tarball's archive: unpacked here where it is gzip's, else by the program that knows it. */
    private record Unpacked(InputStream stream, Optional<Process> program, String name) implements AutoCloseable {
        static Unpacked open(Path tarball) throws IOException {
            BufferedInputStream in = new BufferedInputStream(Files.newInputStream(tarball), BUFFER);
            in.mark(BUFFER);
            String start = new String(in.readNBytes(6), StandardCharsets.ISO_8859_1);
            in.reset();
            Optional<String> program = Tarballs.program(start);
            if (program.isEmpty()) {
                return new Unpacked(in, Optional.empty(), "tar");
            }
            if (program.get().equals(Tarballs.GZIP)) {
                return new Unpacked(new BufferedInputStream(new GZIPInputStream(in, BUFFER), BUFFER), Optional.empty(),
                        Tarballs.GZIP);
            }
            in.close();
            return by(program.get(), tarball);
        }

        private static Unpacked by(String program, Path tarball) {
            try {
                Process process = new ProcessBuilder(program, "-dc")
                        .redirectInput(tarball.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
                return new Unpacked(new BufferedInputStream(process.getInputStream(), BUFFER), Optional.of(process),
                        program);
            } catch (IOException e) {
                throw new ImageException("'" + tarball + "' is compressed with " + program
                        + ", which is not here: install it (Debian: apt-get install "
                        + (program.equals("xz") ? "xz-utils" : program) + "), or unpack the tarball first", e);
            }
        }

        /** Reads what is behind the archive's end; the program must have found no fault. */
        void finish() throws IOException {
            if (program.isPresent()) {
                stream.transferTo(OutputStream.nullOutputStream());
                try {
                    if (program.get().waitFor() != 0) {
                        throw new ImageException(name + " could not unpack the tarball: it may be damaged");
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new ImageException("interrupted", e);
                }
            }
        }

        @Override
        public void close() throws IOException {
            program.ifPresent(Process::destroy);
            stream.close();
        }
    }
}
