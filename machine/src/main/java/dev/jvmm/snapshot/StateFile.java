package dev.jvmm.snapshot;

import dev.jvmm.linux.NativeBuffers;
import dev.jvmm.snapshot.SnapshotException.Reason;
import dev.jvmm.state.StateRecord;
import dev.jvmm.state.StateWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * The state file, little-endian, every byte under a checksum (CRC32):
 *
 * <pre>
 *   0  "JVMMSNAP"
 *   8  version          32 bits; so far always the same with the field before and behind it
 *  12  checksum of the 12 bytes before
 *  16  length of the file, 64 bits
 *  24  sections: tag, length of the content (32 bits each), content, checksum of all three
 *      checksum of the whole file before it
 * </pre>
 *
 * The sections are {@code about}, {@code identity}, {@code description}, {@code memory} and {@code records}, in this order.
 */
final class StateFile {
    static final int VERSION = 1;
    static final int MOST_BYTES = 32 << 20;

    private static final long MAGIC = 0x50414E534D4D564AL;
    private static final int SECTIONS = 24;
    private static final int SUM_OF_HEAD = 12;
    private static final int FRAME = 3 * Integer.BYTES;
    private static final String[] NAMES = { "about", "identity", "description", "memory", "records" };

    private StateFile() {}

    /** The file's bytes, from position to limit; the last four are its checksum. */
    static ByteBuffer encode(Manifest manifest) {
        byte[][] sections = {
            new StateWriter().int64(manifest.created()).bytes(),
            facts(manifest.identity().facts()),
            facts(manifest.description()),
            memory(manifest.memory()),
            records(manifest.records())
        };
        long size = SECTIONS + Integer.BYTES;
        for (byte[] section : sections) {
            size += FRAME + section.length;
        }
        if (size > MOST_BYTES) {
            throw new IllegalArgumentException("a state of " + size + " bytes");
        }
        ByteBuffer file = NativeBuffers.allocate((int) size);
        file.putLong(MAGIC).putInt(VERSION).putInt(sum(file, 0, SUM_OF_HEAD)).putLong(size);
        for (int i = 0; i < sections.length; i++) {
            int start = file.position();
            file.putInt(i).putInt(sections[i].length).put(sections[i]);
            file.putInt(sum(file, start, file.position()));
        }
        return file.putInt(sum(file, 0, file.position())).flip();
    }

    private static byte[] facts(List<Fact> facts) {
        StateWriter out = new StateWriter().int32(facts.size());
        for (Fact fact : facts) {
            out.bytes(utf8(fact.name())).bytes(utf8(fact.value()));
        }
        return out.bytes();
    }

    private static byte[] memory(ChunkSums sums) {
        StateWriter out = new StateWriter().int64(sums.size()).int32(ChunkSums.CHUNK).int32(sums.count());
        for (int i = 0; i < sums.count(); i++) {
            out.int32(sums.chunk(i)).int32(sums.sum(i));
        }
        return out.bytes();
    }

