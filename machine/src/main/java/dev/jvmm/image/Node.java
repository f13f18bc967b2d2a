package dev.jvmm.image;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A file of a root file system that is to be. One with several names (hard links) is one object in several folders. Names and the targets
 * of links are bytes, held as ISO 8859-1 characters.
 */
final class Node {
    enum Kind { FOLDER, FILE, LINK, CHARACTERS, BLOCKS, FIFO }

    /** A name and a value of bytes: {@code security.capability}. */
    record Attribute(String name, byte[] value) {}

    static final int MOST_NAME = 255;
    static final int FOLDER_MODE = 0755;

    private static final int MODE_BITS = 07777;

    final Kind kind;
    final int mode;
    final int user;
    final int group;

    /** Seconds since 1970, 0 to 2^31-1. */
    final long changed;

    /** Of a file. */
    final long size;

    /** Of a file: where its bytes are, from the folder that all sources are in. Of a link: its target. */
    final String source;

    final int major;
    final int minor;
    final List<Attribute> attributes = new ArrayList<>(0);

    /** Of a folder. In the order of their bytes, so that equal trees make equal images. */
    final SortedMap<String, Node> children = new TreeMap<>();

    /** How many names it has. */
    int names;

    private Node(Kind kind, Owner owner, long size, String source, int major, int minor) {
        this.kind = kind;
        this.mode = owner.mode & MODE_BITS;
        this.user = owner.user;
        this.group = owner.group;
        this.changed = Math.clamp(owner.changed, 0, Integer.MAX_VALUE);
        this.size = size;
        this.source = source;
        this.major = major;
        this.minor = minor;
    }

    /**
     * What all files have.
     *
     * @param mode the permission bits are used
     * @param changed seconds since 1970
     */
    record Owner(int mode, int user, int group, long changed) {}

    static Node folder(Owner owner) {
        return new Node(Kind.FOLDER, owner, 0, "", 0, 0);
    }

    static Node file(Owner owner, long size, String source) {
        return new Node(Kind.FILE, owner, size, source, 0, 0);
    }

    static Node link(Owner owner, String target) {
        return new Node(Kind.LINK, owner, 0, target, 0, 0);
    }

    static Node special(Kind kind, Owner owner, int major, int minor) {
        return new Node(kind, owner, 0, "", major, minor);
    }

    /** Puts a file into this folder, in the place of one of that name. */
    void put(String name, Node child) {
        Node old = children.put(name, child);
        if (old != null) {
            old.names--;
        }
        child.names++;
    }

    /**
     * That a name can be one in an image.
     *
     * @param path for the message
     */
    static void check(String name, String path) {
        if (name.length() > MOST_NAME) {
            throw new ImageException("'" + path + "': a name of " + name.length() + " bytes; ext4 has room for "
                    + MOST_NAME);
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '\n' || c == '\r' || c == 0) {
                throw new ImageException("'" + path.replace('\n', '?').replace('\r', '?').replace('\0', '?')
                        + "': a name with a line's end in it can not go into an image; rename it");
            }
        }
    }
}
