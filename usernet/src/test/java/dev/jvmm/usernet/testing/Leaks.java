package dev.jvmm.usernet.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Netty's leak detector, which every buffer of the tests is followed by, with a memory: {@link #none} fails a test where the original
 * only writes to the log. Installed by a system property in the module's {@code pom.xml}.
 */
public final class Leaks<T> extends ResourceLeakDetector<T> {
    private static final Queue<String> FOUND = new ConcurrentLinkedQueue<>();
    private static final AtomicInteger LOST = new AtomicInteger();
    private static final int TRIES = 20;

    /** Called by Netty. */
    public Leaks(Class<?> resourceType, int samplingInterval) {
        super(resourceType, samplingInterval);
    }

    /** Called by Netty, which complains when it is not there. */
    public Leaks(Class<?> resourceType, int samplingInterval, long obsolete) {
        super(resourceType, samplingInterval);
    }

    @Override
    protected boolean needReport() {
        return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
        FOUND.add(resourceType + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
        FOUND.add(resourceType);
    }

    /** Fails when a buffer was dropped without being released, in whatever test before. */
    public static void none() throws InterruptedException {
        ByteBuf lost = PooledByteBufAllocator.DEFAULT.directBuffer(1);
        lost.touch("on purpose, number " + LOST.incrementAndGet()); // each leak is told of once
        lost = null;
        List<String> leaks = new ArrayList<>();
        // the collector has seen all that was lost before when it has found the one that was lost on purpose
        for (int i = 0; i < TRIES; i++) {
            System.gc();
            Thread.sleep(10);
            PooledByteBufAllocator.DEFAULT.directBuffer(1).release();
            for (String leak = FOUND.poll(); leak != null; leak = FOUND.poll()) {
                leaks.add(leak);
            }
            if (leaks.removeIf(leak -> leak.contains("on purpose"))) {
                if (!leaks.isEmpty()) {
                    throw new AssertionError(leaks.size() + " buffers lost, the first: " + leaks.getFirst());
                }
                return;
            }
        }
        throw new AssertionError("the leak detector finds nothing: -Dio.netty.customResourceLeakDetector="
                + Leaks.class.getName() + " -Dio.netty.leakDetection.level=paranoid");
    }
}
