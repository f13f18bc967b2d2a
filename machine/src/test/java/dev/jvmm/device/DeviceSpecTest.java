package dev.jvmm.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jvmm.config.ConfigException;
import dev.jvmm.usernet.Forward;
import dev.jvmm.usernet.UserNetConfig;
import dev.jvmm.virtio.balloon.BalloonConfig;
import dev.jvmm.virtio.block.DiskConfig;
import dev.jvmm.virtio.entropy.EntropyConfig;
import dev.jvmm.virtio.net.MacAddress;
import dev.jvmm.virtio.ninep.NinepConfig;
import dev.jvmm.virtio.ninep.server.ClientLimits;
import dev.jvmm.virtio.ninep.server.Ownership;
import dev.jvmm.virtio.ninep.server.ShareConfig;
import dev.jvmm.virtio.pmem.PmemConfig;
import dev.jvmm.virtio.pmem.PmemConfig.Sharing;
import dev.jvmm.virtio.rate.RateLimit;
import dev.jvmm.vsock.VsockConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceSpecTest {
    private static final int ROUNDS = 10_000;
    private static final String LETTERS = "abz019,,,==/.-_ ~\u00e4\u4e2d\n\"'\\";

    private final Random random = new Random(6);

    @Test
    void aDiskHasAPathAndDefaults() {
        assertEquals(new DiskSpec(DiskConfig.of("disk.img")), DeviceSpec.parse("disk", "path=disk.img"));
    }

    @Test
    void aDiskCanHaveEverything() {
        DiskConfig all = new DiskConfig("/a,b=c", true, true, 4, Optional.of(new RateLimit(1 << 20, 4 << 20)),
                Optional.of(RateLimit.perSecond(500)), "x,y", DiskConfig.Engine.IO_URING);
        DeviceSpec spec = DeviceSpec.parse("disk",
                "direct,engine=io_uring,serial=x,,y,ops=500,bw=1M/4MiB,queues=4,ro=on,path=/a,,b=c");
        assertEquals(new DiskSpec(all), spec);
        assertEquals("path=/a,,b=c,ro,direct,queues=4,bw=1048576/4194304,ops=500,serial=x,,y,engine=io_uring",
                spec.text());
    }

    @Test
    void aShareHasATagAndAPath() {
        ShareConfig share = new ShareConfig(Path.of("/srv/a,b"), true, Ownership.MAPPED, 1 << 20,
                ClientLimits.usual());
        ShareSpec spec = new ShareSpec(new NinepConfig("data"), share, Optional.of("/mnt/x"));
        String text = "tag=data,path=/srv/a,,b,ro,msize=1048576,ids=mapped,mount=/mnt/x";
        assertEquals(spec, DeviceSpec.parse("share", text));
        assertEquals(text, spec.text());
        assertEquals("tag=t,path=.", DeviceSpec.parse("share", "path=.,tag=t").text());
    }

    @Test
    void entropyAndBalloonNeedNoText() {
        assertEquals(new EntropySpec(EntropyConfig.UNLIMITED), DeviceSpec.parse("rng", ""));
        assertEquals(new EntropySpec(new EntropyConfig(1024, 65536)), DeviceSpec.parse("rng", "bw=1K/64K"));
        assertEquals(new BalloonSpec(new BalloonConfig(0, true, false, true)), DeviceSpec.parse("balloon", ""));
        assertEquals(new BalloonSpec(new BalloonConfig(512 << 20, false, true, false)),
                DeviceSpec.parse("balloon", "size=512M,statistics,deflate-on-oom=off,free-page-reporting=off"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "disk | pth=x | disk option 'pth=x': there is no key 'pth'; did you mean 'path'?",
        "disk | path=x,colour=r | disk option 'colour=r': there is no key 'colour'; there are path, ro, direct, queues, bw, ops, "
                + "serial, engine",
        "disk | \"\" | disk option '': there is no 'path': add path=FILE",
        "disk | ro | disk option 'ro': there is no 'path': add path=FILE",
        "disk | path | disk option 'path': 'path' needs a value: path=FILE",
        "disk | path= | disk option 'path=': the value is missing: path=FILE",
        "disk | path=x,path=y | disk option 'path=x,path=y': 'path' is there twice",
        "disk | path=x,ro,ro | disk option 'path=x,ro,ro': 'ro' is there twice",
        "disk | path=x,ro=yes | disk option 'ro=yes': 'ro' is on or off: write 'ro' or 'ro=off'",
        "disk | path=x, | disk option 'path=x,': an item is empty; a comma in a value is written ',,'",
        "disk | ,path=x | disk option ',path=x': an item is empty; a comma in a value is written ',,'",
        "disk | path=x,queues=0 | disk option 'queues=0': '0' is not a whole number from 1 to 64",
        "disk | path=x,queues=1K | disk option 'queues=1K': '1K' is not a whole number from 1 to 64",
        "disk | path=x,queues=-1 | disk option 'queues=-1': '-1' is not a whole number from 1 to 64",
        "disk | path=x,queues= | disk option 'queues=': the value is missing: queues=N",
        "disk | path=x,bw=2T | disk option 'bw=2T': '2T' is not a size from 1 bytes to 1 TiB, written like 64K, 100M or 1048576",
        "disk | path=x,bw=1/ | disk option 'bw=1/': the value is missing: bw=SIZE[/SIZE]",
        "disk | path=x,ops=1/x | disk option 'ops=1/x': 'x' is not a whole number from 1 to 1099511627776",
        "disk | path=x,queues=99999999999999999999 | disk option 'queues=99999999999999999999': '99999999999999999999' is not a whole "
                + "number from 1 to 64",
        "disk | path=x,engine=thread | disk option 'engine=thread': 'engine' is one of auto, io_uring, threads; did you mean 'threads'?",
        "disk | path=x,serial=a b | disk option 'path=x,serial=a b': disk \"x\" with serial number \"a b\": "
                + "give up to 20 printable ASCII characters without spaces",
        "share | path=/x | share option 'path=/x': there is no 'tag': add tag=NAME",
        "share | tag=a | share option 'tag=a': there is no 'path': add path=DIR",
        "share | tag=a b,path=/x | share option 'tag=a b,path=/x': the tag \"a b\": give one without blanks and commas",
        "share | tag=a,path=/x,msize=2M | share option 'msize=2M': '2M' is not a size from 4 KiB to 1 MiB, written like 64K, 100M or "
                + "1048576",
        "share | tag=a,path=/x,ids=maped | share option 'ids=maped': 'ids' is one of passthrough, mapped; did you mean 'mapped'?",
        "share | tag=a,path=/x,mount=mnt | share option 'mount=mnt': give an absolute path of the guest's",
        "rng | path=x | rng option 'path=x': there is no key 'path'; there are bw",
        "balloon | size=5000 | balloon option 'size=5000': a balloon of 5000 bytes: give a multiple of 4096",
        "balloon | deflate_on_oom | balloon option 'deflate_on_oom': there is no key 'deflate_on_oom'; did you mean 'deflate-on-oom'?",
        "pmem | ro | pmem option 'ro': there is no 'path': add path=FILE",
        "pmem | path=x,ro,private | pmem option 'path=x,ro,private': what is ignored (ro) needs no copy (private): give one of the two",
        "pmem | path=x,shared | pmem option 'shared': there is no key 'shared'; there are path, ro, private",
        "virtio-console | \"\" | virtio-console without ports: give it socket=PATH or port=NAME:PATH",
        "virtio-console | port=a | virtio-console option 'port=a': a port is written port=NAME:PATH",
        "virtio-console | socket=a,socket=b | virtio-console option 'socket=a,socket=b': 'socket' is there twice",
        "virtio-console | port=a/b:c | virtio-console option 'port=a/b:c': a port called \"a/b\": give up to 128 bytes without a slash",
        "net | vhost | net option 'vhost': 'vhost' goes with 'tap', 'fd', 'macvtap' or 'tcfilter', not with 'user'",
        "net | stream=s,vhost | net option 'stream=s,vhost': 'vhost' goes with 'tap', 'fd', 'macvtap' or 'tcfilter', not with 'stream'",
        "net | tap=t,vhost,tx-bw=1M | net option 'tap=t,vhost,tx-bw=1M': with 'vhost' the kernel moves the frames, and knows no limits: "
                + "leave out 'vhost', or 'rx-bw' and 'tx-bw'",
        "vsock | cid=2 | vsock option 'cid=2': '2' is not a whole number from 3 to 4294967294",
        "vsock | uds= | vsock option 'uds=': the value is missing: uds=PATH",
        "vsock | uds=x,vhost | vsock option 'uds=x,vhost': with 'vhost' the host's programs use AF_VSOCK, and no Unix socket: "
                + "leave out 'uds' or 'vhost'",
        "dsik | path=x           | there is no kind of device 'dsik'; did you mean 'disk'?" })
    void saysWhatIsWrong(String kind, String text, String message) {
        assertEquals(message, assertThrows(ConfigException.class, () -> DeviceSpec.parse(kind, text)).getMessage());
    }

    @Test
    void doubledCommasBelongToTheValue() {
        assertEquals(",a,", ((DiskSpec) DeviceSpec.parse("disk", "path=,,a,,,ro")).config().path());
        assertEquals(",", ((DiskSpec) DeviceSpec.parse("disk", "path=,,")).config().path());
    }

    @Test
    void everySpecSurvivesItsText() {
        for (int i = 0; i < ROUNDS; i++) {
            DeviceSpec spec = anySpec();
            assertEquals(spec, DeviceSpec.parse(spec.kind(), spec.text()), spec::text);
        }
    }

    @Test
    void mutatedTextsAreSpecsOrMistakes() {
        int mistakes = 0;
        for (int i = 0; i < ROUNDS; i++) {
            DeviceSpec origin = anySpec();
            String text = mutated(origin.text());
            try {
                DeviceSpec spec = DeviceSpec.parse(origin.kind(), text);
                assertEquals(spec, DeviceSpec.parse(spec.kind(), spec.text()), text);
            } catch (ConfigException e) {
                mistakes++;
            }
        }
        assertEquals(true, mistakes > ROUNDS / 10 && mistakes < ROUNDS, "mistakes: " + mistakes);
    }

    private String mutated(String text) {
        StringBuilder changed = new StringBuilder(text);
        for (int change = random.nextInt(1, 4); change > 0; change--) {
            int at = random.nextInt(changed.length() + 1);
            switch (random.nextInt(5)) {
                case 0 -> changed.delete(at, Math.min(changed.length(), at + random.nextInt(1, 6)));
                case 1 -> changed.insert(at, text);
                case 2 -> changed.insert(at, ',');
                case 3 -> changed.insert(at, (char) random.nextInt(0x10000));
                default -> changed.insert(at, LETTERS.charAt(random.nextInt(LETTERS.length())));
            }
        }
        return changed.toString();
    }

    private DeviceSpec anySpec() {
        return switch (random.nextInt(9)) {
            case 0 -> new EntropySpec(random.nextBoolean()
                    ? EntropyConfig.UNLIMITED
                    : new EntropyConfig(anyAmount(), anyAmount()));
            case 1 -> new BalloonSpec(new BalloonConfig(4096L * random.nextInt(1 << 30), random.nextBoolean(),
                    random.nextBoolean(), random.nextBoolean()));
            case 2 -> anyConsole();
            case 3 -> anyNet();
            case 4 -> anyVsock();
            case 5 -> new PmemSpec(new PmemConfig(word(random.nextInt(1, 20)), Sharing.values()[random.nextInt(3)]));
            case 6 -> anyShare();
            default -> new DiskSpec(anyDisk());
        };
    }

    private VsockSpec anyVsock() {
        long cid = random.nextLong(VsockConfig.LEAST_CID, VsockConfig.MOST_CID + 1);
        return random.nextBoolean() ? new VsockSpec(VsockConfig.of(cid, word(9)))
                : new VsockSpec(VsockConfig.of(cid), random.nextBoolean());
    }

    private ShareSpec anyShare() {
        return new ShareSpec(new NinepConfig(word(random.nextInt(1, 20)).replaceAll("[, \n]", "_")),
                new ShareConfig(Path.of(word(random.nextInt(1, 20)).replaceAll("[^!-~]", "_")), random.nextBoolean(),
                        Ownership.values()[random.nextInt(2)], random.nextInt(4096, (1 << 20) + 1),
                        ClientLimits.usual()),
                random.nextBoolean() ? Optional.empty() : Optional.of("/" + word(9)));
    }

    private NetSpec anyNet() {
        Optional<String> namespace = random.nextBoolean() ? Optional.empty() : Optional.of(word(9));
        NetSource source = switch (random.nextInt(6)) {
            case 0 -> new NetSource.Tap(word(5), namespace);
            case 1 -> new NetSource.Inherited(random.ints(1 + random.nextInt(4), 0, 1000).boxed().toList());
            case 2 -> new NetSource.Macvtap(word(5), namespace);
            case 3 -> new NetSource.Stream(word(9));
            case 4 -> new NetSource.User(UserNetConfig.DEFAULTS.withNetwork("192.168." + random.nextInt(256) + ".0/24")
                    .withForward(Forward.parse("udp:127.0.0.1:" + random.nextInt(1, 65536) + "-:53"))
                    .withForward(Forward.parse("tcp:[::1]:8080-[fd00::2]:80"))
                    .withResolver(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)));
            default -> new NetSource.Mirror(word(5), namespace);
        };
        boolean mirror = source instanceof NetSource.Mirror || source instanceof NetSource.User;
        boolean vhost = random.nextBoolean()
                && !(source instanceof NetSource.User || source instanceof NetSource.Stream);
        return new NetSpec(source,
                mirror || random.nextBoolean() ? Optional.empty() : Optional.of(MacAddress.local(random.nextLong())),
                mirror || random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(68, 65536)),
                random.nextInt(1, 17), vhost, vhost ? Optional.empty() : anyRate(),
                vhost ? Optional.empty() : anyRate());
    }

    private ConsoleSpec anyConsole() {
        List<ConsoleSpec.Port> ports = new ArrayList<>();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            ports.add(new ConsoleSpec.Port(word(random.nextInt(1, 20)).replaceAll("[:/]", "_"),
                    word(random.nextInt(1, 20))));
        }
        return new ConsoleSpec(random.nextBoolean() ? Optional.empty() : Optional.of(word(9)), ports,
                random.nextInt(0x10000), random.nextInt(0x10000));
    }

    private DiskConfig anyDisk() {
        String path = word(random.nextInt(1, 20));
        String serial = random.nextBoolean()
                ? DiskConfig.of(path).serial()
                : word(random.nextInt(21)).replaceAll("[^!-~]", ",");
        return new DiskConfig(path, random.nextBoolean(), random.nextBoolean(), random.nextInt(1, 65), anyRate(),
                anyRate(), serial, DiskConfig.Engine.values()[random.nextInt(3)]);
    }

    private Optional<RateLimit> anyRate() {
        return switch (random.nextInt(3)) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(RateLimit.perSecond(anyAmount()));
            default -> Optional.of(new RateLimit(anyAmount(), anyAmount()));
        };
    }

    private long anyAmount() {
        return 1 + (random.nextLong(RateLimit.MOST) >> random.nextInt(40));
    }

    private String word(int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
        }
        return word.toString();
    }
}
