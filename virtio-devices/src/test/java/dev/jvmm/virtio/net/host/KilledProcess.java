package dev.jvmm.virtio.net.host;

import java.util.Optional;
import java.util.OptionalInt;

/** A process that makes networks and takes them away, until it is killed. Its argument is the path of the namespace. */
final class KilledProcess {
    private KilledProcess() {}

    /** Says so when it begins; every round is in another order of making and closing. */
    public static void main(String[] arguments) {
        Optional<String> namespace = Optional.of(arguments[0]);
        System.out.println("ready");
        for (int round = 0;; round++) {
            HostNetwork.Opened mirror = HostNetwork.openMirror("a", 1 + round % 2, namespace);
            HostNetwork.Opened macvtap = HostNetwork.openMacvtap("c", 1 + round % 2, Optional.empty(),
                    OptionalInt.empty(), namespace);
            HostNetwork.Opened tap = HostNetwork.openTap("tap" + round, 1 + round % 3, OptionalInt.empty(), namespace);
            (round % 2 == 0 ? mirror : macvtap).backend().close();
            tap.backend().close();
            (round % 2 == 0 ? macvtap : mirror).backend().close();
        }
    }
}
