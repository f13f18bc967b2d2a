package dev.jvmm.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.memory.GuestMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootSourceTest {
    @TempDir
    Path folder;

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("vmlinux"), bytes);
    }

    private static String refused(Path file) {
        String message = assertThrows(BootException.class, () -> {
            try (BootSource source = BootSource.kernel(file)) {
                KernelImage.open(source, BootProtocol.AUTO);
            }
        }).getMessage();
        assertTrue(message.startsWith("kernel " + file + ": "), message);
        return message;
    }

    private void guessed(String words, int... bytes) throws IOException {
        byte[] content = new byte[4096];
        for (int i = 0; i < bytes.length; i++) {
            content[i] = (byte) bytes[i];
        }
        String message = refused(file(content));
        assertTrue(message.contains(words), message);
    }

    @Test
    void filesAreReadStraightIntoTheGuest() throws IOException {
        Path path = file(SmallKernels.elf64().array());
        try (GuestMemory memory = SmallKernels.memory(16); BootSource source = BootSource.kernel(path)) {
            LoadedKernel loaded = KernelLoader.load(LoadRequest.of(memory, source));
            assertEquals(SmallKernels.LOAD, loaded.cpu().rip());
            assertEquals((byte) 0xB0, memory.read(SmallKernels.LOAD, 1)[0]);
        }
    }

    @Test
    void missingFilesAreNamed() {
        assertTrue(refused(folder.resolve("nothing")).contains("no such file"));
    }

    @Test
    void foldersAreRefused() {
        assertTrue(refused(folder).contains("not a regular file"));
    }

    @Test
    void emptyFilesAreRefused() throws IOException {
        assertTrue(refused(file(new byte[0])).contains("empty"));
        assertThrows(BootException.class, () -> BootSource.of("kernel x", ByteBuffer.allocate(0)));
    }

    @Test
    void aFileThatShrinksIsTruncated() throws IOException {
        Path path = file(SmallKernels.elf64().array());
        try (GuestMemory memory = SmallKernels.memory(16); BootSource source = BootSource.kernel(path)) {
            Files.write(path, new byte[10]);
            BootException e = assertThrows(
                    BootException.class, () -> KernelLoader.load(LoadRequest.of(memory, source)));
            assertTrue(e.getMessage().contains("truncated"), e.getMessage());
        }
    }

    @Test
    void oneByteIsNoKernel() throws IOException {
        assertTrue(refused(file(new byte[1])).contains("too short"));
        assertTrue(refused(file(new byte[]{ 0x7F, 'E', 'L', 'F' })).contains("truncated ELF"));
    }

    @Test
    void randomBytesAreNoKernel() throws IOException {
        byte[] bytes = new byte[100_000];
        new Random(7).nextBytes(bytes);
        assertTrue(refused(file(bytes)).contains("not a kernel"));
    }

    @Test
    void compressedFilesGetAHint() throws IOException {
        guessed("gunzip", 0x1F, 0x8B, 8);
        guessed("unxz", 0xFD, '7', 'z', 'X', 'Z', 0);
        guessed("unzstd", 0x28, 0xB5, 0x2F, 0xFD);
        guessed("bunzip2", 'B', 'Z', 'h', '9');
        guessed("unlz4", 0x04, 0x22, 0x4D, 0x18);
        guessed("unlz4", 0x02, 0x21, 0x4C, 0x18);
        guessed("unlzma", 0x5D, 0, 0, 0);
    }

    @Test
    void otherMachinesAreNamed() throws IOException {
        byte[] image = new byte[4096];
        System.arraycopy(SmallKernels.ascii("ARMd"), 0, image, 0x38, 4);
        assertTrue(refused(file(image)).contains("arm64"));
        System.arraycopy(new byte[]{ 'R', 'S', 'C', 5 }, 0, image, 0x38, 4);
        assertTrue(refused(file(image)).contains("RISC-V"));
        guessed("arm64", 'M', 'Z', 0, 0, 'z', 'i', 'm', 'g');
        guessed("EFI", 'M', 'Z');
        guessed("script", '#', '!', '/');
    }
}
