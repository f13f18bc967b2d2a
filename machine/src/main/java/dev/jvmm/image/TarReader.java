package dev.jvmm.image;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a tar archive: those of POSIX (ustar, pax) and of GNU tar, but for GNU's sparse files. What is in it is nobody's promise. Text is
 * bytes, held as ISO 8859-1 characters: a file's capabilities are an attribute that is no text, and Commons Compress, which decodes all
 * records of pax as UTF-8 ({@code TarUtils.parsePaxHeaders}), would not give it back.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html">POSIX: pax</a>
 * @see <a href="https://www.gnu.org/software/tar/manual/html_node/Standard.html">GNU tar: basic format</a>
 */
final class TarReader {
    /** The most that a header's text may take: paths and attributes. */
    static final int MOST_TEXT = 1 << 20;

    private static final int MOST_KEYS = 1024;
    private static final int BLOCK = 512;
    private static final int SUM = 148;
    private static final int SUM_LENGTH = 8;
    private static final String ATTRIBUTE = "SCHILY.xattr.";

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    private final Map<String, String> common = new HashMap<>();

    /** Of the entry before: not read yet, and the padding behind. */
    private long left;

    private int padding;

    /** @param in the archive, unpacked; it stays open */
    TarReader(InputStream in) {
        this.in = in;
    }

    /**
     * An entry.
     *
     * @param type as in the archive: '0' a file, '1' another name of one, '2' a link, '3' a character device, '4' a block device, '5' a
     *        folder, '6' a FIFO
     * @param target of links, else empty
     * @param attributes extended ones, by name
     */
    record Entry(char type, String path, Node.Owner owner, long size, String target, int major, int minor,
            Map<String, String> attributes) {}

    /**
     * The next entry; empty at the end. Its bytes are read by {@link #content()}, or skipped.
     *
     * @throws ImageException when this is no archive, or none that we can read
     */
    Optional<Entry> next() throws IOException {
        Map<String, String> own = new HashMap<>(common);
        while (true) {
            skip();
            if (!readHeader()) {
                return Optional.empty();
            }
            char type = (char) (header[156] & 0xFF);
            long size = number(124, 12);
            if (size < 0) {
                throw bad("an entry has a negative size");
            }
            switch (type) {
                case 'x' -> pax(text(size), own);
                case 'g' -> {
                    pax(text(size), common);
                    own.putAll(common);
                }
                case 'L' -> own.put("path", untilNul(text(size)));
                case 'K' -> own.put("linkpath", untilNul(text(size)));
                case 'S', 'M' -> throw bad("an entry is a sparse file or one of several volumes:"
                        + " make the archive without --sparse and --multi-volume");
                default -> {
                    return Optional.of(entry(type, size, own));
                }
            }
        }
    }

    /** The bytes of the entry that came last; it ends with them. */
    InputStream content() {
        return new Content();
    }

    private Entry entry(char type, long headerSize, Map<String, String> own) throws IOException {
        if (own.containsKey("GNU.sparse.major") || own.containsKey("GNU.sparse.size")) {
            throw bad("an entry is a sparse file: make the archive without --sparse");
        }
        long size = own.containsKey("size") ? decimal(own.get("size")) : headerSize;
        boolean file = type == '0' || type == '\0' || type == '7';
        if (size < 0 || size > Long.MAX_VALUE - BLOCK) {
            throw bad("an entry has an impossible size");
        }
        // Links of old archives may tell a size; there are no bytes behind the header.
        left = file ? size : type == '5' || type == '1' || type == '2' ? 0 : size;
        padding = (int) (-left & BLOCK - 1);
        String path = own.containsKey("path") ? own.get("path") : path();
        String target = own.containsKey("linkpath") ? own.get("linkpath") : field(157, 100);
        boolean folder = type == '5' || file && path.endsWith("/");
        long changed = own.containsKey("mtime") ? decimal(own.get("mtime")) : number(136, 12);
        Node.Owner owner = new Node.Owner((int) number(100, 8),
                (int) (own.containsKey("uid") ? decimal(own.get("uid")) : number(108, 8)),
                (int) (own.containsKey("gid") ? decimal(own.get("gid")) : number(116, 8)), changed);
        Map<String, String> attributes = new HashMap<>(0);
        own.forEach((key, value) -> {
            if (key.startsWith(ATTRIBUTE)) {
                attributes.put(key.substring(ATTRIBUTE.length()), value);
            }
        });
        return new Entry(folder ? '5' : file ? '0' : type, path, owner, file ? size : 0, target,
                (int) number(329, 8), (int) number(337, 8), attributes);
    }

