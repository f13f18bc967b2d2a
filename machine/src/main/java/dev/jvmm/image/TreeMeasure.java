package dev.jvmm.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** What a tree takes up in an ext4 file system, and what is to be known of it beforehand. */
final class TreeMeasure {
    private static final long BLOCK = KataLayout.BLOCK;

    /** Links this short are in their inode. */
    private static final int SHORT_LINK = 60;

    /** What the smallest extents cover that a file in many pieces is counted with. */
    private static final long PER_INDEX = 32L << 20;

    private static final int NAME_HEAD = 8;
    private static final int INODE = 256;
    private static final int VERSION_8 = 8;

    private final MessageDigest digest;
    private final Set<Node> counted = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Made by {@link #of}: blocks of data, files, and the youngest change in seconds since 1970. */
    private long blocks;

    private long files;
    private long entries;
    private long youngest;

    private TreeMeasure() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    static TreeMeasure of(Node root) {
        TreeMeasure measure = new TreeMeasure();
        measure.count("", root);
        return measure;
    }

    private void count(String name, Node node) {
        entries++;
        digest.update((name + '\0' + node.kind + '\0' + node.mode + '\0' + node.user + '\0' + node.group + '\0'
                + node.changed + '\0' + node.size + '\0' + (node.kind == Node.Kind.LINK ? node.source : "") + '\0'
                + node.major + '\0' + node.minor + '\0' + node.names + '\0' + node.children.size() + '\0')
                .getBytes(StandardCharsets.ISO_8859_1));
        if (!counted.add(node)) {
            return;
        }
        files++;
        youngest = Math.max(youngest, node.changed);
        blocks += node.attributes.isEmpty() ? 0 : 1;
        switch (node.kind) {
            case FILE -> blocks += (node.size + BLOCK - 1) / BLOCK + node.size / PER_INDEX;
            case LINK -> blocks += node.source.length() >= SHORT_LINK ? 1 : 0;
            case FOLDER -> countFolder(node);
            default -> {
                // all of it is in the inode
            }
        }
    }

    private void countFolder(Node node) {
        long names = 2 * (NAME_HEAD + 4);
        for (Map.Entry<String, Node> child : node.children.entrySet()) {
            names += NAME_HEAD + (child.getKey().length() + 3 & -4);
            count(child.getKey(), child.getValue());
        }
        // The end of a block stays empty where the next name does not fit.
        blocks += names / (BLOCK - Node.MOST_NAME - 2 * NAME_HEAD) + 1;
    }

    /** Names in it, folders' too. */
    long entries() {
        return entries;
    }

    /** Inodes to make: some are left for whoever writes to the image. */
    long inodes(long size) {
        return Math.min(Integer.MAX_VALUE, Math.max(files + files / 4 + 64, size >> 14));
    }

    /** Seconds since 1970. */
    long youngest() {
        return youngest;
    }

    /** Bytes of file system that have room for it all, its own books included. */
    long room() {
        long books = inodes(blocks * BLOCK) * INODE + Ext4Maker.journal(blocks * BLOCK);
        long all = Math.addExact(Math.multiplyExact(blocks, BLOCK), books);
        return all + all / 32 + (4L << 20);
    }

    /** An identity that equal trees share: of version 8, as RFC 9562 calls those that are made otherwise. */
    UUID identity(String of) {
        try {
            MessageDigest copy = (MessageDigest) digest.clone();
            ByteBuffer bytes = ByteBuffer.wrap(copy.digest(of.getBytes(StandardCharsets.ISO_8859_1)));
            return new UUID(bytes.getLong() & ~0xF000L | VERSION_8 << 12, bytes.getLong() & -1L >>> 2 | 1L << 63);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e); // the JDK's own can be cloned
        }
    }
}
