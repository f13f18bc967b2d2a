package dev.jvmm.runtime;

/** What a backend may be able to do. */
public enum Capability {
    /** The guest runs inside this process: its end takes no process with it, its memory counts as this process's. */
    IN_PROCESS,
    /** Guest memory from the host's hugetlb pool. */
    HUGEPAGES,
    /** Guest memory that is touched before the guest starts. */
    PREALLOCATION
}
