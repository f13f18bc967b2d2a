package dev.jvmm.device;

import dev.jvmm.config.ConfigException;
import dev.jvmm.usernet.Forward;
import dev.jvmm.usernet.UserNetConfig;
import dev.jvmm.usernet.UserNetException;
import dev.jvmm.usernet.packet.IpAddress;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.net.NetConfig;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The text of a {@link NetSpec}. */
final class NetOption {
    private static final int DNS_PORT = 53;
    private static final int MOST_DESCRIPTOR = 1 << 20;

    private static final OptionKey USER = OptionKey.ofSwitch("user", true,
            "a network that needs no rights: the guest has 10.0.2.15, the host is 10.0.2.2. What holds when nothing else is named");
    private static final OptionKey TAP = new OptionKey("tap", "NAME", "none", "a TAP: an existing one, or a new one");
    private static final OptionKey FD = new OptionKey("fd", "N[:N...]", "none",
            "a TAP that jvmm was started with: the number of an open descriptor for each queue");
    private static final OptionKey MACVTAP = new OptionKey("macvtap", "LINK", "none",
            "a macvtap in bridge mode that is made on that interface");
    private static final OptionKey TCFILTER = new OptionKey("tcfilter", "VETH", "none",
            "the guest takes the place of that end of a veth, with its MAC address and MTU");
    private static final OptionKey STREAM = new OptionKey("stream", "SOCKET", "none",
            "a program such as passt that listens on that Unix socket");
    private static final List<OptionKey> SOURCES = List.of(USER, TAP, FD, MACVTAP, TCFILTER, STREAM);

    private static final OptionKey NETNS = new OptionKey("netns", "PATH", "jvmm's own",
            "the network namespace in which `tap`, `macvtap` or `tcfilter` look");
    private static final OptionKey FORWARD = OptionKey.ofMany("hostfwd", "tcp|udp:[ADDR]:PORT-[ADDR]:PORT", "none",
            "with `user`: a port of the host's that leads to the guest's, such as `tcp::8080-:80`; several times if need be");
    private static final OptionKey NETWORK = new OptionKey("net", "ADDR/BITS", "10.0.2.0/24",
            "with `user`: its addresses");
    private static final OptionKey DNS = OptionKey.ofMany("dns", "ADDR", "the host's",
            "with `user`: a name server to ask, several times if need be");
    private static final OptionKey IPV6 = OptionKey.ofSwitch("ipv6", true, "with `user`: IPv6 as well, fec0::/64");
    private static final OptionKey RESTRICT = OptionKey.ofSwitch("restrict", false,
            "with `user`: the guest reaches neither host nor outside; forwarded ports work");
    private static final List<OptionKey> OF_USER = List.of(FORWARD, NETWORK, DNS, IPV6, RESTRICT);

    private static final OptionKey MAC = new OptionKey("mac", "XX:XX:XX:XX:XX:XX", "random", "the guest's address");
    private static final OptionKey MTU = new OptionKey("mtu", "N", "the network's", "bytes of the largest packet");
    private static final OptionKey QUEUES = new OptionKey("queues", "N", "1",
            "pairs of queues, 1 to " + NetConfig.MOST_PAIRS + "; more than the guest has CPUs are of no use");
    private static final OptionKey VHOST = OptionKey.ofSwitch("vhost", false,
            "with `tap`, `fd`, `macvtap` or `tcfilter`: the host's kernel moves the frames past jvmm, if it has vhost_net");
    private static final OptionKey RECEIVE = new OptionKey("rx-bw", "SIZE[/SIZE]", "no limit",
            "bytes per second to the guest; behind the slash, what may come at once after a rest");
    private static final OptionKey TRANSMIT = new OptionKey("tx-bw", "SIZE[/SIZE]", "no limit",
            "likewise from the guest");

    static final List<OptionKey> KEYS = List.of(USER, TAP, FD, MACVTAP, TCFILTER, STREAM, NETNS, FORWARD, NETWORK, DNS,
            IPV6,
            RESTRICT, MAC, MTU, QUEUES, VHOST, RECEIVE, TRANSMIT);

    private final OptionText option;

    private NetOption(String text) {
        option = new OptionText(NetSpec.KIND, KEYS, text);
    }

    static NetSpec parse(String text) {
        return new NetOption(text).spec();
    }

    private NetSpec spec() {
        OptionKey kind = kind();
        OptionalInt mtu = option.value(MTU).isEmpty() ? OptionalInt.empty()
                : OptionalInt.of((int) option.number(MTU, NetConfig.LEAST_MTU, NetConfig.MOST_MTU, 0));
        try {
            NetSource source = source(kind, mtu);
            int queues = source instanceof NetSource.Inherited taps ? taps.descriptors().size() : 1;
            return new NetSpec(source, option.value(MAC).isEmpty() ? Optional.empty() : Optional.of(mac()), mtu,
                    (int) option.number(QUEUES, 1, NetConfig.MOST_PAIRS, queues), option.isOn(VHOST, false),
                    option.rate(RECEIVE, true), option.rate(TRANSMIT, true));
        } catch (UserNetException e) {
            throw option.bad(e.getMessage());
        }
    }

