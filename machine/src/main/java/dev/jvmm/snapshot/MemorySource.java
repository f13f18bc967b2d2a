package dev.jvmm.snapshot;

/** Memory that can be saved: all of a guest's RAM as one run of bytes, region behind region. It does not change meanwhile. */
public interface MemorySource {
    /** Bytes. */
    long size();

    /** Tells the sink every byte that is not zero, in ascending order. Zeros may be told or left out. */
    void copyTo(MemorySink sink);
}