    private static byte[] records(List<StateRecord> records) {
        StateWriter out = new StateWriter().int32(records.size());
        for (StateRecord record : records) {
            out.bytes(utf8(record.name())).int32(record.version()).bytes(record.bytes());
        }
        return out.bytes();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The checksum at the end, which stands for the whole file. */
    static int sumOf(ByteBuffer file) {
        return file.getInt(file.limit() - Integer.BYTES);
    }

    /**
     * Reads a file.
     *
     * @param path for messages
     * @param file all of its bytes, from 0 to the limit
     * @throws SnapshotException when it is not as {@link #encode} made it
     */
    static Manifest decode(String path, ByteBuffer file) {
        checkHead(path, file);
        Section about = new Section(path, section(path, file, SECTIONS, 0));
        long created = about.int64();
        about.end();
        Section identity = new Section(path, section(path, file, about.next(), 1));
        List<Fact> identityFacts = facts(identity);
        Section description = new Section(path, section(path, file, identity.next(), 2));
        List<Fact> described = facts(description);
        Section memory = new Section(path, section(path, file, description.next(), 3));
        ChunkSums sums = memory(memory);
        Section records = new Section(path, section(path, file, memory.next(), 4));
        List<StateRecord> parts = records(records);
        if (records.next() != file.limit() - Integer.BYTES) {
            throw changed(path, "state");
        }
        return new Manifest(created, new Identity(identityFacts), described, sums, parts);
    }

    private static void checkHead(String path, ByteBuffer file) {
        if (file.limit() < SECTIONS + Integer.BYTES) {
            throw new SnapshotException(Reason.CUT_SHORT, "the snapshot " + path + " is cut short in its state");
        }
        if (file.getLong(0) != MAGIC || file.getInt(SUM_OF_HEAD) != sum(file, 0, SUM_OF_HEAD)) {
            throw changed(path, "state's head");
        }
        if (file.getInt(8) != VERSION) {
            throw new SnapshotException(Reason.VERSION, "the snapshot " + path + " has format version " + file.getInt(8)
                    + ", and this jvmm reads " + VERSION);
        }
        long length = file.getLong(16);
        if (length > file.limit()) {
            throw new SnapshotException(Reason.CUT_SHORT, "the snapshot " + path + " is cut short in its state: "
                    + file.limit() + " of " + length + " bytes");
        }
        if (length < file.limit()) {
            throw changed(path, "state: it is longer than it was");
        }
    }

    /** The content of the section at {@code start}, once its frame is found right. The whole file's checksum is looked at with the last. */
    private static ByteBuffer section(String path, ByteBuffer file, int start, int tag) {
        int room = file.limit() - Integer.BYTES - start - FRAME;
        int length = room < 0 ? -1 : file.getInt(start + Integer.BYTES);
        if (length < 0 || length > room || file.getInt(start) != tag) {
            throw changed(path, NAMES[tag]);
        }
        int end = start + 2 * Integer.BYTES + length;
        if (file.getInt(end) != sum(file, start, end)) {
            throw changed(path, NAMES[tag]);
        }
        boolean last = tag == NAMES.length - 1;
        if (last && sumOf(file) != sum(file, 0, file.limit() - Integer.BYTES)) {
            throw changed(path, "state");
        }
        return file.duplicate().order(file.order()).limit(end).position(start + 2 * Integer.BYTES);
    }

    private static List<Fact> facts(Section in) {
        int count = in.count(2 * Integer.BYTES);
        List<Fact> facts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            facts.add(new Fact(in.text(), in.text()));
        }
        in.end();
        return facts;
    }

    private static ChunkSums memory(Section in) {
        long size = in.int64();
        boolean known = in.int32() == ChunkSums.CHUNK;
        int count = in.count(2 * Integer.BYTES);
        long chunks = size / ChunkSums.CHUNK + (size % ChunkSums.CHUNK == 0 ? 0 : 1);
        if (size < 0 || !known || count > chunks) {
            throw in.malformed();
        }
        ChunkSums sums = new ChunkSums(size, count);
        int previous = -1;
        for (int i = 0; i < count; i++) {
            int chunk = in.int32();
            if (chunk <= previous || chunk >= chunks) {
                throw in.malformed();
            }
            sums.add(chunk, in.int32());
            previous = chunk;
        }
        in.end();
        return sums;
    }

    private static List<StateRecord> records(Section in) {
        int count = in.count(3 * Integer.BYTES);
        List<StateRecord> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            records.add(new StateRecord(in.text(), in.int32(), in.block()));
        }
        in.end();
        return records;
    }

    private static int sum(ByteBuffer file, int from, int to) {
        CRC32 crc = new CRC32();
        crc.update(file.duplicate().limit(to).position(from));
        return (int) crc.getValue();
    }

    static SnapshotException changed(String path, String part) {
        return new SnapshotException(Reason.CHANGED, "the snapshot " + path + " has changed in its " + part);
    }

    /** Reads a section's content. Right checksums do not make it well-formed: anybody can compute them. */
    private record Section(String path, ByteBuffer in) {
        int int32() {
            return need(Integer.BYTES).getInt();
        }

        long int64() {
            return need(Long.BYTES).getLong();
        }

        /** A count of things that take up at least {@code least} bytes each. */
        int count(int least) {
            int count = int32();
            if (count < 0 || count > in.remaining() / least) {
                throw malformed();
            }
            return count;
        }

        byte[] block() {
            byte[] bytes = new byte[count(1)];
            in.get(bytes);
            return bytes;
        }

        String text() {
            return new String(block(), StandardCharsets.UTF_8);
        }

        void end() {
            if (in.hasRemaining()) {
                throw malformed();
            }
        }

        /** Where the next section begins. */
        int next() {
            return in.limit() + Integer.BYTES;
        }

        SnapshotException malformed() {
            return changed(path, "state: it makes no sense");
        }

        private ByteBuffer need(int bytes) {
            if (in.remaining() < bytes) {
                throw malformed();
            }
            return in;
        }
    }
}