    /** Which of the {@link #SOURCES}; checks that nothing is said that belongs to another. */
    private OptionKey kind() {
        OptionKey kind = USER;
        boolean found = false;
        for (OptionKey key : SOURCES) {
            if (key == USER ? option.isOn(USER, false) : option.value(key).isPresent()) {
                if (found) {
                    throw option
                            .bad("'" + kind.name() + "' and '" + key.name() + "' are two networks: give one of them");
                }
                kind = key;
                found = true;
            }
        }
        for (OptionKey key : OF_USER) {
            if (kind != USER && option.has(key)) {
                throw option.bad("'" + key.name() + "' goes with 'user', not with '" + kind.name() + "'");
            }
        }
        if (option.has(NETNS) && kind != TAP && kind != MACVTAP && kind != TCFILTER) {
            throw option.bad("'netns' goes with 'tap', 'macvtap' or 'tcfilter', not with '" + kind.name() + "'");
        }
        if (kind == TCFILTER && (option.has(MAC) || option.has(MTU))) {
            throw option.bad("'tcfilter' takes MAC address and MTU from the veth: leave out 'mac' and 'mtu'");
        }
        if (option.isOn(VHOST, false)) {
            checkVhost(kind);
        }
        return kind;
    }

    private void checkVhost(OptionKey kind) {
        if (kind == USER || kind == STREAM) {
            throw option.bad("'vhost' goes with 'tap', 'fd', 'macvtap' or 'tcfilter', not with '" + kind.name() + "'");
        }
        if (option.has(RECEIVE) || option.has(TRANSMIT)) {
            throw option.bad("with 'vhost' the kernel moves the frames, and knows no limits: leave out 'vhost', or "
                    + "'rx-bw' and 'tx-bw'");
        }
    }

    private NetSource source(OptionKey kind, OptionalInt mtu) {
        Optional<String> namespace = option.has(NETNS) ? Optional.of(option.required(NETNS)) : Optional.empty();
        if (kind == TAP) {
            return new NetSource.Tap(option.required(TAP), namespace);
        }
        if (kind == FD) {
            return new NetSource.Inherited(descriptors());
        }
        if (kind == MACVTAP) {
            return new NetSource.Macvtap(option.required(MACVTAP), namespace);
        }
        if (kind == TCFILTER) {
            return new NetSource.Mirror(option.required(TCFILTER), namespace);
        }
        return kind == STREAM ? new NetSource.Stream(option.required(STREAM)) : new NetSource.User(user(mtu));
    }

    private List<Integer> descriptors() {
        List<Integer> numbers = new ArrayList<>();
        for (String part : option.required(FD).split(":", -1)) {
            numbers.add((int) option.part(FD, part, 0, MOST_DESCRIPTOR));
        }
        return numbers;
    }

    private UserNetConfig user(OptionalInt mtu) {
        UserNetConfig config = UserNetConfig.DEFAULTS.withIpv6(option.isOn(IPV6, true))
                .withRestricted(option.isOn(RESTRICT, false));
        if (option.has(NETWORK)) {
            config = config.withNetwork(option.required(NETWORK));
        }
        for (String forward : option.values(FORWARD)) {
            config = config.withForward(Forward.parse(forward));
        }
        for (String server : option.values(DNS)) {
            config = config.withResolver(new InetSocketAddress(address(server).toInetAddress(), DNS_PORT));
        }
        return mtu.isPresent() ? config.withMtu(mtu.getAsInt()) : config;
    }

    private IpAddress address(String text) {
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw option.bad(DNS.name() + "=" + text, e.getMessage());
        }
    }

    private MacAddress mac() {
        try {
            MacAddress mac = MacAddress.parse(option.required(MAC));
            NetConfig.of(mac);
            return mac;
        } catch (IllegalArgumentException e) {
            throw option.bad(e.getMessage());
        }
    }

    static String text(NetSpec spec) {
        OptionWriter writer = new OptionWriter();
        boolean mtuToo = spec.mtu().isPresent();
        switch (spec.source()) {
            case NetSource.User user -> user(writer, user.config());
            case NetSource.Tap tap -> namespace(writer.value(TAP, tap.name()), tap.namespace());
            case NetSource.Inherited taps -> writer.value(FD, joined(taps.descriptors()));
            case NetSource.Macvtap macvtap -> namespace(writer.value(MACVTAP, macvtap.lower()), macvtap.namespace());
            case NetSource.Mirror mirror -> namespace(writer.value(TCFILTER, mirror.veth()), mirror.namespace());
            case NetSource.Stream stream -> writer.value(STREAM, stream.path());
        }
        if (spec.mac().isPresent()) {
            writer.value(MAC, spec.mac().get().toString());
        }
        if (mtuToo) {
            writer.number(MTU, spec.mtu().getAsInt(), 0);
        }
        int usual = spec.source() instanceof NetSource.Inherited taps ? taps.descriptors().size() : 1;
        return writer.number(QUEUES, spec.queues(), usual).onOff(VHOST, spec.vhost(), false)
                .rate(RECEIVE, spec.receive()).rate(TRANSMIT, spec.transmit()).toString();
    }

    private static void user(OptionWriter writer, UserNetConfig config) {
        for (Forward forward : config.forwards()) {
            writer.value(FORWARD, forward.text());
        }
        writer.value(NETWORK, config.network() + "/" + config.bits(),
                UserNetConfig.DEFAULTS.network() + "/" + UserNetConfig.DEFAULTS.bits());
        for (InetSocketAddress server : config.resolvers()) {
            writer.value(DNS, IpAddress.of(server.getAddress()).toString());
        }
        writer.onOff(IPV6, config.ipv6(), true).onOff(RESTRICT, config.restricted(), false);
    }

    private static void namespace(OptionWriter writer, Optional<String> path) {
        if (path.isPresent()) {
            writer.value(NETNS, path.get());
        }
    }

    private static String joined(List<Integer> numbers) {
        StringBuilder text = new StringBuilder();
        for (int number : numbers) {
            text.append(text.isEmpty() ? "" : ":").append(number);
        }
        return text.toString();
    }

    /** That a device can not be had like this. */
    static ConfigException bad(String why) {
        return new ConfigException(NetSpec.KIND + ": " + why);
    }
}
