#!/bin/bash
# host.sh TOOLS-IMAGE TOOLS-ROOT KERNEL INITRD ROUNDS SECONDS JVMM
# In the lab: a guest under each monitor, all the time; they work one after the other, load by load, so that whatever else keeps the host
# busy meets all alike. Prints "ROUND MONITOR LOAD KILOBITS-PER-SECOND", of the side that receives. Round 0 is there to warm up.
set -eu
image=$1 root=$2 kernel=$3 initrd=$4 rounds=$5 seconds=$6 jvmm=$7
monitors=(jvmm qemu jvmm-tiered)
folder=$(mktemp -d)
options=(--kernel "$kernel" --initrd "$initrd")
line='console=ttyS0 loglevel=1 panic=-1 net.ifnames=0'
tool() { "$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/lib" "$root/$1" "${@:2}"; }

declare -A pid input address
server=
finish() {
    kill "${pid[@]}" $server 2>/dev/null || :
    wait
    for ((number = 1; number <= ${#monitors[@]}; number++)); do tool bin/ip link delete "tap$number" 2>/dev/null || :; done
    rm -rf "$folder"
}
trap finish EXIT

modprobe tun
# Linux makes its long TCP segments shorter where round trips take more than 2^9 us, as an emulated machine makes them do. On a real one
# they stay well below that.
echo 16 >/proc/sys/net/ipv4/tcp_tso_rtt_log
tool usr/bin/iperf3 --server >"$folder/server" 2>&1 &
server=$!
number=0
for monitor in "${monitors[@]}"; do
    number=$((number + 1))
    address[$monitor]=192.168.$number.1
    tap_mac=52:54:00:00:00:0$number user_mac=52:54:00:00:01:0$number
    tool bin/ip tuntap add mode tap name "tap$number"
    tool bin/ip address add "192.168.$number.1/24" dev "tap$number"
    tool bin/ip link set "tap$number" up
    mkfifo "$folder/$monitor.in"
    exec {fd}<>"$folder/$monitor.in"
    input[$monitor]=$fd
    case $monitor in
    qemu)
        command=(qemu-system-x86_64 -M microvm,pit=off,rtc=off -enable-kvm -cpu host -m 256 -nodefaults -no-user-config -no-reboot
            -display none -serial stdio -global virtio-mmio.force-legacy=false -kernel "$kernel" -initrd "$initrd" -append "$line"
            -drive "file=$image,format=raw,if=none,id=a,readonly=on" -device virtio-blk-device,drive=a
            -netdev "tap,id=t,ifname=tap$number,script=no,downscript=no,vhost=off" -device "virtio-net-device,netdev=t,mac=$tap_mac"
            -netdev user,id=u -device "virtio-net-device,netdev=u,mac=$user_mac")
        ;;
    *)
        java=
        [[ $monitor == jvmm ]] || java='-XX:TieredStopAtLevel=4 -XX:CompileThresholdScaling=1'
        command=(env "JVMM_JAVA_OPTS=$java" "$jvmm" boot --memory 256M "${options[@]}" --cmdline "$line" --disk "path=$image,ro"
            --net "tap=tap$number,mac=$tap_mac" --net "user,mac=$user_mac")
        ;;
    esac
    "${command[@]}" <&"$fd" >"$folder/$monitor" 2>"$folder/$monitor.errors" &
    pid[$monitor]=$!
done

word=NET patience=120 logs=("$folder/server")
. "$(dirname -- "$(readlink -f -- "$0")")/../guests.sh"

# NAME NETWORK IPERF-OPTION...; "tap" is the host's end of the guest's TAP, "user" the host as the user network shows it. -R: to the guest.
loads=('tap-tcp-out tap' 'tap-tcp-in tap -R' 'user-tcp-out user' 'user-tcp-in user -R'
    'tap-udp-out tap -u -l 64 -b 0' 'tap-udp-in tap -u -l 64 -b 0 -R')
for monitor in "${monitors[@]}"; do answer "$monitor" 0 >/dev/null; done
number=0
for ((round = 0; round <= rounds; round++)); do
    for load in "${loads[@]}"; do
        read -r name network more <<<"$load"
        number=$((number + 1))
        for monitor in "${monitors[@]}"; do
            [[ $network == tap ]] && to=${address[$monitor]} || to=10.0.2.2
            echo "$number $to --time $seconds --omit 1 $more" >&"${input[$monitor]}"
            result=$(answer "$monitor" $number)
            if [[ $result == failed ]]; then
                tail -n 20 "$folder/$monitor" "$folder/$monitor.errors" "$folder/server" >&2
                exit 1
            fi
            echo "$round $monitor $name $result"
        done
    done
done
for monitor in "${monitors[@]}"; do echo end >&"${input[$monitor]}"; done
