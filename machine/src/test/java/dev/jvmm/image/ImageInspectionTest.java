package dev.jvmm.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ImageInspectionTest {
    private static final long SIZE = 256L << 20;

    @Test
    void theInfoBlockIsAsTheKernelReadsIt() {
        ByteBuffer block = PfnInfo.of(new UUID(1, 2), SIZE).bytes();
        assertEquals('N', block.get(0));
        assertEquals(2 << 20, block.getLong(56));
        assertEquals((SIZE - (2 << 20)) / 4096, block.getLong(64));
        assertEquals(1, block.getInt(72));
        assertEquals(2 << 20, block.getInt(84));
        // drivers/nvdimm/core.c, nd_fletcher64(), by the letter
        ByteBuffer copy = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(0, block, 0, 4088);
        long low = 0;
        long high = 0;
        for (int i = 0; i < 1024; i++) {
            low = low + (copy.getInt(4 * i) & 0xFFFF_FFFFL) & 0xFFFF_FFFFL;
            high += low;
        }
        assertEquals(high << 32 | low, block.getLong(4088));
        assertTrue(PfnInfo.sumIsRight(block));
        assertEquals(new UUID(1, 2), PfnInfo.read(block).orElseThrow().id());
        block.put(100, (byte) 1);
        assertFalse(PfnInfo.sumIsRight(block));
    }

    @Test
    void tellsWhatIsMissing() {
        SparseBytes empty = new SparseBytes(SIZE);
        String problems = String.join("\n", ImageInspection.of(empty).problems());
        assertTrue(problems.contains("as a disk it has no partition table"), problems);
        assertTrue(problems.contains("no info block"), problems);
        assertTrue(problems.contains("neither a partition for Linux"), problems);
    }

    @Test
    void tellsOfAnImageThatWasCutOff() {
        SparseBytes image = new SparseBytes(SIZE / 2 + 512);
        image.put(0, KataLayout.partitionTable(KataLayout.ROOT, SIZE - KataLayout.ROOT, 7));
        image.put(KataLayout.INFO, PfnInfo.of(new UUID(1, 2), SIZE).bytes());
        image.put(KataLayout.DATA,
                KataLayout.partitionTable(KataLayout.ROOT - KataLayout.DATA, SIZE - KataLayout.ROOT, 7));
        String problems = String.join("\n", ImageInspection.of(image).problems());
        assertTrue(problems.contains("no multiple of 128 MiB"), problems);
        assertTrue(problems.contains("as a disk its partition ends behind the image"), problems);
        assertTrue(problems.contains("more pages than the image has"), problems);
        assertTrue(problems.contains("has no ext4 file system"), problems);
    }

    @Test
    void tellsOfTwoTablesThatDiffer() {
        SparseBytes image = new SparseBytes(SIZE);
        image.put(0, KataLayout.partitionTable(KataLayout.ROOT, SIZE - KataLayout.ROOT, 7));
        image.put(KataLayout.INFO, PfnInfo.of(new UUID(1, 2), SIZE).bytes());
        image.put(KataLayout.DATA, KataLayout.partitionTable(1 << 20, 1 << 20, 7));
        String problems = String.join("\n", ImageInspection.of(image).problems());
        assertTrue(problems.contains("not of the same partition"), problems);
    }
}
