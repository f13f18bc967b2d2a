package dev.jvmm.image;

import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;

/** Makes a tree of a folder on this host. Other file systems that are mounted in it are left out. */
final class FolderReader {
    private static final String ATTRIBUTES = "unix:mode,uid,gid,ino,dev,nlink,rdev,size,lastModifiedTime";
    private static final int TYPE = 0170000;
    private static final long STEP = 256;

    private final Path folder;
    private final ImageProgress progress;
    private final Map<Long, Node> linked = new HashMap<>();
    private Object device = "";
    private long seen;
    private int leftOut;

    FolderReader(Path folder, ImageProgress progress) {
        this.folder = folder;
        this.progress = progress;
    }

    /** Reads the folder, and the names and attributes of all that is in it. */
    FileTree read() {
        try {
            Path real = folder.toRealPath();
            Map<String, Object> attributes = attributes(real);
            device = attributes.get("dev");
            Node root = Node.folder(owner(attributes));
            root.names = 1;
            addAll(root, real, ".");
            return new FileTree(root, real, leftOut);
        } catch (IOException | SecurityException e) {
            throw unreadable(folder.toString(), e);
        }
    }

    private void addAll(Node parent, Path path, String source) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                String name = name(entry);
                Node.check(name, entry.toString());
                add(parent, name, entry, source + "/" + name);
            }
        } catch (IOException e) {
            throw unreadable(path.toString(), e);
        }
    }

    private void add(Node parent, String name, Path path, String source) throws IOException {
        Map<String, Object> attributes = attributes(path);
        int mode = number(attributes, "mode");
        long key = ((Number) attributes.get("ino")).longValue();
        boolean mayHaveNames = number(attributes, "nlink") > 1 && (mode & TYPE) != 0040000;
        Node known = mayHaveNames ? linked.get(key) : null;
        if (known != null) {
            parent.put(name, known);
            return;
        }
        Node.Owner owner = owner(attributes);
        long rdev = ((Number) attributes.get("rdev")).longValue();
        Node node = switch (mode & TYPE) {
            case 0040000 -> Node.folder(owner);
            case 0100000 -> file(path, owner, ((Number) attributes.get("size")).longValue(), source);
            case 0120000 -> Node.link(owner, target(path));
            case 0020000 -> Node.special(Node.Kind.CHARACTERS, owner, major(rdev), minor(rdev));
            case 0060000 -> Node.special(Node.Kind.BLOCKS, owner, major(rdev), minor(rdev));
            case 0010000 -> Node.special(Node.Kind.FIFO, owner, 0, 0);
            default -> null;
        };
        if (node == null) {
            leftOut++;
            return;
        }
        ExtendedAttributes.read(path, node);
        parent.put(name, node);
        if (mayHaveNames) {
            linked.put(key, node);
        }
        if (++seen % STEP == 0) {
            progress.at("reading", seen, 0);
        }
        if (node.kind == Node.Kind.FOLDER && attributes.get("dev").equals(device)) {
            addAll(node, path, source);
        }
    }

    private static Node file(Path path, Node.Owner owner, long size, String source) {
        if (!Files.isReadable(path)) {
            throw new ImageException("'" + path + "' may not be read by this user: run this as root,"
                    + " or make the image from a tarball of the folder");
        }
        return Node.file(owner, size, source);
    }

    private static Map<String, Object> attributes(Path path) throws IOException {
        return Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
    }

    private static int number(Map<String, Object> attributes, String name) {
        return ((Number) attributes.get(name)).intValue();
    }

    private static Node.Owner owner(Map<String, Object> attributes) {
        long changed = Math.floorDiv(((FileTime) attributes.get("lastModifiedTime")).toMillis(), 1000L);
        return new Node.Owner(number(attributes, "mode"), number(attributes, "uid"), number(attributes, "gid"),
                changed);
    }

    /** As the C library's gnu_dev_major(). */
    private static int major(long rdev) {
        return (int) (rdev >>> 8 & 0xFFF | rdev >>> 32 & 0xFFFFF000L);
    }

    private static int minor(long rdev) {
        return (int) (rdev & 0xFF | rdev >>> 12 & 0xFFFFFF00L);
    }

    private static ImageException unreadable(String path, Exception cause) {
        return new ImageException("'" + path + "' can not be read: " + cause, cause);
    }

    private static String target(Path path) throws IOException {
        String bytes = bytes(Path.of("/").resolve(Files.readSymbolicLink(path)));
        boolean absolute = Files.readSymbolicLink(path).isAbsolute();
        String target = absolute ? bytes : bytes.substring(1);
        Node.check("", path.toString());
        if (target.indexOf('\n') >= 0 || target.indexOf('\r') >= 0) {
            throw new ImageException("'" + path + "' is a link to a name with a line's end in it, which can not go"
                    + " into an image");
        }
        return target;
    }

    private static String name(Path path) {
        String bytes = bytes(path);
        return bytes.substring(bytes.lastIndexOf('/') + 1);
    }

    /** A path's bytes as they are on the disk: its characters are not, where the locale has another encoding. */
    private static String bytes(Path path) {
        URI uri = path.toUri();
        String raw = uri.getRawPath();
        StringBuilder bytes = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                c = (char) Integer.parseInt(raw, i + 1, i + 3, 16);
                i += 2;
            }
            bytes.append(c);
        }
        int length = bytes.length();
        return length > 1 && bytes.charAt(length - 1) == '/' ? bytes.substring(0, length - 1) : bytes.toString();
    }
}
