package dev.jvmm.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** As {@link LinuxAbiTest}, for networks: {@code src/test/abi/net-probe.c} printed the table. */
final class NetAbiTest {
    private static final HeaderProbe PROBE = HeaderProbe.of("net-abi.csv", "net-probe.c", "linux/if_tun.h");

    private static final List<Class<?>> CONSTANTS = List.of(Tap.class, NetNamespace.class, NetlinkSocket.class,
            NetlinkMessage.class, Rtnetlink.class, UnixSocket.class, SocketCalls.class,
            PingSocket.class, PrivateMounts.class,
            Vhost.class);

    /** Our names of the places that the headers name by struct and field. */
    private static final Map<String, String> LAYOUTS = Map.ofEntries(
            Map.entry("ifreq,sizeof", "IFREQ_SIZE"),
            Map.entry("ifreq,ifr_flags", "IFREQ_FLAGS"),
            Map.entry("nlmsghdr,sizeof", "NLMSG_HDRLEN"),
            Map.entry("nlmsghdr,nlmsg_len", "LENGTH"),
            Map.entry("nlmsghdr,nlmsg_type", "TYPE"),
            Map.entry("nlmsghdr,nlmsg_flags", "FLAGS"),
            Map.entry("nlmsghdr,nlmsg_seq", "SEQUENCE"),
            Map.entry("nlattr,sizeof", "ATTRIBUTE_HEADER"),
            Map.entry("nlmsgerr,sizeof", "NLMSGERR_SIZE"),
            Map.entry("sockaddr_nl,sizeof", "SOCKADDR_NL_SIZE"),
            Map.entry("sockaddr_un,sun_path", "SUN_PATH"),
            Map.entry("sockaddr_in,sizeof", "SOCKADDR_IN_SIZE"),
            Map.entry("sockaddr_in,sin_addr", "SIN_ADDR"),
            Map.entry("sockaddr_in6,sizeof", "SOCKADDR_IN6_SIZE"),
            Map.entry("sockaddr_in6,sin6_addr", "SIN6_ADDR"),
            Map.entry("msghdr,sizeof", "MSGHDR_SIZE"),
            Map.entry("msghdr,msg_iov", "MSG_IOV"),
            Map.entry("msghdr,msg_iovlen", "MSG_IOVLEN"),
            Map.entry("ifinfomsg,sizeof", "IFINFOMSG_SIZE"),
            Map.entry("ifinfomsg,ifi_type", "IFI_TYPE"),
            Map.entry("ifinfomsg,ifi_index", "IFI_INDEX"),
            Map.entry("ifinfomsg,ifi_flags", "IFI_FLAGS"),
            Map.entry("tcmsg,sizeof", "TCMSG_SIZE"),
            Map.entry("tcmsg,tcm_ifindex", "TCM_IFINDEX"),
            Map.entry("tcmsg,tcm_handle", "TCM_HANDLE"),
            Map.entry("tcmsg,tcm_parent", "TCM_PARENT"),
            Map.entry("tc_u32_sel,sizeof", "TC_U32_SEL_SIZE"),
            Map.entry("tc_u32_sel,nkeys", "TC_U32_SEL_NKEYS"),
            Map.entry("tc_u32_key,sizeof", "TC_U32_KEY_SIZE"),
            Map.entry("tc_mirred,sizeof", "TC_MIRRED_SIZE"),
            Map.entry("tc_mirred,action", "TC_MIRRED_ACTION"),
            Map.entry("tc_mirred,eaction", "TC_MIRRED_EACTION"),
            Map.entry("tc_mirred,ifindex", "TC_MIRRED_IFINDEX"),
            Map.entry("vhost_memory,regions", "VHOST_MEMORY_REGIONS"),
            Map.entry("vhost_memory_region,sizeof", "VHOST_REGION_SIZE"),
            Map.entry("vhost_memory_region,memory_size", "VHOST_REGION_BYTES"),
            Map.entry("vhost_memory_region,userspace_addr", "VHOST_REGION_ADDRESS"),
            Map.entry("vhost_vring_addr,sizeof", "VHOST_ADDR_SIZE"),
            Map.entry("vhost_vring_addr,desc_user_addr", "VHOST_ADDR_DESCRIPTORS"),
            Map.entry("vhost_vring_addr,used_user_addr", "VHOST_ADDR_USED"),
            Map.entry("vhost_vring_addr,avail_user_addr", "VHOST_ADDR_AVAILABLE"));

    /** Constants of ours that no header has. */
    private static final TreeSet<String> OUR_OWN = new TreeSet<>(List.of("LONGEST_PATH"));

    static List<String> rows() throws IOException {
        return PROBE.rows(100);
    }

    private static String ourName(String key) {
        return key.startsWith("const,") ? key.substring("const,".length()) : LAYOUTS.get(key);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void headerAgrees(String row) throws IllegalAccessException {
        int comma = row.lastIndexOf(',');
        String key = row.substring(0, comma);
        assertEquals(Long.valueOf(row.substring(comma + 1)), ours().get(ourName(key)), key);
    }

    private static Map<String, Long> ours() throws IllegalAccessException {
        return HeaderProbe.constants(CONSTANTS);
    }

    @Test
    void everyConstantHasARow() throws IOException, IllegalAccessException {
        TreeSet<String> unproven = new TreeSet<>(ours().keySet());
        unproven.removeAll(OUR_OWN);
        for (String row : rows()) {
            unproven.remove(ourName(row.substring(0, row.lastIndexOf(','))));
        }
        assertEquals(new TreeSet<String>(), unproven, "add rows to net-probe.c and print net-abi.csv anew");
    }

    @Test
    void probeStillPrintsTheTable(@TempDir Path folder) throws IOException, InterruptedException {
        assertEquals(rows(), PROBE.print(folder));
    }
}
