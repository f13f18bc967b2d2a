package dev.jvmm.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.config.ConfigException;
import dev.jvmm.device.RootSpec.Via;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RootSpecTest {
    private static final RootDevice.Guest OURS = new RootDevice.Guest(Via.BLK, true);

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "a.img | a.img | false | AUTO | ''",
        "path=a.img | a.img | false | AUTO | ''",
        "path=a.img,ro | a.img | false | AUTO | ''",
        "a,,b=c,rw | a,b=c | true | AUTO | ''",
        "a.img,via=pmem | a.img | false | PMEM | ''",
        "via=9p | via=9p | false | AUTO | ''",
        "a,direct,via=blk,serial=x,,y,rw | a | true | BLK | direct,serial=x,,y",
    })
    void readsPathsAndItems(String text, String path, boolean writable, Via via, String rest) {
        assertEquals(new RootSpec(path, writable, via, rest), RootSpec.parse(text));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | there is no root", "path= | there is no root", "a,via=blck | 'via' is one of auto, nvdimm, pmem, blk, 9p",
        "a,rw,ro | both there",
    })
    void saysWhatIsWrong(String text, String why) {
        String message = assertThrows(ConfigException.class, () -> RootSpec.parse(text)).getMessage();
        assertTrue(message.contains(why), message);
    }

    /** Of ext4's superblock, what is looked at. */
    private Path image(int blockSize, long size) throws IOException {
        Path path = folder.resolve("root,image");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(size);
            file.seek(1024 + 0x18);
            file.write(blockSize == 4096 ? 2 : 0);
            file.seek(1024 + 0x38);
            file.write(0x53);
            file.write(0xEF);
        }
        return path;
    }

    private static String escaped(Path path) {
        return path.toString().replace(",", ",,");
    }

    private static RootDevice device(String text, RootDevice.Guest guest) {
        return RootDevice.of(RootSpec.parse(text), guest);
    }

    @Test
    void anImageIsADisk() throws IOException {
        String path = escaped(image(1024, 16 << 20));
        RootDevice plain = device(path, OURS);
        assertEquals("disk path=" + path + ",ro",
                plain.spec().orElseThrow().kind() + " " + plain.spec().orElseThrow().text());
        assertEquals("root=/dev/vda ro rootfstype=ext4", plain.kernelWords());
        assertEquals("JVMM_ROOT=/dev/vda JVMM_ROOT_TYPE=ext4", plain.initWords());
        RootDevice writable = device(path + ",rw,direct,queues=2", RootDevice.Guest.UNKNOWN);
        assertEquals("path=" + path + ",direct,queues=2", writable.spec().orElseThrow().text());
        assertEquals("root=/dev/vda rw rootfstype=ext4", writable.kernelWords());
        assertEquals("JVMM_ROOT=/dev/vda JVMM_ROOT_TYPE=ext4 JVMM_ROOT_RW=1", writable.initWords());
    }

    @Test
    void anImageOfPagesIsMapped() throws IOException {
        String path = escaped(image(4096, 16 << 20));
        RootDevice.Guest maps = new RootDevice.Guest(Via.PMEM, true);
        RootDevice mapped = device(path, maps);
        assertEquals("pmem path=" + path + ",ro",
                mapped.spec().orElseThrow().kind() + " " + mapped.spec().orElseThrow().text());
        assertEquals("root=/dev/pmem0 ro rootfstype=ext4 rootflags=dax", mapped.kernelWords());
        assertEquals("JVMM_ROOT=/dev/pmem0 JVMM_ROOT_TYPE=ext4 JVMM_ROOT_DAX=1", mapped.initWords());
        RootDevice nvdimm = device(path + ",rw,via=nvdimm", maps);
        assertEquals("path=" + path, nvdimm.nvdimm().orElseThrow().text());
        assertTrue(nvdimm.spec().isEmpty());
        assertEquals("JVMM_ROOT=/dev/pmem0 JVMM_ROOT_TYPE=ext4 JVMM_ROOT_RW=1 JVMM_ROOT_DAX=1", nvdimm.initWords());
        assertEquals("disk", device(path + ",direct", maps).spec().orElseThrow().kind());
        assertEquals("disk", device(path + ",via=blk", maps).spec().orElseThrow().kind());
        assertEquals("disk", device(path, RootDevice.Guest.UNKNOWN).spec().orElseThrow().kind());
        Files.delete(folder.resolve("root,image"));
        assertEquals("disk", device(escaped(image(4096, (16 << 20) + 4096)), maps).spec().orElseThrow().kind());
        Files.delete(folder.resolve("root,image"));
        RootDevice small = device(escaped(image(1024, 16 << 20)) + ",via=pmem", maps);
        assertEquals("root=/dev/pmem0 ro rootfstype=ext4", small.kernelWords());
    }

    @Test
    void whatDoesNotGoTogetherIsSaid() throws IOException {
        String path = escaped(image(4096, 16 << 20));
        assertTrue(assertThrows(ConfigException.class, () -> device(path + ",via=9p", OURS)).getMessage()
                .contains("is no folder"));
        assertTrue(assertThrows(ConfigException.class, () -> device(folder + ",via=pmem", OURS)).getMessage()
                .contains("is a folder"));
        assertTrue(assertThrows(ConfigException.class, () -> device(path + ",via=blk,wrong=1", OURS)).getMessage()
                .contains("no key 'wrong'"));
        Path squash = Files.write(folder.resolve("squash"), "hsqs".getBytes());
        assertTrue(assertThrows(ConfigException.class, () -> device(squash.toString(), OURS)).getMessage()
                .contains("knows ext4 alone"));
        assertTrue(assertThrows(ConfigException.class,
                () -> device(squash + ",rw", RootDevice.Guest.UNKNOWN)).getMessage().contains("nobody can write"));
    }
}
