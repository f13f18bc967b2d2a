package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.config.MemorySize;
import dev.jvmm.config.Nearest;
import dev.jvmm.virtio.rate.RateLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A device's option, taken apart. Items are separated by commas, each {@code key=value} or a switch's key alone; most keys may be there
 * once. A comma in a value is written twice, as for QEMU: {@code path=a,,b,ro} is the file {@code a,b}, read-only.
 */
final class OptionText {
    private record Item(OptionKey key, String value, String written) {}

    private final String kind;
    private final String text;
    private final List<OptionKey> keys;
    private final List<Item> items = new ArrayList<>();

    /**
     * Takes a text apart.
     *
     * @throws ConfigException when the text breaks the grammar, or has a key that is not among {@code keys}
     */
    OptionText(String kind, List<OptionKey> keys, String text) {
        this.kind = kind;
        this.text = text;
        this.keys = keys;
        for (String item : items(text)) {
            add(item);
        }
    }

    /** The items of a text, each with its commas as they are meant; nothing where the text is empty. */
    static List<String> items(String text) {
        List<String> items = new ArrayList<>();
        StringBuilder item = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != ',') {
                item.append(c);
            } else if (i + 1 < text.length() && text.charAt(i + 1) == ',') {
                item.append(c);
                i++;
            } else {
                items.add(item.toString());
                item.setLength(0);
            }
        }
        if (!text.isEmpty()) {
            items.add(item.toString());
        }
        return items;
    }

    /** A value or item as it is written. */
    static String escaped(String item) {
        return item.replace(",", ",,");
    }

    private void add(String item) {
        if (item.isEmpty()) {
            throw bad(text, "an item is empty; a comma in a value is written ',,'");
        }
        int equals = item.indexOf('=');
        String name = equals < 0 ? item : item.substring(0, equals);
        OptionKey key = key(item, name);
        if (!key.repeatable() && find(name).isPresent()) {
            throw bad(text, "'" + name + "' is there twice");
        }
        if (equals < 0 && !key.isSwitch()) {
            throw bad(item, "'" + name + "' needs a value: " + key.form());
        }
        items.add(new Item(key, equals < 0 ? "on" : item.substring(equals + 1), item));
    }

    private OptionKey key(String item, String name) {
        List<String> names = new ArrayList<>();
        for (OptionKey key : keys) {
            if (key.name().equals(name)) {
                return key;
            }
            names.add(key.name());
        }
        String hint = Nearest.hint(name, names);
        throw bad(item, "there is no key '" + name + "'"
                + (hint.isEmpty() ? "; there are " + String.join(", ", names) : hint));
    }

    private Optional<Item> find(String name) {
        for (Item item : items) {
            if (item.key.name().equals(name)) {
                return Optional.of(item);
            }
        }
        return Optional.empty();
    }

    /** That a part of the option is wrong. */
    ConfigException bad(String part, String why) {
        return new ConfigException(kind + " option '" + part + "': " + why);
    }

    /** That the option is wrong. */
    ConfigException bad(String why) {
        return bad(text, why);
    }

    /** The value of a key that must be there and say something. */
    String required(OptionKey key) {
        Optional<Item> item = find(key.name());
        if (item.isEmpty()) {
            throw bad("there is no '" + key.name() + "': add " + key.form());
        }
        if (item.get().value.isEmpty()) {
            throw bad(item.get().written, "the value is missing: " + key.form());
        }
        return item.get().value;
    }

    /** The value of a key, which may be empty; or nothing. */
    Optional<String> value(OptionKey key) {
        Optional<Item> item = find(key.name());
        return item.isEmpty() ? Optional.empty() : Optional.of(item.get().value);
    }

    /** Whether a key is there. */
    boolean has(OptionKey key) {
        return find(key.name()).isPresent();
    }

    /** A number that is a part of a key's value. */
    long part(OptionKey key, String part, long least, long most) {
        return number(find(key.name()).orElseThrow(), part, false, least, most);
    }

    /** The values of a repeatable key, in their order. */
    List<String> values(OptionKey key) {
        List<String> values = new ArrayList<>();
        for (Item item : items) {
            if (item.key.name().equals(key.name())) {
                values.add(item.value);
            }
        }
        return values;
    }

    /** What a switch says. */
    boolean isOn(OptionKey key, boolean fallback) {
        Optional<Item> item = find(key.name());
        if (item.isEmpty()) {
            return fallback;
        }
        String value = item.get().value;
        if (!value.equals("on") && !value.equals("off")) {
            throw bad(item.get().written, "'" + key.name() + "' is on or off: write '" + key.name() + "' or '"
                    + key.name() + "=off'");
        }
        return value.equals("on");
    }

    /** One of several words. */
    String choice(OptionKey key, List<String> words, String fallback) {
        Optional<Item> item = find(key.name());
        if (item.isEmpty()) {
            return fallback;
        }
        String value = item.get().value;
        if (!words.contains(value)) {
            throw bad(item.get().written, "'" + key.name() + "' is one of " + String.join(", ", words)
                    + Nearest.hint(value, words));
        }
        return value;
    }

    /** A whole number in decimal digits. */
    long number(OptionKey key, long least, long most, long fallback) {
        Optional<Item> item = find(key.name());
        return item.isEmpty() ? fallback : number(item.get(), item.get().value, false, least, most);
    }

    /** An amount, as {@link MemorySize} reads it. */
    long size(OptionKey key, long least, long most, long fallback) {
        Optional<Item> item = find(key.name());
        return item.isEmpty() ? fallback : number(item.get(), item.get().value, true, least, most);
    }

    /**
     * A rate and perhaps, behind a slash, a burst.
     *
     * @param bytes whether both are amounts that may have a unit
     */
    Optional<RateLimit> rate(OptionKey key, boolean bytes) {
        Optional<Item> found = find(key.name());
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Item item = found.get();
        int slash = item.value.indexOf('/');
        if (slash < 0) {
            return Optional.of(RateLimit.perSecond(number(item, item.value, bytes, 1, RateLimit.MOST)));
        }
        return Optional.of(new RateLimit(
                number(item, item.value.substring(0, slash), bytes, 1, RateLimit.MOST),
                number(item, item.value.substring(slash + 1), bytes, 1, RateLimit.MOST)));
    }

    private ConfigException outOfRange(Item item, String value, boolean bytes, long least, long most) {
        if (value.isEmpty()) {
            return bad(item.written, "the value is missing: " + item.key.form());
        }
        return bad(item.written, bytes
                ? "'" + value + "' is not a size from " + MemorySize.format(least) + " to " + MemorySize.format(most)
                        + ", written like 64K, 100M or 1048576"
                : "'" + value + "' is not a whole number from " + least + " to " + most);
    }

    private long number(Item item, String value, boolean bytes, long least, long most) {
        boolean good = bytes || !value.isEmpty() && isDigit(value.charAt(value.length() - 1));
        long number = -1;
        try {
            number = good ? MemorySize.parse(value) : -1;
        } catch (ConfigException e) {
            good = false; // a message of our own says more
        }
        if (!good || number < least || number > most) {
            throw outOfRange(item, value, bytes, least, most);
        }
        return number;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
