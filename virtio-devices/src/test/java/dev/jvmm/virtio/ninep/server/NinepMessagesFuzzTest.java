package dev.jvmm.virtio.ninep.server;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.virtio.testing.NinepDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Requests of any content, of two clients, to a server of a real directory with a canary beside it. The first byte chooses how it is
 * shared. Then each byte chooses a type, whose fields follow as a byte each: fids, names and numbers of a few, hostile ones among
 * them; or a message of bytes.
 */
class NinepMessagesFuzzTest {
    private static final int MOST_MESSAGES = 256;
    private static final int RAW = 0x7F;
    private static final int LARGEST = 16 << 10;
    private static final ClientLimits LIMITS = new ClientLimits(24, 8, 100_000, 16);

    /** Fields of each type: f a fid, s a name, 1 2 4 8 a number of so many bytes, d data. */
    private static final Map<Integer, String> TYPES = Map.ofEntries(Map.entry(8, "f"), Map.entry(12, "f4"),
            Map.entry(14, "fs444"), Map.entry(16, "fss4"), Map.entry(18, "fs4444"), Map.entry(20, "ffs"),
            Map.entry(22, "f"), Map.entry(24, "f8"), Map.entry(26, "f444488888"), Map.entry(30, "ffs"),
            Map.entry(32, "fs84"), Map.entry(40, "f84"), Map.entry(50, "f4"), Map.entry(52, "f14884s"),
            Map.entry(54, "f1884s"), Map.entry(70, "ffs"), Map.entry(72, "fs44"), Map.entry(74, "fsfs"),
            Map.entry(76, "fs4"), Map.entry(100, "4s"), Map.entry(102, "fss4"), Map.entry(104, "ffss4"),
            Map.entry(108, "2"), Map.entry(110, "ffw"), Map.entry(116, "f84"), Map.entry(118, "f8d"),
            Map.entry(120, "f"), Map.entry(122, "f"));

    private static final int[] ORDER = TYPES.keySet().stream().mapToInt(Integer::intValue).sorted().toArray();

    private static final String[] NAMES = { "file", "dir", "below", "link", "up", "new", "other", "", ".", "..", "/",
        "../canary", "a\0b", "dir/below", "user.a", "user.virtfs.mode", "system.posix_acl_access", "n".repeat(255),
        "n".repeat(256), "9P2000.L", "/etc/passwd", "canary", "x".repeat(4095), "security.a" };

    private static final long[] NUMBERS = { 0, 1, 2, 3, 4, 8, 0x40, 0100, 0200, 01000, 02000, 0644, 04777, 0x1FF, 0x7FF,
        4095, 4096, 8192, LARGEST, 65536, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL, -1, -2, Long.MIN_VALUE,
        Long.MAX_VALUE, 1L << 40, 0040755, 0120777, 0060600, 0010600 };

    private final Path folder;
    private final Path root;
    private final Path canary;
    private final String expected;
    private final ByteBuffer memory = NativeBuffers.allocate(2 * LARGEST);
    private final NinepDriver writer = new NinepDriver((request, reply) -> 0);
    private byte[] input;
    private int at;
    private int rounds;
    private long messages;

    /** Whether the tree may not be as it was planted. */
    private boolean changed = true;

    private long descriptors = -1;

    NinepMessagesFuzzTest() throws IOException {
        folder = Files.createTempDirectory("jvmm-9p-fuzz-");
        root = folder.resolve("share");
        canary = Files.createDirectory(folder.resolve("canary"));
        Files.writeString(canary.resolve("file"), "nobody may see or change this");
        expected = outside();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
    }

