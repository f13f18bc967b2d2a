package dev.jvmm.runtime;

import dev.jvmm.machine.MachineConfig;
import dev.jvmm.vm.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * One guest as a container runtime drives it: the verbs that Kata asks of its hypervisors, as far as booting needs them.
 *
 * <p><b>Life.</b> {@link #create}, {@link #start}, then the guest ends by itself or by {@link #stop}, then {@link #cleanup}.
 * Each of the first two is called once, in this order; a call out of order is an {@link IllegalStateException} and changes
 * nothing. {@link #stop} and {@link #cleanup} may come at any time and any number of times, which makes them fit for
 * {@code finally}. An instance is for one guest.
 *
 * <p><b>Threads.</b> Every method may be called from any thread. {@link #create} and {@link #start} exclude each other;
 * {@link #stop} and {@link #cleanup} do not wait for a {@link #start} under way but make it fail.
 *
 * <p><b>Errors.</b> What the host, the files or the hypervisor refuse is a {@link HypervisorException} that says what was tried,
 * what came back and what to do. After one from {@link #create} or {@link #start} nothing is left running; {@link #cleanup} is
 * still owed. An interrupt of a waiting method is an {@link InterruptedException}; the guest goes on.
 */
public interface Hypervisor extends AutoCloseable {
    /** The backend's name, as in {@code [hypervisor.NAME]}. */
    String name();

    /**
     * Finds out whether this host can run guests with this backend; changes nothing.
     *
     * @throws HypervisorException when it can not
     */
    void check();

    /** What this backend can do beyond booting; the same before and after {@link #create}. */
    Set<Capability> capabilities();

    /**
     * Says what the guest is made of. Looks at the files but takes no memory and starts nothing.
     *
     * @throws HypervisorException when the configuration can not work here, such as a file that is not there
     */
    void create(MachineConfig config);

    /**
     * What the guest is made of.
     *
     * @throws IllegalStateException before {@link #create}
     */
    MachineConfig config();

    /**
     * Starts the guest and returns once its processors may run. What the guest does from then on shows on the console.
     *
     * @param timeout the longest that may take; when it is over everything is stopped
     * @throws HypervisorException when the guest can not be started, or not in time
     */
    void start(Duration timeout) throws InterruptedException;

    /**
     * Waits for the guest's end.
     *
     * @return how it ended, or empty when it still runs after {@code timeout}
     * @throws IllegalStateException before {@link #start}
     */
    Optional<Outcome> await(Duration timeout) throws InterruptedException;

    /**
     * Ends a running guest at once, without asking it, and returns when it runs no more. Its outcome is then
     * {@link Outcome.Kind#STOPPED}, unless it ended by itself before. Does nothing where nothing runs.
     *
     * @throws HypervisorException when the guest does not end
     */
    void stop();

    /**
     * The guest's serial console: one pair of streams, the same at each call. What the guest writes waits there from the first
     * byte; a guest that nobody reads is held back once a buffer of 64 KiB or so is full. What was written before the end can
     * be read after it, until {@link #cleanup}.
     *
     * @throws IllegalStateException before {@link #start}
     */
    Console console();

    /** The processes that make up the guest, the main one first; empty when it does not run. */
    List<Long> processIds();

    /**
     * The Linux thread of each virtual CPU by its number, from 0, for a runtime that pins or accounts them; empty when the
     * guest does not run.
     */
    SortedMap<Integer, Long> vcpuThreadIds();

    /** Stops the guest if need be and gives everything back: processes, memory, files. Does not throw for a guest that died. */
    void cleanup();

    /** As {@link #cleanup}. */
    @Override
    default void close() {
        cleanup();
    }
}
