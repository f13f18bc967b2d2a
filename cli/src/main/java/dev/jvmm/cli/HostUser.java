package dev.jvmm.cli;

import java.util.LinkedHashSet;
import java.util.Set;
import jnr.posix.Group;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.posix.Passwd;

/** Who runs jvmm, by name. */
final class HostUser {
    private HostUser() {}

    static Finding finding() {
        POSIX posix = POSIXFactory.getPOSIX();
        Passwd user = posix.getpwuid(posix.geteuid());
        Set<String> groups = new LinkedHashSet<>();
        groups.add(groupName(posix, posix.getegid()));
        for (long gid : posix.getgroups()) {
            groups.add(groupName(posix, (int) gid));
        }
        String name = user == null ? "uid " + posix.geteuid() : user.getLoginName();
        return Finding.ok("user", name + ", in the groups " + String.join(" ", groups));
    }

    private static String groupName(POSIX posix, int gid) {
        Group group = posix.getgrgid(gid);
        return group == null ? Integer.toString(gid) : group.getName();
    }
}
