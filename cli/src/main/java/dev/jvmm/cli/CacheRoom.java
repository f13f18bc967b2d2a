package dev.jvmm.cli;

import dev.jvmm.guest.EmbeddedGuest;
import dev.jvmm.snapshot.Pruned;
import dev.jvmm.snapshot.TemplateStore;
import dev.jvmm.snapshot.UserCache;
import java.util.Set;

/**
 * Keeps the user's cache within its limit. A boot needs it, so it knows nothing of picocli: a start-up cache that has a class which can
 * throw picocli's exceptions has the JVM look for those in all the jars at each start.
 */
final class CacheRoom {
    private CacheRoom() {}

    /** Room for what a boot has just made, by the user's limit. */
    static void make(TemplateStore store) {
        store.prune(UserCache.limit(CacheRoom::warn), TemplateIdentity.ofThisPlace());
        pruneImages();
    }

    /** Removes unpacked guests of older builds. */
    static Pruned pruneImages() {
        EmbeddedGuest guest = new EmbeddedGuest();
        Set<String> ours = guest.present()
                ? Set.of(guest.kernel().getFileName().toString(), guest.initramfs().getFileName().toString())
                : Set.of();
        return UserCache.pruneImages(UserCache.images(), ours);
    }

    static void warn(String message) {
        System.err.println("jvmm: " + message);
    }
}
