package dev.jvmm.virtio.vhost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jvmm.memory.GuestMemory;
import dev.jvmm.memory.MemoryOptions;
import dev.jvmm.memory.MemoryWindow;
import dev.jvmm.virtio.queue.GuestRam;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryTableTest {
    private static final int RAM = 1 << 20;
    private static final int SIZE = 2 << 20;

    private final GuestMemory memory = GuestMemory.allocate(MemoryOptions.ofSize(RAM));
    private final GuestRam ram = new GuestRam(memory);

    private MemoryWindow window() {
        return memory.windows().place(SIZE, false, "test", offset -> MemoryWindow.Verdict.WHOLE, mapping -> {});
    }

    /** A buffer in a window is a buffer like any other. */
    @Test
    void hasRamAndWindows() {
        try (memory; MemoryWindow first = window(); MemoryWindow second = window()) {
            MemoryTable table = MemoryTable.of(ram);
            int regions = memory.regions().size();
            assertEquals(regions + 2, table.starts().length);
            assertEquals(0, table.starts()[0]);
            assertEquals(ram.hostAddress(0, 1), table.hosts()[0]);
            for (MemoryWindow window : List.of(first, second)) {
                int at = window == first ? regions : regions + 1;
                assertEquals(window.address(), table.starts()[at]);
                assertEquals(SIZE, table.sizes()[at]);
                assertEquals(ram.hostAddress(window.address() + 5, SIZE - 5), table.hosts()[at] + 5);
            }
        }
    }

    /** The kernel refuses a table with more. */
    @Test
    void hasAsManyAsTheKernelTakes() {
        try (memory) {
            for (int i = 0; i < MemoryTable.MOST; i++) {
                window();
            }
            assertEquals(MemoryTable.MOST, MemoryTable.of(ram).starts().length);
        }
    }

    @Test
    void listenersHearOfWindowsThatComeAndMove() {
        List<Long> heard = new ArrayList<>();
        Runnable listener = () -> heard.add(memory.windows().placed().getLast().address());
        try (memory) {
            memory.windows().listen(listener);
            memory.windows().listen(listener);
            MemoryWindow window = window();
            window.moveTo(7L << 30);
            assertEquals(List.of(4L << 30, 7L << 30), heard);
            memory.windows().ignore(listener);
            window();
            assertEquals(2, heard.size());
        }
    }
}
