package dev.jvmm.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.channel.CommandResult;
import dev.jvmm.device.DeviceSpec;
import dev.jvmm.machine.Attachment;
import dev.jvmm.testing.RequiresKvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks that come and go while the default guest works, without ACPI: its init is told over the channel. */
@RequiresKvm
@Timeout(900)
class SlotRoundsTest {
    private static final int ROUNDS = Integer.getInteger("jvmm.slots.rounds", 3);
    private static final int DISK_BYTES = 1 << 20;

    /**
     * Writes and reads vda without end, and does one round on vdb for each line that it gets. Says what vdb holds from the round before.
     */
    private static final String SCRIPT = """
            (while :; do
                dd if=/dev/zero of=/dev/vda bs=64k count=4 conv=fsync 2>/dev/null || echo vda failed
                dd if=/dev/vda of=/dev/null bs=64k count=4 2>/dev/null || echo vda failed
            done) &
            mkdir -p /mnt
            echo up
            while read round; do
                [ "$round" = 0 ] && mke2fs /dev/vdb >/dev/null 2>&1
                mount -t ext2 /dev/vdb /mnt || echo no mount
                [ "$round" = 0 ] || read last < /mnt/round
                echo "$round" > /mnt/round
                umount /mnt || echo no umount
                echo "round $round after $last"
            done
            kill $!
            wait
            """;

    @TempDir
    private Path folder;

    private DeviceSpec disk(String name) throws IOException {
        Path file = Files.write(folder.resolve(name), new byte[DISK_BYTES]);
        return DeviceSpec.parse("disk", "path=" + file);
    }

    @Test
    void disksComeAndGoUnderLoad() throws Exception {
        try (LiveGuest guest = new LiveGuest(List.of(disk("vda")), SCRIPT)) {
            guest.await("up\n");
            DeviceSpec second = disk("vdb");
            for (int round = 0; round < ROUNDS; round++) {
                Attachment attachment = guest.slots().attach(second, LiveGuest.PATIENCE);
                assertTrue(attachment.slot() > 0, "vda is there");
                guest.send(Integer.toString(round));
                guest.await("round " + round + " after " + (round == 0 ? "" : round - 1) + "\n");
                guest.slots().detach(attachment, LiveGuest.PATIENCE);
            }
            assertEquals(new CommandResult.Exited(0, 0), guest.finish(), guest.said());
            assertEquals(ROUNDS + 1, guest.said().lines().count(), guest.said());
        }
    }
}
