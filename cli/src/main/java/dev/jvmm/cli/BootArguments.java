package dev.jvmm.cli;

/**
 * Reads the arguments of a well-formed {@code boot}. Whatever is not plainly right it leaves to picocli, which reads the same
 * {@link BootOption} table: that is slower by more than the whole start of a small guest, but explains.
 */
final class BootArguments {
    private final String[] arguments;
    private final int end;

    /**
     * @param arguments all of the command line; the first is {@code boot}
     */
    BootArguments(String[] arguments) {
        this.arguments = arguments;
        this.end = delimiter(arguments);
    }

    /** Where {@code --} stands, or the length. */
    static int delimiter(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("--")) {
                return i;
            }
        }
        return arguments.length;
    }

    /** Fills the options; returns false when picocli has to look. */
    boolean readInto(BootOptions options) {
        long seen = 0;
        for (int i = 1; i < end; i++) {
            String argument = arguments[i];
            int equals = argument.indexOf('=');
            int index = BootOption.indexOf(argument, equals < 0 ? argument.length() : equals);
            if (index < 0) {
                return false;
            }
            BootOption option = BootOption.at(index);
            if ((seen & 1L << index) != 0 && !option.isRepeatable()) {
                return false;
            }
            seen |= 1L << index;
            if (equals >= 0) {
                if (!option.takesValue() && !option.mayHaveValue()) {
                    return false;
                }
                options.set(option, argument.substring(equals + 1));
            } else if ((option.takesValue() || option.mayHaveValue()) && i + 1 < end
                    && !arguments[i + 1].startsWith("-")) {
                i++;
                options.set(option, arguments[i]);
            } else if (option.takesValue()) {
                return false;
            } else {
                options.set(option, option.alone());
            }
        }
        options.command(arguments, end + 1);
        return true;
    }
}
