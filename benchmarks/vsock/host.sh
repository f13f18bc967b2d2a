#!/bin/bash
# host.sh TOOLS-IMAGE KERNEL INITRD ROUNDS MIB JVMM
# In the lab: a guest under each monitor, all the time; they work one after the other, so that whatever else keeps the host busy meets all
# alike. Prints "ROUND MONITOR out|in MIB-PER-SECOND". Round 0 is there to warm up.
set -eu
image=$1 kernel=$2 initrd=$3 rounds=$4 mib=$5 jvmm=$6
here=$(dirname -- "$(readlink -f -- "$0")")
monitors=(jvmm qemu jvmm-vhost jvmm-tiered)
folder=$(mktemp -d)
line='console=ttyS0 loglevel=1 panic=-1'

declare -A pid input
finish() {
    kill "${pid[@]}" 2>/dev/null || :
    wait
    rm -rf "$folder"
}
trap finish EXIT

modprobe vhost_vsock
for monitor in "${monitors[@]}"; do
    mkfifo "$folder/$monitor.in"
    exec {fd}<>"$folder/$monitor.in"
    input[$monitor]=$fd
    if [[ $monitor == qemu ]]; then
        command=(qemu-system-x86_64 -M microvm,pit=off,rtc=off -enable-kvm -cpu host -m 256 -nodefaults -no-user-config -no-reboot
            -display none -serial stdio -global virtio-mmio.force-legacy=false -kernel "$kernel" -initrd "$initrd" -append "$line"
            -drive "file=$image,format=raw,if=none,id=a,readonly=on" -device virtio-blk-device,drive=a -device vhost-vsock-device,guest-cid=42)
    else
        java='' vsock=uds=$folder/$monitor.sock
        [[ $monitor != jvmm-tiered ]] || java='-XX:TieredStopAtLevel=4 -XX:CompileThresholdScaling=1'
        [[ $monitor != jvmm-vhost ]] || vsock=cid=43,vhost
        command=(env "JVMM_JAVA_OPTS=$java" "$jvmm" boot --memory 256M --kernel "$kernel" --initrd "$initrd" --cmdline "$line"
            --disk "path=$image,ro" --vsock "$vsock")
    fi
    "${command[@]}" <&"$fd" >"$folder/$monitor" 2>"$folder/$monitor.errors" &
    pid[$monitor]=$!
done

word=VSOCK patience=600 logs=()
. "$here/../guests.sh"

for monitor in "${monitors[@]}"; do answer "$monitor" 0 >/dev/null; done
number=0
for ((round = 0; round <= rounds; round++)); do
    for way in out in; do
        number=$((number + 1))
        for monitor in "${monitors[@]}"; do
            port=$((5000 + number))
            case $monitor in
            qemu | jvmm-vhost) at=$port ;;
            *) at=$folder/$monitor.sock_$port ;;
            esac
            perl "$here/rate.pl" host "$at" $way "$mib" >"$folder/rate" 2>"$folder/rate.errors" &
            rate=$!
            until [[ -s $folder/rate.errors ]]; do sleep 0.05; done
            echo "$number $port $way $mib" >&"${input[$monitor]}"
            if ! wait $rate; then
                cat "$folder/rate.errors" "$folder/$monitor" "$folder/$monitor.errors" >&2
                exit 1
            fi
            echo "$round $monitor $way $(<"$folder/rate")"
            answer "$monitor" $number >/dev/null
            rm -f "$at"
        done
    done
done
for monitor in "${monitors[@]}"; do echo end >&"${input[$monitor]}"; done
