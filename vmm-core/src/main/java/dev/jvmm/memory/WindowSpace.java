package dev.jvmm.memory;

/** A machine's physical space, as its memory windows are put into it. Calls take turns. */
public interface WindowSpace {
    /** Nobody's: windows have addresses in it, and no guest sees them. */
    WindowSpace NONE = new WindowSpace() {
        @Override
        public long end() {
            return 1L << 40;
        }

        @Override
        public void put(MemoryWindow window) {}

        @Override
        public void take(MemoryWindow window) {}
    };

    /** The first guest-physical address that the guest's processors can not name. */
    long end();

    /** The guest sees a window from now on, where its address says. */
    void put(MemoryWindow window);

    /** The guest does not see a window any more. */
    void take(MemoryWindow window);
}
