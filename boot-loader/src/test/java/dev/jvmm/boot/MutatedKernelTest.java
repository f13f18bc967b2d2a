package dev.jvmm.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.AddressMap;
import dev.jvmm.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Spoils small valid images at random: they load into RAM they may use, or {@link BootException} says why not. */
class MutatedKernelTest {
    private static final int ROUNDS = 3000;
    private static final long[] EVIL = {
        0, 1, 2, 4, 0x7F, 0x80, 0xFF, 0xFFFF, 0x10_0000, 0x20_0000, 0x7FFF_FFFF, 0x8000_0000L, 0xFFFF_FFFFL,
        0xC000_0000L,
        0x1_0000_0000L, Long.MAX_VALUE, Long.MIN_VALUE, -1, -4096
    };

    enum Shape {
        ELF64(0x1C0), ELF32(0x1C0), BZIMAGE(0x268);

        private final int headerSize;

        Shape(int headerSize) {
            this.headerSize = headerSize;
        }

        ByteBuffer image() {
            return switch (this) {
                case ELF64 -> SmallKernels.elf64();
                case ELF32 -> SmallKernels.elf32();
                case BZIMAGE -> SmallKernels.bzImage();
            };
        }

        /** Where the interesting bytes begin: those before leave it a file of this shape. */
        int first() {
            return this == BZIMAGE ? 0x1F1 : 4;
        }
    }

    @ParameterizedTest
    @EnumSource(Shape.class)
    void onlyTheDocumentedExceptionComesOut(Shape shape) {
        Random random = new Random(20261101);
        int loaded = 0;
        BootSource initrd = BootSource.of("initrd test", ByteBuffer.allocate(5000));
        try (GuestMemory memory = SmallKernels.memory(24)) {
            for (int round = 0; round < ROUNDS; round++) {
                ByteBuffer image = spoil(shape, random);
                BootProtocol protocol = BootProtocol.values()[random.nextInt(3)];
                LoadRequest request = LoadRequest.of(memory, SmallKernels.source(image)).withProtocol(protocol);
                try {
                    LoadedKernel kernel = KernelLoader.load(request.withMpTable(new MpTable(1)).withInitrd(initrd));
                    checkPlaces(kernel, memory);
                    loaded++;
                } catch (BootException e) {
                    assertTrue(e.getMessage().startsWith("kernel test: ") || e.getMessage().startsWith("initrd test: "),
                            e.getMessage());
                }
            }
            checkLowMemory(memory);
        }
        assertTrue(loaded > 0 && loaded < ROUNDS, loaded + " of " + ROUNDS + " loaded");
    }

    private static ByteBuffer spoil(Shape shape, Random random) {
        ByteBuffer image = shape.image();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            int at = shape.first() + random.nextInt(shape.headerSize - shape.first());
            switch (random.nextInt(4)) {
                case 0 -> image.put(at, (byte) random.nextInt());
                case 1 -> image.putShort(at & ~1, (short) EVIL[random.nextInt(EVIL.length)]);
                case 2 -> image.putInt(at & ~3, (int) EVIL[random.nextInt(EVIL.length)]);
                default -> image.putLong(at & ~7, EVIL[random.nextInt(EVIL.length)]);
            }
        }
        return random.nextInt(10) == 0 ? image.limit(1 + random.nextInt(image.limit())) : image;
    }

    private static void checkPlaces(LoadedKernel loaded, GuestMemory memory) {
        Placement kernel = loaded.kernel();
        assertTrue(kernel.start() >= AddressMap.ELF_HEADER_PAGE && kernel.size() > 0);
        assertTrue(kernel.end() <= loaded.initrd().start());
        assertTrue(loaded.initrd().end() <= memory.size());
        assertTrue(loaded.cpu().rip() >= kernel.start() && loaded.cpu().rip() < kernel.end());
    }

    /** Kernels never reach below the page in front of 1 MiB, and what they are handed keeps to its places there. */
    private static void checkLowMemory(GuestMemory memory) {
        long[][] used = {
            { AddressMap.BOOT_GDT, 0x528 }, { AddressMap.PVH_START_INFO, 0xF000 },
            { AddressMap.COMMAND_LINE, 0x2_0001 },
            { AddressMap.MP_TABLE, 0x9_FC10 }, { AddressMap.MP_CONFIG_TABLE, 0x10_0000 } };
        byte[] low = memory.read(0, 0x10_0000);
        for (long[] range : used) {
            Arrays.fill(low, (int) range[0], (int) range[1], (byte) 0);
        }
        for (int i = 0; i < low.length; i++) {
            assertEquals(0, low[i], "0x" + Integer.toHexString(i));
        }
    }
}
