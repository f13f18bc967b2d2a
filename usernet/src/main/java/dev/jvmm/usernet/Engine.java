package dev.jvmm.usernet;

import dev.jvmm.usernet.link.DeviceSide;
import dev.jvmm.usernet.link.Exchange;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The stack, its thread, and what it listens on: all of a network that is made of Netty. */
final class Engine implements AutoCloseable {
    /** One for all networks of a process: what is freed is kept for the next. */
    private static final PooledByteBufAllocator BUFFERS = PooledByteBufAllocator.DEFAULT;

    private static final long STOP_SECONDS = 30;

    /** For tasks before sockets have their turn. Netty's default is a second, in which a busy guest would have the thread for itself. */
    private static final long TASKS_MILLIS = 1;

    /** Goes into the channels' ids, which nobody asks for. Without it Netty looks at all interfaces, and warns where it likes none. */
    private static final String MACHINE_ID = "io.netty.machineId";

    static {
        if (System.getProperty(MACHINE_ID) == null) {
            System.setProperty(MACHINE_ID, "02:00:00:00:00:01");
        }
    }

    private final List<Thread> threads = new ArrayList<>();
    private final EventLoop loop;
    private final Exchange exchange;
    private final Stack stack;
    private final HostForwards forwards;

    Engine(UserNetConfig config, HostPorts ports, DeviceSide device) {
        loop = new SingleThreadIoEventLoop(null, new Threads(), NioIoHandler.newFactory(), Integer.MAX_VALUE,
                RejectedExecutionHandlers.reject(), TASKS_MILLIS);
        exchange = new Exchange(loop, BUFFERS, device);
        stack = new Stack(loop, BUFFERS, config, exchange, device, System::nanoTime);
        exchange.attach(stack);
        forwards = new HostForwards(loop, BUFFERS, config.plan(), stack);
        onLoop(() -> forwards.open(ports.ports()));
    }

    private final class Threads extends DefaultThreadFactory {
        Threads() {
            super("usernet", true);
        }

        @Override
        protected Thread newThread(Runnable task, String name) {
            Thread thread = super.newThread(task, "usernet0");
            threads.add(thread);
            return thread;
        }
    }

    /** Buffers that somebody in this process has not given back. */
    static long buffersInUse() {
        return BUFFERS.metric().directArenas().stream().mapToLong(PoolArenaMetric::numActiveAllocations).sum();
    }

    Exchange exchange() {
        return exchange;
    }

    /** Runs a task on the stack's thread and waits for it. */
    private void onLoop(Runnable task) {
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> {
            try {
                task.run();
            } finally {
                done.countDown();
            }
        });
        Waiting.on(() -> done.await(STOP_SECONDS, TimeUnit.SECONDS));
    }

    /** Ends everything, and returns when the thread is gone. */
    @Override
    public void close() {
        onLoop(() -> {
            forwards.close();
            stack.close();
        });
        loop.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS);
        Waiting.on(() -> loop.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS));
        for (Thread thread : threads) {
            Waiting.on(() -> thread.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS)));
        }
        exchange.close();
    }

    /** Waits that go on when the thread is interrupted, and leave it interrupted. */
    private static final class Waiting {
        interface Wait {
            void run() throws InterruptedException;
        }

        static void on(Wait wait) {
            boolean interrupted = false;
            while (true) {
                try {
                    wait.run();
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
