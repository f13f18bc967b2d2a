package dev.jvmm.virtio.net.host;

import dev.jvmm.linux.NetNamespace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a process says that it is about to make. As text, a line each:
 *
 * <pre>
 * jvmm-network 1
 * boot 0f3c...                     the host's boot: nothing survives that
 * namespace 4026532000 /run/...    its number, the path that it was given by if it was
 * link jvmm0123456789a             or: ingress 7 veth0 COOKIE
 * end
 * </pre>
 *
 * @param boot the host's boot
 * @param inode the namespace's number
 * @param path how the namespace was found, empty for the process's own
 * @param link the name of a macvtap; it is random, so no other can have it
 * @param index of an interface whose ingress discipline it is, 0 if none
 * @param name of that interface
 * @param cookie of the filters there, in hexadecimal digits
 */
record Leftover(String boot, long inode, String path, String link, int index, String name, String cookie) {
    private static final String FIRST = "jvmm-network 1";
    private static final String LAST = "end";

    /** A macvtap. */
    static Leftover ofLink(String boot, NetNamespace namespace, Optional<String> path, String link) {
        return new Leftover(boot, namespace.inode(), path.orElse(""), link, 0, "", "");
    }

    /** A mirror: the discipline of the interface. */
    static Leftover ofIngress(String boot, NetNamespace namespace, Optional<String> path, Link link, String cookie) {
        return new Leftover(boot, namespace.inode(), path.orElse(""), "", link.index(), link.name(), cookie);
    }

    byte[] toBytes() {
        String what = link.isEmpty() ? "ingress " + index + " " + name + " " + cookie : "link " + link;
        String text = FIRST + "\nboot " + boot + "\nnamespace " + inode + " " + path + "\n" + what + "\n" + LAST + "\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Empty when it is not whole: then nothing had been made yet. */
    static Optional<Leftover> parse(byte[] bytes) {
        List<String> lines = lines(new String(bytes, StandardCharsets.UTF_8));
        if (lines.size() != 5 || !lines.get(0).equals(FIRST) || !lines.get(4).equals(LAST)) {
            return Optional.empty();
        }
        String boot = after(lines.get(1), "boot ");
        String namespace = after(lines.get(2), "namespace ");
        String link = after(lines.get(3), "link ");
        String ingress = after(lines.get(3), "ingress ");
        int space = namespace.indexOf(' ');
        int afterIndex = ingress.indexOf(' ');
        int afterName = ingress.lastIndexOf(' ');
        try {
            if (space < 0 || link.isEmpty() && (afterIndex < 0 || afterName == afterIndex)) {
                return Optional.empty();
            }
            long inode = Long.parseLong(namespace, 0, space, 10);
            String path = namespace.substring(space + 1);
            if (!link.isEmpty()) {
                return Optional.of(new Leftover(boot, inode, path, link, 0, "", ""));
            }
            return Optional.of(new Leftover(boot, inode, path, "", Integer.parseInt(ingress, 0, afterIndex, 10),
                    ingress.substring(afterIndex + 1, afterName), ingress.substring(afterName + 1)));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            lines.add(text.substring(start, end));
            start = end + 1;
        }
        return lines;
    }

    private static String after(String line, String word) {
        return line.startsWith(word) ? line.substring(word.length()) : "";
    }
}
