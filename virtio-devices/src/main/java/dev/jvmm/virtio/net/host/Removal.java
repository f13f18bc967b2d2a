package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.NetlinkException;

/** Takes back what a {@link Leftover} names, and then its record. */
final class Removal implements Undo {
    private final Links links;
    private final Leftovers.Claim claim;
    private final Leftover leftover;

    /** Takes over the links, which are those of the namespace, and the claim. */
    Removal(Links links, Leftovers.Claim claim, Leftover leftover) {
        this.links = links;
        this.claim = claim;
        this.leftover = leftover;
    }

    @Override
    public void close() {
        try {
            new Sweeper(leftover).removeFrom(links);
            claim.done();
        } catch (NetlinkException e) {
            claim.close();
            System.getLogger("dev.jvmm.virtio.net").log(System.Logger.Level.WARNING,
                    "not taken away, which the next jvmm tries again: " + e.getMessage());
        } finally {
            links.close();
        }
    }
}
