package dev.jvmm.snapshot;

import dev.jvmm.linux.LocalFile;
import dev.jvmm.linux.SystemCallException;
import dev.jvmm.snapshot.SnapshotException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A folder of templates. Those that boots make by themselves are named by their identity; others by a person. The folder is used only if
 * it belongs to this user and nobody else may write in it: who can write a template can be root in its guest.
 *
 * <p>Any number of threads and processes may use a store at the same time.
 */
public final class TemplateStore {
    private static final String AUTOMATIC = "auto-";
    private static final int ATTEMPTS = 3;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final long POLL_MILLIS = 20;

    private final Path folder;
    private final StoreFolder place;
    private final Notices notices;

    /**
     * The store in a folder, which is made when the first template is.
     *
     * @param folder absolute
     */
    public TemplateStore(Path folder, Notices notices) {
        this.folder = folder;
        this.place = new StoreFolder(folder);
        this.notices = notices;
    }

    /**
     * The template of exactly this identity, open. Where there is none, or none that can be used, the answer is empty; a notice says why
     * one is not used, and it is removed.
     */
    public Optional<Snapshot> find(Identity identity) {
        try {
            return findOrThrow(AUTOMATIC + identity.key(), identity);
        } catch (SnapshotException e) {
            notices.notice("no template: " + e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<Snapshot> findOrThrow(String name, Identity identity) {
        Optional<LocalFile> opened = place.open();
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (LocalFile store = opened.get()) {
            for (int i = 0; i < ATTEMPTS; i++) {
                Optional<LocalFile> template = StoreFolder.findIn(store, name);
                if (template.isEmpty()) {
                    return Optional.empty();
                }
                try (LocalFile found = template.get()) {
                    Optional<Snapshot> snapshot = openOrDiscard(store, found, name, identity);
                    if (snapshot.isPresent()) {
                        return snapshot;
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Empty when it was refused and is gone: perhaps there is another by now. */
    private Optional<Snapshot> openOrDiscard(LocalFile store, LocalFile found, String name, Identity identity) {
        try {
            return Optional.of(openUsed(found, name, identity));
        } catch (SnapshotException e) {
            if (e.reason() == Reason.STORAGE) {
                throw e;
            }
            discard(store, found, name, e);
            return Optional.empty();
        }
    }

    private Snapshot openUsed(LocalFile found, String name, Identity here) {
        Snapshot snapshot = Snapshot.open(found, folder + "/" + name, here);
        markUsed(name, snapshot.lastUsed());
        return snapshot;
    }

    /** Removes what was refused, unless it was because another removed or replaced it meanwhile. */
    private void discard(LocalFile store, LocalFile refused, String name, SnapshotException refusal) {
        try {
            Optional<LocalFile> now = StoreFolder.findIn(store, name);
            if (now.isPresent()) {
                long inode = now.get().status().inode();
                now.get().close();
                if (inode == refused.status().inode()) {
                    notices.notice("the template is made anew: " + refusal.getMessage());
                    Folders.remove(folder.resolve(name));
                }
            }
        } catch (IOException | SystemCallException | SnapshotException e) {
            notices.notice("the template " + name + " can not be removed: " + e.getMessage());
        }
    }

    private void markUsed(String name, long lastUsed) {
        long now = System.currentTimeMillis();
        if (Math.abs(now - lastUsed) > HOUR_MILLIS) {
            try {
                Files.setLastModifiedTime(folder.resolve(name).resolve(Stamp.NAME), FileTime.fromMillis(now));
            } catch (IOException e) {
                // it counts as unused for longer than it is
            }
        }
    }

    /**
     * The template of a name, open.
     *
     * @param here facts that must be its too; it may have others
     * @throws SnapshotException when there is none or it is refused
     */
    public Snapshot open(String name, Identity here) {
        StoreFolder.checkName(name);
        Optional<LocalFile> opened = place.open();
        if (opened.isPresent()) {
            try (LocalFile store = opened.get()) {
                Optional<LocalFile> template = StoreFolder.findIn(store, name);
                if (template.isPresent()) {
                    try (LocalFile found = template.get()) {
                        return openUsed(found, name, here);
                    }
                }
            }
        }
        throw new SnapshotException(Reason.MISSING, "there is no template \"" + name + "\"");
    }

    /**
     * Wants to make the template of an identity. If another jvmm is at it, a notice says so, and this waits until it has finished or
     * given up.
     *
     * @param waitMillis how long to wait at most
     */
    public Claim claim(Identity identity, long waitMillis) {
        String name = AUTOMATIC + identity.key();
        long end = System.nanoTime() + waitMillis * 1_000_000;
        boolean told = false;
        try {
            place.make();
            while (true) {
                Optional<TemplateLock> lock = take(name);
                Optional<Snapshot> ready = findReady(name, identity, lock);
                if (ready.isPresent()) {
                    lock.ifPresent(TemplateLock::close);
                    return new Claim.Ready(ready.get());
                }
                if (lock.isPresent()) {
                    return new Claim.Make(new TemplateMaker(folder.resolve(name), identity, lock.get()));
                }
                if (System.nanoTime() - end >= 0) {
                    return new Claim.Without(
                            "another jvmm has been making the template for " + waitMillis / 1000 + " s");
                }
                if (!told) {
                    notices.notice(
                            "another jvmm is making the template; waiting for it, up to " + waitMillis / 1000 + " s");
                    told = true;
                }
                Thread.sleep(POLL_MILLIS);
            }
        } catch (SnapshotException e) {
            return new Claim.Without(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Claim.Without("waiting for another jvmm to make the template was interrupted");
        }
    }

    /** What can not be opened now is for the lock's holder to replace. */
    private Optional<Snapshot> findReady(String name, Identity identity, Optional<TemplateLock> lock) {
        try {
            return findOrThrow(name, identity);
        } catch (SnapshotException e) {
            if (e.reason() != Reason.STORAGE) {
                lock.ifPresent(TemplateLock::close);
                throw e;
            }
            return Optional.empty();
        }
    }

    /**
     * Begins a template that has a name and stays until it is removed by it.
     *
     * @throws SnapshotException when the name can not be used or is in use, or the folder can not
     */
    public TemplateMaker create(String name, Identity identity) {
        StoreFolder.checkName(name);
        if (name.startsWith(AUTOMATIC)) {
            throw new SnapshotException(Reason.NAME,
                    "names that begin with " + AUTOMATIC + " are for templates that boots make");
        }
        place.make();
        TemplateLock lock = take(name)
                .orElseThrow(() -> new SnapshotException(Reason.NAME,
                        "another jvmm is making the template \"" + name + "\""));
        if (Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            lock.close();
            throw new SnapshotException(Reason.NAME, "there is a template \"" + name + "\" already");
        }
        return new TemplateMaker(folder.resolve(name), identity, lock);
    }

    /**
     * All templates, by name.
     *
     * @throws SnapshotException when the folder can not be used
     */
    public List<Template> list() {
        List<Template> templates = new ArrayList<>();
        Optional<LocalFile> opened = place.open();
        if (opened.isPresent()) {
            try (LocalFile store = opened.get()) {
                for (Path path : Folders.entries(folder)) {
                    String name = path.getFileName().toString();
                    if (StoreFolder.isName(name)) {
                        describe(store, name, path).ifPresent(templates::add);
                    }
                }
            }
        }
        return templates;
    }

    private static Optional<Template> describe(LocalFile store, String name, Path path) {
        boolean automatic = name.startsWith(AUTOMATIC);
        long size = Folders.diskSize(path);
        try {
            Optional<LocalFile> opened = StoreFolder.findIn(store, name);
            if (opened.isEmpty()) {
                return Optional.empty();
            }
            try (LocalFile found = opened.get()) {
                Manifest manifest = Snapshot.readManifest(found, path.toString());
                return Optional
                        .of(new Template(name, automatic, new Identity(Words.printable(manifest.identity().facts())),
                                Words.printable(manifest.description()),
                                manifest.created(), Snapshot.lastUsed(found), size, Optional.empty()));
            }
        } catch (SnapshotException e) {
            return Optional.of(new Template(name, automatic, new Identity(List.of()), List.of(), 0, 0, size,
                    Optional.of(e.getMessage())));
        }
    }

    /**
     * Removes a template; guests that run from it go on.
     *
     * @return whether there was one
     * @throws SnapshotException when the folder can not be used or the host refuses
     */
    public boolean remove(String name) {
        StoreFolder.checkName(name);
        Optional<LocalFile> opened = place.open();
        if (opened.isEmpty()) {
            return false;
        }
        opened.get().close();
        Path path = folder.resolve(name);
        boolean there = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
        try {
            Folders.remove(path);
        } catch (IOException e) {
            throw Words.storage(path, e);
        }
        return there;
    }

    /**
     * Makes room: removes leftovers, automatic templates that can not be used, those that do not fit {@code here} and were not used for
     * 30 days, and then, until the automatic ones take up no more than the limit, others: first those that do not fit, then the rest, the
     * longest unused first. Templates with names of their own stay.
     *
     * @param limitBytes on the disk
     * @param here the facts of this host and this jvmm
     * @throws SnapshotException when the folder can not be used
     */
    public Pruned prune(long limitBytes, Identity here) {
        List<Template> templates = list();
        if (templates.isEmpty() && !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return new Pruned(List.of(), 0);
        }
        return new Pruning(this, folder, here).run(templates, limitBytes);
    }

    private Optional<TemplateLock> take(String name) {
        try {
            return TemplateLock.tryTake(folder, name);
        } catch (SystemCallException e) {
            throw SnapshotException.storage(folder, e);
        }
    }
}
