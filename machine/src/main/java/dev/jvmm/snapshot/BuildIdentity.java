package dev.jvmm.snapshot;

import java.io.File;
import java.util.List;

/**
 * Which build of jvmm this is: names, sizes and times of the class path's jars. Folders of classes, which only a build tree has, are
 * walked instead. Nothing is read but what the file system says of the files.
 */
public final class BuildIdentity {
    /** The fact of the build. */
    public static final String JVMM = "jvmm build";

    private static final int DEEPEST = 16;

    private BuildIdentity() {}

    /** This build. */
    public static List<Fact> facts() {
        return List.of(new Fact(JVMM, of(System.getProperty("java.class.path", ""))
                + of(System.getProperty("jdk.module.path", ""))));
    }

    static String of(String path) {
        StringBuilder text = new StringBuilder(1024);
        int start = 0;
        while (start < path.length()) {
            int end = path.indexOf(File.pathSeparatorChar, start);
            end = end < 0 ? path.length() : end;
            if (end > start) {
                append(text, new File(path.substring(start, end)));
            }
            start = end + 1;
        }
        return text.toString();
    }

    private static void append(StringBuilder text, File file) {
        long length = file.length();
        long modified = file.lastModified();
        String name = file.getName();
        if (!name.endsWith(".jar") && file.isDirectory()) {
            length = 0;
            modified = walk(file, 0);
        }
        text.append(name).append(':').append(length).append(':').append(modified).append(' ');
    }

    /** One number for the names, sizes and times of all files in a folder. */
    private static long walk(File folder, int depth) {
        File[] files = folder.listFiles();
        long sum = 0;
        if (files != null && depth < DEEPEST) {
            for (File file : files) {
                long one = file.isDirectory() ? walk(file, depth + 1) : file.length() * 31 + file.lastModified();
                sum += mix(one * 31 + file.getName().hashCode());
            }
        }
        return sum;
    }

    /** The finishing step of SplitMix64, so that a sum in any order tells different folders apart. */
    private static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
