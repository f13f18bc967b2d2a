package dev.jvmm.virtio.testing;

import dev.jvmm.state.StateReader;
import dev.jvmm.state.StateWriter;
import dev.jvmm.virtio.ConfigSpace;
import dev.jvmm.virtio.SharedMemory;
import dev.jvmm.virtio.VirtioDevice;
import dev.jvmm.virtio.VirtioHost;
import dev.jvmm.virtio.queue.DescriptorChain;
import dev.jvmm.virtio.queue.Virtqueue;
import java.nio.ByteBuffer;
import java.util.List;

/** The smallest device that does something: queue 0 gives back what it is sent. For the tests of what is common to all devices. */
public class EchoDevice implements VirtioDevice {
    public static final int TYPE = 0x3F;

    /** A feature, and one that the device refuses without the first. */
    public static final long FEATURE = 1;

    public static final long DEPENDENT_FEATURE = 2;
    public static final int CONFIG_SIZE = 13;
    private static final int PAGE = 4096;

    protected final DescriptorChain chain = new DescriptorChain();
    private final ByteBuffer page = ByteBuffer.allocateDirect(PAGE);
    private final ConfigSpace config = new ConfigSpace(CONFIG_SIZE);
    protected VirtioHost host;
    protected List<Virtqueue> queues = List.of();

    public EchoDevice() {
        config.putInt64(0, 0x0807_0605_0403_0201L);
    }

    @Override
    public int type() {
        return TYPE;
    }

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public long features() {
        return FEATURE | DEPENDENT_FEATURE;
    }

    @Override
    public boolean accepts(long features) {
        return (features & DEPENDENT_FEATURE) == 0 || (features & FEATURE) != 0;
    }

    @Override
    public int queues() {
        return 2;
    }

    @Override
    public int queueSize(int queue) {
        return queue == 0 ? 256 : 4;
    }

    @Override
    public ConfigSpace config() {
        return config;
    }

    @Override
    public List<SharedMemory> sharedMemory() {
        return List.of(new SharedMemory(7, 0x12_3456_7000L, 0x2_0000_1000L));
    }

    @Override
    public void attach(VirtioHost surroundings) {
        host = surroundings;
    }

    @Override
    public void activate(long features, List<Virtqueue> live) {
        queues = live;
    }

    @Override
    public void notified(int index) {
        Virtqueue queue = queues.get(index);
        int budget = queue.size();
        while (queue.next(chain)) {
            queue.complete(chain, echo());
            if (--budget == 0) {
                host.again(index);
                break;
            }
        }
        queue.flush();
    }

    private int echo() {
        int length = (int) Math.min(PAGE, Math.min(chain.readableLength(), chain.writableLength()));
        chain.read(0, page, 0, length);
        chain.write(0, page, 0, length);
        return length;
    }

    /** The last four bytes of the configuration are the driver's. */
    @Override
    public void configWritten(int offset, int size, long value) {
        if (offset == 8 && size == Integer.BYTES) {
            config.putInt32(offset, (int) value);
        }
    }

    /** Tells the driver that the configuration has changed. */
    public void announceConfig() {
        host.configChanged();
    }

    @Override
    public void reset() {
        queues = List.of();
        config.putInt32(8, 0);
    }

    @Override
    public int stateVersion() {
        return 1;
    }

    @Override
    public void save(StateWriter out) {
        out.int32(config.int32(8));
    }

    @Override
    public void restore(StateReader in) {
        config.putInt32(8, in.int32());
    }
}
