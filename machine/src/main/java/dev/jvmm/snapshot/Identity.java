package dev.jvmm.snapshot;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * What must be the same where a snapshot is made and where it is used.
 *
 * @param facts in a fixed order, their names unlike each other
 */
public record Identity(List<Fact> facts) {
    private static final int LONGEST_SHOWN = 100;

    /** A copy of the list. */
    public Identity(List<Fact> facts) {
        this.facts = List.copyOf(facts);
    }

    /** This identity with further facts behind its own. */
    public Identity with(List<Fact> more) {
        List<Fact> all = new ArrayList<>(facts);
        all.addAll(more);
        return new Identity(all);
    }

    /** The value of the fact of that name. */
    public Optional<String> value(String name) {
        for (int i = 0; i < facts.size(); i++) {
            if (facts.get(i).name().equals(name)) {
                return Optional.of(facts.get(i).value());
            }
        }
        return Optional.empty();
    }

    /**
     * How this identity, a snapshot's, differs in the facts that {@code here} has: one clause on the first that differs. Facts that
     * {@code here} does not have may be anything.
     */
    public Optional<String> difference(Identity here) {
        for (int i = 0; i < here.facts.size(); i++) {
            Fact wanted = here.facts.get(i);
            Optional<String> value = value(wanted.name());
            if (value.isEmpty()) {
                return Optional.of("it does not say its " + wanted.name());
            }
            if (!value.get().equals(wanted.value())) {
                return Optional.of(difference(wanted.name(), value.get(), wanted.value()));
            }
        }
        return Optional.empty();
    }

    private static String difference(String name, String its, String here) {
        if (its.length() <= LONGEST_SHOWN && here.length() <= LONGEST_SHOWN) {
            return "its " + name + " is \"" + its + "\", here it is \"" + here + "\"";
        }
        return "its " + name + " is another (" + firstNotIn(its, here, "there")
                .or(() -> firstNotIn(here, its, "here"))
                .orElse("in another order") + ")";
    }

    private static Optional<String> firstNotIn(String words, String others, String where) {
        List<String> known = List.of(others.split(" "));
        for (String word : words.split(" ")) {
            if (!known.contains(word)) {
                String shown = word.length() <= LONGEST_SHOWN ? word : word.substring(0, LONGEST_SHOWN) + "...";
                return Optional.of("\"" + shown + "\" only " + where);
            }
        }
        return Optional.empty();
    }

    /** 16 hexadecimal digits, the same for equal identities and hardly ever for two others; whoever finds by it compares. */
    String key() {
        StringBuilder text = new StringBuilder(1024);
        for (int i = 0; i < facts.size(); i++) {
            text.append(facts.get(i).name()).append('\0').append(facts.get(i).value()).append('\0');
        }
        String whole = text.toString();
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, bytes.length);
        return hex((int) crc.getValue()) + hex(whole.hashCode());
    }

    private static String hex(int value) {
        return Long.toHexString(Integer.toUnsignedLong(value) | 1L << 32).substring(1);
    }
}
