#!/bin/bash
# host.sh KERNEL INITRD TREE MSIZE MIB STATS ROUNDS JVMM
# In the lab: a guest under each monitor, all the time, each with a share of its own in memory; they work one after the other, load by load, so
# that whatever else keeps the host busy meets all alike. Prints "ROUND MONITOR LOAD VALUE".
set -eu
kernel=$1 initrd=$2 tree=$3 msize=$4 mib=$5 stats=$6 rounds=$7 jvmm=$8
here=$(dirname -- "$(readlink -f -- "$0")")
monitors=(${MONITORS-jvmm qemu jvmm-tiered})
folder=$(mktemp -d)
mkdir "$folder/shares"
mount -t tmpfs -o size=50% shares "$folder/shares"
line="console=ttyS0 loglevel=1 panic=-1 job=$here/job msize=$msize"

declare -A pid input
for monitor in "${monitors[@]}"; do
    share=$folder/shares/$monitor
    mkdir "$share"
    cp "$tree" "$share/tree.tar"
    mkfifo "$folder/$monitor.in"
    exec {fd}<>"$folder/$monitor.in"
    input[$monitor]=$fd
    case $monitor in
    qemu)
        command=(qemu-system-x86_64 -M microvm,pit=off,rtc=off -enable-kvm -cpu host -m 384 -nodefaults -no-user-config -no-reboot
            -display none -serial stdio -global virtio-mmio.force-legacy=false -kernel "$kernel" -initrd "$initrd" -append "$line"
            -fsdev local,id=a,path=/,security_model=none,readonly=on,multidevs=remap -device virtio-9p-device,fsdev=a,mount_tag=root
            -fsdev "local,id=b,path=$share,security_model=passthrough" -device virtio-9p-device,fsdev=b,mount_tag=work)
        ;;
    *)
        java=
        [[ $monitor == jvmm ]] || java='-XX:TieredStopAtLevel=4 -XX:CompileThresholdScaling=1'
        command=(env "JVMM_JAVA_OPTS=$java" "$jvmm" boot --memory 384M --kernel "$kernel" --initrd "$initrd" --cmdline "$line"
            --share tag=root,path=/,ro --share "tag=work,path=$share,msize=1M")
        ;;
    esac
    "${command[@]}" <&"$fd" >"$folder/$monitor" 2>"$folder/$monitor.errors" &
    pid[$monitor]=$!
done
trap 'kill "${pid[@]}" 2>/dev/null || :; wait; umount -l "$folder/shares"; rm -rf "$folder"' EXIT

word=FILES patience=600 logs=()
. "$here/../guests.sh"

for monitor in "${monitors[@]}"; do answer "$monitor" 0 >/dev/null; done
number=0
for ((round = 1; round <= rounds; round++)); do
    for load in "write $mib" "read $mib" 'unpack 1' "stat $stats"; do
        number=$((number + 1))
        for monitor in "${monitors[@]}"; do
            echo "$number $load" >&"${input[$monitor]}"
            echo "$round $monitor ${load% *} $(answer "$monitor" $number)"
        done
    done
done
for monitor in "${monitors[@]}"; do echo end >&"${input[$monitor]}"; done
