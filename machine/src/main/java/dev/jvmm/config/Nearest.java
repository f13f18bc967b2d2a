package dev.jvmm.config;

import java.util.List;
import java.util.Optional;

/** Finds what somebody may have meant. */
public final class Nearest {
    private static final int LONGEST = 100;

    private Nearest() {}

    /** The candidate with the fewest edits to {@code word}, the first of several, if those are at most a third of the word's length. */
    public static Optional<String> to(String word, List<String> candidates) {
        if (word.length() > LONGEST) {
            return Optional.empty();
        }
        int fewest = Math.max(1, word.length() / 3) + 1;
        Optional<String> nearest = Optional.empty();
        for (String candidate : candidates) {
            int edits = distance(word, candidate);
            if (edits < fewest) {
                fewest = edits;
                nearest = Optional.of(candidate);
            }
        }
        return nearest;
    }

    /** What to add to a message about a word that nobody knows: {@code "; did you mean 'path'?"}, or nothing. */
    public static String hint(String word, List<String> candidates) {
        Optional<String> nearest = to(word, candidates);
        return nearest.isPresent() ? "; did you mean '" + nearest.get() + "'?" : "";
    }

    /** Insertions, deletions and replacements of one character, and exchanges of two neighbours, of which none is edited again. */
    static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] beforePrevious = previous;
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replace, Math.min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
                }
            }
            beforePrevious = previous;
            previous = current;
        }
        return previous[b.length()];
    }
}
