package dev.jvmm.device;

import dev.jvmm.usernet.UserNetConfig;
import dev.jvmm.usernet.UserNetwork;
import dev.jvmm.virtio.net.host.HostNetwork;
import dev.jvmm.virtio.net.host.HostNetwork.Opened;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The host's side of a network device. */
public sealed interface NetSource {
    /** Opens it for this device. */
    Opened open(NetSpec spec);

    /** A network of this process's own, which needs no rights. Its MTU is the device's, if that has one. */
    record User(UserNetConfig config) implements NetSource {
        @Override
        public Opened open(NetSpec spec) {
            return new Opened(UserNetwork.open(config), Optional.empty(), OptionalInt.of(config.mtu()));
        }
    }

    /** A TAP by its name, there already or made. */
    record Tap(String name, Optional<String> namespace) implements NetSource {
        @Override
        public Opened open(NetSpec spec) {
            return HostNetwork.openTap(name, spec.queues(), spec.mtu(), namespace);
        }
    }

    /** Queues of a TAP that whoever started this process has opened, by their descriptors. */
    record Inherited(List<Integer> descriptors) implements NetSource {
        /** Keeps a copy. */
        public Inherited {
            descriptors = List.copyOf(descriptors);
        }

        @Override
        public Opened open(NetSpec spec) {
            int[] numbers = new int[descriptors.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = descriptors.get(i);
            }
            return HostNetwork.openTapFds(numbers);
        }
    }

    /** A macvtap that is made on an interface. */
    record Macvtap(String lower, Optional<String> namespace) implements NetSource {
        @Override
        public Opened open(NetSpec spec) {
            return HostNetwork.openMacvtap(lower, spec.queues(), spec.mac(), spec.mtu(), namespace);
        }
    }

    /** The guest in place of one end of a veth. */
    record Mirror(String veth, Optional<String> namespace) implements NetSource {
        @Override
        public Opened open(NetSpec spec) {
            return HostNetwork.openMirror(veth, spec.queues(), namespace);
        }
    }

    /** A program such as passt behind a Unix socket. */
    record Stream(String path) implements NetSource {
        @Override
        public Opened open(NetSpec spec) {
            return HostNetwork.openStream(path);
        }
    }
}