    private static void delete(Path tree) {
        if (Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> all = Files.walk(tree)) {
                all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** All that can be seen of what is beside the share; the time of the last change tells of contents, too. */
    private String outside() throws IOException {
        return attributes(canary) + attributes(canary.resolve("file"));
    }

    private static String attributes(Path file) throws IOException {
        return Files.readAttributes(file, "unix:mode,uid,gid,nlink,ctime,size,ino").toString();
    }

    private void plant() throws IOException {
        if (!changed) {
            return;
        }
        changed = false;
        if (Files.exists(root)) {
            Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
            delete(root);
        }
        Files.createDirectories(root.resolve("dir/below"));
        Files.writeString(root.resolve("file"), "text of a file");
        Files.createSymbolicLink(root.resolve("link"), canary);
        Files.createSymbolicLink(root.resolve("dir/up"), Path.of("../../canary"));
    }

    @FuzzTest(maxDuration = "10m")
    void anyMessages(byte[] bytes) throws IOException {
        input = bytes;
        at = 0;
        plant();
        int how = next();
        ShareConfig config = new ShareConfig(root, (how & 1) != 0,
                (how & 2) != 0 ? Ownership.MAPPED : Ownership.PASSTHROUGH, (how & 4) != 0 ? 4096 : LARGEST, LIMITS);
        int room = (how & 8) != 0 ? 24 : LARGEST;
        try (Share share = Share.open(config); Client first = share.connect(); Client second = share.connect()) {
            begin(first);
            begin(second);
            for (int i = 0; i < MOST_MESSAGES && at < input.length; i++) {
                int what = next();
                send(what >= 0x80 ? second : first, what & 0x7F, room);
            }
            first.reset();
            second.reset();
            check(first.fidCount() + first.openFileCount() + second.openFileCount() == 0, "something is left");
        }
        check(expected.equals(outside()), "the canary has been touched");
        countDescriptors();
    }

    /** Each so many inputs there are as many as ever. */
    private void countDescriptors() throws IOException {
        if (rounds++ % 64 == 1) {
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                long files = open.filter(this::isOurs).count();
                check(descriptors < 0 || files == descriptors, "descriptors are left");
                descriptors = files;
            }
        }
    }

    private boolean isOurs(Path link) {
        try {
            return Files.readSymbolicLink(link).startsWith(folder);
        } catch (IOException e) {
            return false; // the listing's own
        }
    }

    /** Messages so far. */
    long messages() {
        return messages;
    }

    private void begin(Client client) {
        carryOut(client, writer.begin(100).i32(LARGEST).text("9P2000.L").finish());
        carryOut(client, writer.begin(104).i32(0).i32(NinepDriver.NOFID).text("root").text("").i32(0).finish());
    }

    private void carryOut(Client client, ByteBuffer request) {
        client.handle(new BufferMessage(request).withLength(request.limit()), new BufferMessage(memory));
        check(memory.get(4) == request.get(4) + 1, "refused");
    }

    private void send(Client client, int what, int room) {
        ByteBuffer request = what == RAW ? raw() : typed(ORDER[what % ORDER.length]);
        BufferMessage reply = new BufferMessage(memory).withLength(room);
        int length = client.handle(new BufferMessage(request).withLength(request.limit()), reply);
        if (request.limit() < 7) {
            check(length == Client.BROKEN, "an answer to no message");
            return;
        }
        int type = memory.get(4) & 0xFF;
        check(length >= 7 && length <= room && memory.getInt(0) == length, "a reply of " + length + " bytes");
        check(type == (request.get(4) & 0xFF) + 1 || type == 7 && length == 11, "a reply of type " + type);
        check(memory.getShort(5) == request.getShort(5), "another tag");
        int asked = request.get(4) & 0xFF;
        changed |= type != 7 && (P9.changes(asked) || asked == P9.LOPEN || asked == P9.REMOVE);
        messages++;
    }

    private ByteBuffer raw() {
        int length = next();
        ByteBuffer request = NativeBuffers.allocate(length);
        for (int i = 0; i < length; i++) {
            request.put(i, (byte) next());
        }
        if (length >= 4 && (length & 1) == 0) {
            request.putInt(0, length);
        }
        return request;
    }

    private ByteBuffer typed(int type) {
        writer.begin(type);
        String fields = TYPES.get(type);
        for (int i = 0; i < fields.length(); i++) {
            put(fields.charAt(i));
        }
        return writer.finish();
    }

    private void put(char field) {
        switch (field) {
            case 'f' -> writer.i32(next() % 6 - 1);
            case 's' -> name();
            case '1' -> writer.i8((int) number());
            case '2' -> writer.i16((int) number());
            case '4' -> writer.i32((int) number());
            case '8' -> writer.i64(number());
            case 'w' -> {
                int names = next() % 5;
                writer.i16(names);
                for (int i = 0; i < names; i++) {
                    name();
                }
            }
            default -> {
                int length = next() * 16;
                writer.i32(length).raw(new byte[length]);
            }
        }
    }

    private void name() {
        writer.text(NAMES[next() % NAMES.length]);
    }

    private long number() {
        return NUMBERS[next() % NUMBERS.length];
    }

    private int next() {
        return at < input.length ? input[at++] & 0xFF : 0;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

}
