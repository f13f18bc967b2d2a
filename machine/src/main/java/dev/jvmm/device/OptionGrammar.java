package dev.jvmm.device;

/** The devices' options, told to people. */
public final class OptionGrammar {
    private OptionGrammar() {}

    /**
     * One kind's keys, for a terminal: a line for each, its form and what it means in two columns.
     *
     * @throws dev.jvmm.config.ConfigException when there is no such kind
     */
    public static String help(String kind) {
        int width = 0;
        for (OptionKey key : DeviceSpec.keys(kind)) {
            width = Math.max(width, key.form().length());
        }
        StringBuilder text = new StringBuilder();
        for (OptionKey key : DeviceSpec.keys(kind)) {
            text.append("  ").append(key.form()).append(" ".repeat(width - key.form().length() + 2));
            text.append(key.meaning().replace("`", ""));
            text.append(key.fallback().isEmpty() ? " (needed)\n" : " (default: " + key.fallback() + ")\n");
        }
        return text.toString();
    }

    /** All kinds' keys, as a table in Markdown. */
    public static String markdown() {
        StringBuilder text = new StringBuilder("| option | key | default | meaning |\n|---|---|---|---|\n");
        for (String kind : DeviceSpec.KINDS) {
            String option = "`--" + kind + "`";
            for (OptionKey key : DeviceSpec.keys(kind)) {
                text.append("| ").append(option);
                text.append(" | `").append(key.form().replace("|", "\\|")).append("` | ");
                text.append(key.fallback().isEmpty() ? "(needed)" : key.fallback());
                text.append(" | ").append(key.meaning()).append(" |\n");
                option = "";
            }
        }
        return text.toString();
    }
}
