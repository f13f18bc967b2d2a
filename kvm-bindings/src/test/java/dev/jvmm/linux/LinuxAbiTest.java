package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Our numbers against the C headers': {@code src/test/abi/linux-probe.c} printed the table. */
final class LinuxAbiTest {
    private static final HeaderProbe PROBE = HeaderProbe.of("linux-abi.csv", "linux-probe.c", "linux/eventpoll.h");

    /** Where constants of the header's name are looked for. */
    private static final List<Class<?>> CONSTANTS = List.of(FileDescriptor.class, EventFd.class, TimerFd.class,
            Epoll.class, Signals.class, Terminal.class, LocalFile.class, FileExtents.class,
            FileCalls.class, FileLock.class, DiskStatus.class, IoUringAbi.class,
            Mapping.class, Errno.class, TtyRequests.class, TreeCalls.class, TreeStatus.class, RangeLock.class,
            OpenFileLimit.class, FileWatch.class);

    private static final Map<String, Integer> LAYOUTS = Map.ofEntries(
            Map.entry("epoll_event,sizeof", Epoll.EVENT_SIZE),
            Map.entry("epoll_event,events", Epoll.EVENT_EVENTS),
            Map.entry("epoll_event,data", Epoll.EVENT_DATA),
            Map.entry("itimerspec,sizeof", TimerFd.ITIMERSPEC_SIZE),
            Map.entry("itimerspec,it_interval.tv_sec", TimerFd.INTERVAL_SECONDS),
            Map.entry("itimerspec,it_interval.tv_nsec", TimerFd.INTERVAL_NANOS),
            Map.entry("itimerspec,it_value.tv_sec", TimerFd.VALUE_SECONDS),
            Map.entry("itimerspec,it_value.tv_nsec", TimerFd.VALUE_NANOS),
            Map.entry("timespec,sizeof", Signals.TIMESPEC_SIZE),
            Map.entry("stat,sizeof", FileStatus.SIZE),
            Map.entry("stat,st_dev", FileStatus.ST_DEV),
            Map.entry("stat,st_ino", FileStatus.ST_INO),
            Map.entry("stat,st_nlink", FileStatus.ST_NLINK),
            Map.entry("stat,st_mode", FileStatus.ST_MODE),
            Map.entry("stat,st_uid", FileStatus.ST_UID),
            Map.entry("stat,st_size", FileStatus.ST_SIZE),
            Map.entry("stat,st_blocks", FileStatus.ST_BLOCKS),
            Map.entry("stat,st_atime", FileStatus.ST_ATIME),
            Map.entry("stat,st_mtime", FileStatus.ST_MTIME),
            Map.entry("stat,st_ctime", FileStatus.ST_CTIME),
            Map.entry("termios,sizeof", Terminal.TERMIOS_SIZE),
            Map.entry("termios,c_iflag", Terminal.C_IFLAG),
            Map.entry("termios,c_oflag", Terminal.C_OFLAG),
            Map.entry("termios,c_cflag", Terminal.C_CFLAG),
            Map.entry("termios,c_lflag", Terminal.C_LFLAG),
            Map.entry("termios,c_cc", Terminal.C_CC),
            Map.entry("winsize,sizeof", Terminal.WINSIZE_SIZE),
            Map.entry("winsize,ws_row", Terminal.WS_ROW),
            Map.entry("winsize,ws_col", Terminal.WS_COL));

    /** Constants of ours that no header has. */
    private static final TreeSet<String> OUR_OWN = new TreeSet<>(
            List.of("FIRST_REAL_TIME", "LAST", "SET_BYTES", "WANTED"));

    static List<String> rows() throws IOException {
        return PROBE.rows(100);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void headerAgrees(String row) throws ReflectiveOperationException {
        int comma = row.lastIndexOf(',');
        String key = row.substring(0, comma);
        long expected = Long.parseLong(row.substring(comma + 1));
        if (!key.startsWith("const,")) {
            Integer ours = LAYOUTS.getOrDefault(key,
                    StorageLayouts.ALL.getOrDefault(key, TreeLayouts.ALL.get(key)));
            assertEquals(expected, ours.longValue(), key);
        } else if (key.startsWith("const,__NR_")) {
            String name = key.substring("const,__NR_".length()).toUpperCase(Locale.ROOT);
            assertEquals(expected, SyscallNumber.class.getField(name).getLong(null), key);
        } else {
            assertEquals(expected, ours().get(ourName(key.substring("const,".length()))).longValue(), key);
        }
    }

    /** Epoll's constants shed the prefix that their class already says. */
    private static String ourName(String name) {
        if (name.equals("EPOLLET")) {
            return "EDGE";
        }
        if (name.startsWith("EPOLL_CTL_")) {
            return name.substring("EPOLL_".length());
        }
        return name.startsWith("EPOLL") && !name.startsWith("EPOLL_") ? name.substring("EPOLL".length()) : name;
    }

    private static Map<String, Long> ours() throws IllegalAccessException {
        return HeaderProbe.constants(CONSTANTS);
    }

    /** A constant without a row in the table would be one that nobody checked. */
    @Test
    void everyConstantHasARow() throws IOException, IllegalAccessException {
        TreeSet<String> unproven = new TreeSet<>();
        for (Field field : SyscallNumber.class.getFields()) {
            unproven.add("__NR_" + field.getName().toLowerCase(Locale.ROOT));
        }
        unproven.addAll(ours().keySet());
        unproven.removeAll(OUR_OWN);
        for (String row : rows()) {
            String[] cells = row.split(",");
            unproven.remove(cells[0].equals("const") ? ourName(cells[1]) : "");
        }
        unproven.removeIf(LinuxAbiTest::isLayout);
        assertEquals(new TreeSet<String>(), unproven, "add rows to linux-probe.c and print linux-abi.csv anew");
    }

    private static boolean isLayout(String name) {
        return List.of("EVENT_SIZE", "EVENT_EVENTS", "EVENT_DATA", "ITIMERSPEC_SIZE", "INTERVAL_SECONDS",
                "INTERVAL_NANOS", "VALUE_SECONDS", "VALUE_NANOS", "TIMESPEC_SIZE", "TERMIOS_SIZE", "C_IFLAG",
                "C_OFLAG", "C_CFLAG", "C_LFLAG", "C_CC", "WINSIZE_SIZE", "WS_ROW", "WS_COL")
                .contains(name);
    }

    /** Where a C compiler is at hand the table is printed anew. */
    @Test
    void probeStillPrintsTheTable(@TempDir Path folder) throws IOException, InterruptedException {
        assertEquals(rows(), PROBE.print(folder));
    }
}
