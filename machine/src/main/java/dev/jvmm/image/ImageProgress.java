package dev.jvmm.image;

/** Hears how far the making of an image is; called by one thread at a time. */
@FunctionalInterface
public interface ImageProgress {
    /** Nobody listens. */
    ImageProgress NONE = (_, _, _) -> {};

    /**
     * Something was done.
     *
     * @param step what is going on: {@code "reading"}
     * @param done how much of it, in the step's own unit
     * @param total all of it; 0 where that is not known
     */
    void at(String step, long done, long total);
}
