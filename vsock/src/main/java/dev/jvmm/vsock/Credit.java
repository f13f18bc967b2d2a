package dev.jvmm.vsock;

/**
 * How many bytes may be under way, in both directions of a connection. Each side says how much room it has and how much has left that room
 * so far; counts wrap at 2^32. What the guest says bounds what it is sent and nothing else.
 *
 * @spec https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html virtio 1.2, 5.10.6.3
 */
final class Credit {
    /** With less room than this in its eyes the guest hears of any more there is: a packet of Linux has up to so many bytes. */
    private static final int LITTLE = 1 << 16;

    private static final long MASK = 0xFFFF_FFFFL;

    /** Room for the guest's data. */
    final int room;

    private int received;
    private int forwarded;

    /** As of the last packet for the guest. */
    private int told;

    private long guestRoom;
    private int guestForwarded;
    private int sent;

    /** @param room bytes of the guest's that may wait for the host */
    Credit(int room) {
        this.room = room;
    }

    /** Every packet of the guest's says where it stands. */
    void heard(int bufAlloc, int fwdCnt) {
        guestRoom = bufAlloc & MASK;
        guestForwarded = fwdCnt;
    }

    /** How many bytes the guest may be sent now. */
    long forGuest() {
        return Math.max(0, guestRoom - (sent - guestForwarded & MASK));
    }

    /** Bytes that all of the guest's room is for. */
    long guestRoom() {
        return guestRoom;
    }

    /** Bytes went to the guest. */
    void sent(int bytes) {
        sent += bytes;
    }

    /** Takes bytes of the guest's; returns false, and takes none, when it was not allowed to send so many. */
    boolean receive(long bytes) {
        if (bytes > room - waiting()) {
            return false;
        }
        received += (int) bytes;
        return true;
    }

    /** Bytes of the guest's that are here. */
    int waiting() {
        return received - forwarded;
    }

    /** Bytes of the guest's have gone on. */
    void forwarded(int bytes) {
        forwarded += bytes;
    }

    /** The count for a packet that the guest gets now. */
    int tell() {
        told = forwarded;
        return forwarded;
    }

    /**
     * Whether the guest had better hear of its room: half of it is new, or it believes to have little while there is more. Linux sends no
     * more at a time than it would receive itself (virtio_transport_tx_buf_size, since 2026), so the smaller room counts.
     */
    boolean isNews() {
        long window = Math.min(room, guestRoom);
        int fresh = forwarded - told;
        return fresh > 0 && (fresh >= window / 2 || window - (received - told) < Math.min(LITTLE, window / 2));
    }
}
