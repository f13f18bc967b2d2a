package dev.jvmm.boot;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BzImageTest {
    private static KernelImage open(ByteBuffer bytes) {
        return KernelImage.open(SmallKernels.source(bytes), BootProtocol.AUTO);
    }

    private static void refused(ByteBuffer bytes, String... words) {
        String message = assertThrows(BootException.class, () -> open(bytes)).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
    }

    @Test
    void isEnteredAtThePreferredAddress() {
        BzImage image = assertInstanceOf(BzImage.class, open(SmallKernels.bzImage()));
        assertEquals(BootProtocol.LINUX64, image.protocol());
        assertEquals(SmallKernels.BZ_PREFERRED, image.start());
        assertEquals(SmallKernels.BZ_PREFERRED + 0x200, image.entry());
        assertEquals(SmallKernels.BZ_PREFERRED + SmallKernels.BZ_INIT_SIZE, image.end());
        assertEquals(2047, image.commandLineMax());
        assertEquals(0x8000_0000L, image.initrdEnd());
    }

    @Test
    void relocatableIsAlignedAndOthersStayWhereTheyAsk() {
        assertEquals(0x120_0000, open(SmallKernels.bzImage().putLong(0x258, 0x100_1000)).start());
        assertEquals(0x100_1000, open(SmallKernels.bzImage().putLong(0x258, 0x100_1000).put(0x234, (byte) 0)).start());
    }

    @Test
    void protectedModePartIsLoadedAndHeaderCopied() {
        ByteBuffer bytes = SmallKernels.bzImage();
        try (GuestMemory memory = SmallKernels.memory(32)) {
            KernelLoader.load(LoadRequest.of(memory, SmallKernels.source(bytes)));
            byte[] kernel = Arrays.copyOfRange(bytes.array(), SmallKernels.BZ_KERNEL_OFFSET, bytes.limit());
            assertArrayEquals(kernel, memory.read(SmallKernels.BZ_PREFERRED, SmallKernels.BZ_KERNEL_SIZE));
            ByteBuffer page = memory.view(AddressMap.ZERO_PAGE, 4096);
            assertEquals(0x5372_6448, page.getInt(0x202));
            assertEquals((short) 0x20F, page.getShort(0x206));
            assertEquals((byte) 0xFF, page.get(0x210));
            assertEquals((int) SmallKernels.BZ_PREFERRED, page.getInt(0x214));
            assertEquals(0x3F, page.getShort(0x236));
            assertEquals(SmallKernels.BZ_INIT_SIZE, page.getInt(0x260));
            assertEquals(0, page.get(0x1EF), "the sentinel in front of the header must not be copied");
        }
    }

    @Test
    void zeroSetupSectorsMeanFour() {
        ByteBuffer bytes = SmallKernels.buffer(5 * 512 + SmallKernels.BZ_KERNEL_SIZE).put(SmallKernels.bzImage());
        bytes.put(0x1F1, (byte) 0).put(5 * 512, (byte) 0x77);
        try (GuestMemory memory = SmallKernels.memory(32)) {
            open(bytes).load(memory);
            assertEquals(0x77, memory.read(SmallKernels.BZ_PREFERRED, 1)[0]);
        }
    }

    @Test
    void whatFollowsTheKernelIsNotLoaded() {
        ByteBuffer bytes = SmallKernels.buffer(8192);
        Arrays.fill(bytes.array(), (byte) 0x55);
        bytes.put(0, SmallKernels.bzImage(), 0, SmallKernels.bzImage().limit());
        try (GuestMemory memory = SmallKernels.memory(32)) {
            open(bytes).load(memory);
            assertEquals(0, memory.read(SmallKernels.BZ_PREFERRED + SmallKernels.BZ_KERNEL_SIZE, 1)[0]);
        }
    }

    @Test
    void oldAndNarrowKernelsAreRefused() {
        refused(SmallKernels.bzImage().putShort(0x206, (short) 0x205), "boot protocol 2.5", "too old");
        refused(SmallKernels.bzImage().putShort(0x206, (short) 0x20B), "boot protocol 2.11", "64-bit entry");
        refused(SmallKernels.bzImage().putShort(0x236, (short) 0), "32-bit kernel", "x86-64");
        refused(SmallKernels.bzImage().put(0x211, (byte) 0), "zImage");
    }

    @Test
    void headersThatLieAreRefused() {
        refused(SmallKernels.bzImage().put(0x1F1, (byte) 200), "setup_sects");
        refused(SmallKernels.bzImage().putInt(0x1F4, 0x1000), "truncated", "syssize");
        refused(SmallKernels.bzImage().putInt(0x1F4, -1), "truncated", "syssize");
        refused(SmallKernels.bzImage().putInt(0x1F4, 1), "syssize");
        refused(SmallKernels.bzImage().put(0x201, (byte) 0x10), "jump at 0x200");
        refused(SmallKernels.bzImage().put(0x201, (byte) 0xFF), "jump at 0x200");
        refused(SmallKernels.bzImage().putInt(0x248, -1), "payload");
        refused(SmallKernels.bzImage().putInt(0x24C, 0x1000), "payload");
        refused(SmallKernels.bzImage().putInt(0x260, 0x100), "init_size", "less than the kernel");
        refused(SmallKernels.bzImage().putInt(0x260, -1), "init_size", "3 GiB");
        refused(SmallKernels.bzImage().putLong(0x258, 0x9000), "pref_address");
        refused(SmallKernels.bzImage().putLong(0x258, -1), "pref_address");
        refused(SmallKernels.bzImage().putInt(0x230, 0x30_0000), "kernel_alignment");
        refused(SmallKernels.bzImage().putInt(0x230, 0), "kernel_alignment");
    }

    @Test
    void truncatedImagesAreRefused() {
        refused(SmallKernels.bzImage().limit(0x206), "too old");
        refused(SmallKernels.bzImage().limit(0x240), "truncated");
        refused(SmallKernels.bzImage().limit(1024), "setup_sects");
        refused(SmallKernels.bzImage().limit(1500), "truncated");
    }

    @Test
    void hasNoPvhEntry() {
        BootSource source = SmallKernels.source(SmallKernels.bzImage());
        BootException e = assertThrows(BootException.class, () -> KernelImage.open(source, BootProtocol.PVH));
        assertTrue(e.getMessage().contains("no PVH entry"), e.getMessage());
    }
}
