package dev.jvmm.device;

import dev.jvmm.virtio.rate.RateLimit;
import java.util.Optional;

/** Writes what {@link OptionText} reads. */
final class OptionWriter {
    private final StringBuilder text = new StringBuilder();

    /** Adds a key with its value. */
    OptionWriter value(OptionKey key, String value) {
        name(key).append('=');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            text.append(c);
            if (c == ',') {
                text.append(c);
            }
        }
        return this;
    }

    /** Adds a key with its value, unless that is what holds anyway. */
    OptionWriter value(OptionKey key, String value, String fallback) {
        return value.equals(fallback) ? this : value(key, value);
    }

    /** Adds a number, unless it is the one that holds anyway. */
    OptionWriter number(OptionKey key, long value, long fallback) {
        return value == fallback ? this : value(key, Long.toString(value));
    }

    /** Adds a switch, unless it stands like that anyway. */
    OptionWriter onOff(OptionKey key, boolean value, boolean fallback) {
        if (value != fallback) {
            name(key);
            if (!value) {
                text.append("=off");
            }
        }
        return this;
    }

    /** Adds a rate, if there is one. */
    OptionWriter rate(OptionKey key, Optional<RateLimit> rate) {
        if (rate.isPresent()) {
            long perSecond = rate.get().perSecond();
            long burst = rate.get().burst();
            value(key, burst == perSecond ? Long.toString(perSecond) : perSecond + "/" + burst);
        }
        return this;
    }

    private StringBuilder name(OptionKey key) {
        if (!text.isEmpty()) {
            text.append(',');
        }
        return text.append(key.name());
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