    /** Reads a header; false at the end, which is a block of zeros or no block. */
    private boolean readHeader() throws IOException {
        int n = in.readNBytes(header, 0, BLOCK);
        if (n == 0) {
            return false;
        }
        if (n < BLOCK) {
            throw bad("it is cut off");
        }
        int sum = 0;
        boolean empty = true;
        for (int i = 0; i < BLOCK; i++) {
            empty &= header[i] == 0;
            sum += i >= SUM && i < SUM + SUM_LENGTH ? ' ' : header[i] & 0xFF;
        }
        if (!empty && number(SUM, SUM_LENGTH) != sum) {
            throw bad("it is damaged, or no tar archive: a header's checksum is wrong");
        }
        return !empty;
    }

    private void skip() throws IOException {
        long rest = Math.addExact(left, padding);
        left = 0;
        padding = 0;
        try {
            in.skipNBytes(rest);
        } catch (EOFException e) {
            throw bad("it is cut off");
        }
    }

    private String text(long size) throws IOException {
        if (size > MOST_TEXT) {
            throw bad("a header has more than " + MOST_TEXT + " bytes of text");
        }
        byte[] bytes = in.readNBytes((int) size);
        if (bytes.length < size) {
            throw bad("it is cut off");
        }
        padding = (int) (-size & BLOCK - 1);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Records of pax: a length in decimal, which counts itself, a space, a key, an equals sign, a value and a line's end. */
    private static void pax(String text, Map<String, String> into) {
        int at = 0;
        while (at < text.length()) {
            int space = text.indexOf(' ', at);
            long length = space < 0 || space - at > 7 ? -1 : decimal(text.substring(at, space));
            if (length <= space - at + 1 || length > text.length() - at) {
                throw bad("a header of its is damaged");
            }
            String item = text.substring(space + 1, at + (int) length - 1);
            int equals = item.indexOf('=');
            if (equals < 0) {
                throw bad("a header of its is damaged");
            }
            into.put(item.substring(0, equals), item.substring(equals + 1));
            if (into.size() > MOST_KEYS) {
                throw bad("a header of its has too many keys");
            }
            at += (int) length;
        }
    }

    private String path() {
        String name = field(0, 100);
        boolean posix = header[257] == 'u' && header[262] == 0;
        String prefix = posix ? field(345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private String field(int at, int length) {
        return untilNul(new String(header, at, length, StandardCharsets.ISO_8859_1));
    }

    private static String untilNul(String text) {
        int end = text.indexOf(0);
        return end < 0 ? text : text.substring(0, end);
    }

    /** Digits in octal between spaces; or, of GNU, a number of base 256 that is marked by its first bit. */
    private long number(int at, int length) {
        if ((header[at] & 0x80) != 0) {
            long value = (header[at] & 0x40) != 0 ? -1L << 6 | header[at] & 0x3F : header[at] & 0x3F;
            for (int i = 1; i < length; i++) {
                if (value > Long.MAX_VALUE >> 8 || value < Long.MIN_VALUE >> 8) {
                    throw bad("a number in it is too large");
                }
                value = value << 8 | header[at + i] & 0xFF;
            }
            return value;
        }
        String digits = field(at, length).strip();
        try {
            return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
        } catch (NumberFormatException e) {
            throw bad("it is damaged, or no tar archive: a number in it is none");
        }
    }

    /** A decimal number, of which the part behind the point is left out. */
    private static long decimal(String text) {
        int point = text.indexOf('.');
        try {
            return Long.parseLong(point < 0 ? text : text.substring(0, point));
        } catch (NumberFormatException e) {
            throw bad("it is damaged: a number in it is none");
        }
    }

    private static ImageException bad(String why) {
        return new ImageException("the tarball can not be used: " + why);
    }

    private final class Content extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int n = in.read(to, offset, (int) Math.min(length, left));
            if (n < 0) {
                throw bad("it is cut off");
            }
            left -= n;
            return n;
        }
    }
}
