package dev.jvmm.cli;

/** What {@code jvmm --version} prints. */
final class Version {
    private Version() {}

    /** The version of the jar, or of the build tree. */
    static String number() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    static String[] lines() {
        return new String[]{ "jvmm " + number(),
            "Java " + Runtime.version() + ", " + System.getProperty("java.vendor") };
    }
}
