package dev.jvmm.virtio.ninep.server;

import dev.jvmm.linux.Errno;
import dev.jvmm.linux.NativeBuffers;
import java.nio.ByteBuffer;

/**
 * The fields of a request, in a copy of its own: what a client changes afterwards is not looked at again. Only the data of a write stays
 * where it is. Fields behind the message's end read as 0 and make it {@link #broken}.
 */
final class Fields {
    /** More than any request but a write needs: 16 names, or a name and a path. */
    private static final int MOST = 8 << 10;

    /** What most requests fit in. */
    private static final int FIRST = 64;

    /** Names in a request, at most: those of a walk. */
    private static final int MOST_STRINGS = P9.MOST_NAMES;

    private final ByteBuffer copy = NativeBuffers.allocate(MOST + 1);
    private final long address = NativeBuffers.address(copy);
    private final int[] starts = new int[MOST_STRINGS];
    private final int[] lengths = new int[MOST_STRINGS];
    private int strings;
    private int at;
    private int end;
    private boolean broken;
    private int size;
    private int type;
    private int tag;

    /** Copies a request in; false when it is too short to have a tag. */
    boolean load(Message request) {
        int there = request.length();
        if (there < P9.HEADER) {
            return false;
        }
        int first = Math.min(there, FIRST);
        request.read(0, copy.limit(first).position(0));
        copy.clear();
        size = copy.getInt(0);
        type = copy.get(4) & 0xFF;
        tag = copy.getShort(5) & 0xFFFF;
        broken = size < P9.HEADER || size > there;
        end = broken ? P9.HEADER : Math.min(size, type == P9.WRITE ? P9.DATA_IN : MOST);
        if (end > first) {
            request.read(first, copy.limit(end).position(first));
            copy.clear();
        }
        at = P9.HEADER;
        strings = 0;
        return true;
    }

    int size() {
        return size;
    }

    int type() {
        return type;
    }

    int tag() {
        return tag;
    }

    private int take(int bytes) {
        if (bytes > end - at) {
            broken = true;
            at = end;
            return -1;
        }
        at += bytes;
        return at - bytes;
    }

    int int8() {
        int from = take(Byte.BYTES);
        return from < 0 ? 0 : copy.get(from) & 0xFF;
    }

    int int16() {
        int from = take(Short.BYTES);
        return from < 0 ? 0 : copy.getShort(from) & 0xFFFF;
    }

    int int32() {
        int from = take(Integer.BYTES);
        return from < 0 ? 0 : copy.getInt(from);
    }

    long int64() {
        int from = take(Long.BYTES);
        return from < 0 ? 0 : copy.getLong(from);
    }

    /** A string; returns its index for {@link #address(int)}, once {@link #complete} has been asked. */
    int string() {
        int length = int16();
        int from = take(length);
        if (strings == MOST_STRINGS) {
            broken = true;
            return 0;
        }
        starts[strings] = from < 0 ? at : from;
        lengths[strings] = from < 0 ? 0 : length;
        return strings++;
    }

    /** Whether a field lay behind the message's end. */
    boolean broken() {
        return broken;
    }

    /** To be asked when all fields are taken: ends the strings with NULs, which would hide what follows them. False: broken. */
    boolean complete() {
        if (broken) {
            return false;
        }
        for (int i = 0; i < strings; i++) {
            copy.put(starts[i] + lengths[i], (byte) 0);
        }
        return true;
    }

    /** Where a string lies, with a NUL behind it. */
    long address(int string) {
        return address + starts[string];
    }

    int length(int string) {
        return lengths[string];
    }

    /** A byte of a string. */
    byte charAt(int string, int index) {
        return copy.get(starts[string] + index);
    }

    /** The string's bytes, in memory of its own. */
    byte[] bytes(int string) {
        byte[] bytes = new byte[lengths[string]];
        copy.get(starts[string], bytes);
        return bytes;
    }

    /** 0 when a string can name an entry of a directory; otherwise the negated errno. {@code ..} can not. */
    int checkName(int string) {
        int start = starts[string];
        int length = lengths[string];
        if (length > P9.NAME_MAX) {
            return -Errno.ENAMETOOLONG;
        }
        if (length == 0 || copy.get(start) == '.' && (length == 1 || length == 2 && copy.get(start + 1) == '.')) {
            return -Errno.EINVAL;
        }
        for (int i = 0; i < length; i++) {
            byte c = copy.get(start + i);
            if (c == '/' || c == 0) {
                return -Errno.EINVAL;
            }
        }
        return 0;
    }

    /** Whether a string is {@code ..}. */
    boolean isParent(int string) {
        return lengths[string] == 2 && copy.get(starts[string]) == '.' && copy.get(starts[string] + 1) == '.';
    }

    /** Whether a string has a NUL in it, so that the kernel would see less of it. */
    boolean hasNul(int string) {
        for (int i = 0; i < lengths[string]; i++) {
            if (copy.get(starts[string] + i) == 0) {
                return true;
            }
        }
        return false;
    }
}
