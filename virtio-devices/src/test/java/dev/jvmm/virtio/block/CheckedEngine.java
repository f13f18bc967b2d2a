package dev.jvmm.virtio.block;

import dev.jvmm.linux.Errno;
import dev.jvmm.memory.GuestMemory;
import dev.jvmm.virtio.VirtioHost;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A disk in memory that trusts no operation: one that names bytes which are not the disk's or not the guest's is a mistake of the device.
 */
final class CheckedEngine implements DiskEngine {
    private final DiskFile disk;
    private final MemorySegment memory;
    private final MemorySegment contents;
    private final List<DiskOperation> waiting = new ArrayList<>();
    private Listener listener;

    CheckedEngine(DiskFile disk, GuestMemory guest) {
        this.disk = disk;
        memory = guest.slice(0, guest.size());
        contents = MemorySegment.ofArray(new byte[(int) disk.bytes()]);
    }

    @Override
    public void attach(VirtioHost host, Listener hearer) {
        listener = hearer;
    }

    @Override
    public void submit(DiskOperation operation) {
        boolean transfer = operation.kind == DiskOperation.Kind.READ || operation.kind == DiskOperation.Kind.WRITE;
        if (transfer) {
            range(operation.offset, operation.left);
        }
        long total = 0;
        for (int i = 0; i < operation.count; i++) {
            total += operation.vectorLength(i);
            if (!transfer) {
                range(operation.vectorStart(i), operation.vectorLength(i));
            } else if (operation.vectorStart(i) - memory.address() < 0 || operation.vectorLength(i) <= 0
                    || operation.vectorLength(i) > memory.byteSize() - (operation.vectorStart(i) - memory.address())) {
                throw new AssertionError("not the guest's memory");
            }
        }
        if (transfer && total != operation.left) {
            throw new AssertionError(total + " bytes of memory for " + operation.left + " of the disk");
        }
        waiting.add(operation);
    }

    private void range(long offset, long length) {
        if (offset < 0 || length <= 0 || offset % 512 != 0 || length % 512 != 0 || offset > disk.bytes()
                || length > disk.bytes() - offset) {
            throw new AssertionError(length + " bytes at " + offset + " of the disk");
        }
    }

    /** Every eighth fails. */
    @Override
    public void flush() {
        List<DiskOperation> now = List.copyOf(waiting);
        waiting.clear();
        for (int i = 0; i < now.size(); i++) {
            DiskOperation operation = now.get(i);
            operation.result = i % 8 == 7 ? -Errno.EIO : 0;
            move(operation);
            listener.completed(operation);
        }
        listener.settled();
    }

    private void move(DiskOperation operation) {
        for (int i = 0; i < operation.count; i++) {
            long start = operation.vectorStart(i);
            long length = operation.vectorLength(i);
            switch (operation.kind) {
                case READ -> MemorySegment.copy(contents, operation.offset, memory, start - memory.address(), length);
                case WRITE -> MemorySegment.copy(memory, start - memory.address(), contents, operation.offset, length);
                default -> contents.asSlice(start, length).fill((byte) 0);
            }
            operation.offset += length;
        }
    }

    @Override
    public int inFlight() {
        return waiting.size();
    }

    @Override
    public boolean end() {
        return true;
    }
}
