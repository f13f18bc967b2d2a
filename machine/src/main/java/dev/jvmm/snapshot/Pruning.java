package dev.jvmm.snapshot;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** One round of making room in a store. */
final class Pruning {
    static final long UNUSED_MILLIS = 30L * 24 * 3_600_000;

    private final TemplateStore store;
    private final Path folder;
    private final Identity here;
    private final List<String> removed = new ArrayList<>();
    private long freed;

    Pruning(TemplateStore store, Path folder, Identity here) {
        this.store = store;
        this.folder = folder;
        this.here = here;
    }

    Pruned run(List<Template> templates, long limit) {
        freed += Folders.sweepAll(folder);
        TemplateLock.sweep(folder);
        List<Template> kept = new ArrayList<>();
        long total = 0;
        for (Template template : templates) {
            if (template.automatic() && !isUseless(template)) {
                kept.add(template);
                total += template.diskSize();
            } else if (template.automatic()) {
                remove(template);
            }
        }
        kept.sort(Comparator.comparing(this::fits).thenComparing(Template::lastUsed));
        for (int i = 0; i < kept.size() && total > limit; i++) {
            remove(kept.get(i));
            total -= kept.get(i).diskSize();
        }
        return new Pruned(removed, freed);
    }

    private boolean fits(Template template) {
        return template.identity().difference(here).isEmpty();
    }

    private boolean isUseless(Template template) {
        return template.problem().isPresent()
                || !fits(template) && System.currentTimeMillis() - template.lastUsed() > UNUSED_MILLIS;
    }

    private void remove(Template template) {
        if (store.remove(template.name())) {
            removed.add(template.name());
            freed += template.diskSize();
        }
    }
}
