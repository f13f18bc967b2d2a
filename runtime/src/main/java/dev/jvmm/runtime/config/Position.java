package dev.jvmm.runtime.config;

import java.util.Comparator;

/**
 * A place in a text file.
 *
 * @param line from 1
 * @param column from 1, in characters
 */
public record Position(int line, int column) implements Comparable<Position> {
    /** Where a file begins; stands for the file as a whole too. */
    public static final Position START = new Position(1, 1);

    private static final Comparator<Position> ORDER = Comparator.comparingInt(Position::line)
            .thenComparingInt(Position::column);

    @Override
    public int compareTo(Position other) {
        return ORDER.compare(this, other);
    }
}
