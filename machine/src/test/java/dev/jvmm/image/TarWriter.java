package dev.jvmm.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** Writes tar archives for tests: headers of ustar, one by one. */
final class TarWriter {
    private static final int BLOCK = 512;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    TarWriter file(String path, int mode, int user, String content) {
        return entry('0', path, mode, user, "", content.getBytes(StandardCharsets.ISO_8859_1), 0, 0);
    }

    TarWriter folder(String path, int mode) {
        return entry('5', path, mode, 0, "", new byte[0], 0, 0);
    }

    TarWriter link(char type, String path, String target) {
        return entry(type, path, 0777, 0, target, new byte[0], 0, 0);
    }

    TarWriter device(char type, String path, int major, int minor) {
        return entry(type, path, 0600, 0, "", new byte[0], major, minor);
    }

    /** A pax header for the entry behind it. */
    TarWriter pax(String key, String value) {
        String rest = " " + key + "=" + value + "\n";
        int length = rest.length() + 1;
        while (Integer.toString(length).length() + rest.length() != length) {
            length++;
        }
        return entry('x', "pax", 0644, 0, "", (length + rest).getBytes(StandardCharsets.ISO_8859_1), 0, 0);
    }

    /** A header of GNU's with a long name. */
    TarWriter longName(String path) {
        return entry('L', "././@LongLink", 0, 0, "", (path + "\0").getBytes(StandardCharsets.ISO_8859_1), 0, 0);
    }

    TarWriter entry(char type, String path, int mode, int user, String target, byte[] content, int major, int minor) {
        byte[] header = new byte[BLOCK];
        put(header, 0, path);
        octal(header, 100, mode);
        octal(header, 108, user);
        octal(header, 116, user);
        put(header, 124, String.format(Locale.ROOT, "%011o", content.length));
        put(header, 136, String.format(Locale.ROOT, "%011o", 1_000_000_000));
        header[156] = (byte) type;
        put(header, 157, target);
        put(header, 257, "ustar\00000");
        octal(header, 329, major);
        octal(header, 337, minor);
        return raw(header, content);
    }

    /** Puts in the right checksum. */
    TarWriter raw(byte[] header, byte[] content) {
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xFF;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        out.writeBytes(header);
        out.writeBytes(content);
        out.writeBytes(new byte[-content.length & BLOCK - 1]);
        return this;
    }

    byte[] bytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(out.toByteArray());
        all.writeBytes(new byte[2 * BLOCK]);
        return all.toByteArray();
    }

    private static void octal(byte[] header, int at, int value) {
        put(header, at, String.format(Locale.ROOT, "%07o", value));
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
