package dev.jvmm.device;

/**
 * A key in a device's option.
 *
 * @param name what stands in front of the {@code =}
 * @param value the form of what follows; for a switch {@link #SWITCH}
 * @param fallback what holds without the key, for people; empty where the key is needed
 * @param meaning what the key is about
 * @param repeatable whether it may be there several times
 */
public record OptionKey(String name, String value, String fallback, String meaning, boolean repeatable) {
    /** The form of a switch's value. The key alone stands for {@code on}. */
    public static final String SWITCH = "on|off";

    /** A key that is there once at most. */
    OptionKey(String name, String value, String fallback, String meaning) {
        this(name, value, fallback, meaning, false);
    }

    /** A key that may be there any number of times. */
    static OptionKey ofMany(String name, String value, String fallback, String meaning) {
        return new OptionKey(name, value, fallback, meaning, true);
    }

    /** A key whose value is {@link #SWITCH}. */
    static OptionKey ofSwitch(String name, boolean fallback, String meaning) {
        return new OptionKey(name, SWITCH, onOff(fallback), meaning);
    }

    /** Whether the key may stand alone. */
    public boolean isSwitch() {
        return value.equals(SWITCH);
    }

    /** The key and its value's form: {@code path=FILE}, {@code ro[=on|off]}. */
    public String form() {
        return isSwitch() ? name + "[=" + SWITCH + "]" : name + "=" + value;
    }

    static String onOff(boolean value) {
        return value ? "on" : "off";
    }
}
