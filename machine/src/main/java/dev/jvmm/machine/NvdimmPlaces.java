package dev.jvmm.machine;

import dev.jvmm.config.ConfigException;
import dev.jvmm.device.NvdimmSpec;
import java.util.List;

/** A machine's places for NVDIMMs, which are filled at the start or while its guest runs; there is no way to take one out. Any thread. */
public interface NvdimmPlaces {
    /** How many there are. */
    int count();

    /** What is there, by place. */
    List<NvdimmSpec> attached();

    /**
     * Adds an NVDIMM and tells the guest, which looks for itself: Linux has it as a block device some moments later.
     *
     * @throws ConfigException when there is no place left, or the file can not be used
     */
    void attach(NvdimmSpec spec);
}
