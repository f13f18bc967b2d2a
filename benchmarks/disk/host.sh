#!/bin/bash
# host.sh TOOLS-IMAGE KERNEL INITRD ROUNDS SECONDS JVMM
# In the lab: a guest under each monitor, all the time; they work one after the other, load by load, so that whatever else keeps the host
# busy meets all alike. Prints "ROUND MONITOR LOAD MIB-PER-SECOND OPERATIONS-PER-SECOND".
set -eu
image=$1 kernel=$2 initrd=$3 rounds=$4 seconds=$5 jvmm=$6
monitors=(jvmm qemu jvmm-tiered)
folder=$(mktemp -d)
modprobe -r brd 2>/dev/null || :
modprobe brd rd_nr=6 rd_size=65536 # disks in memory, two for each
options=(--kernel "$kernel" --initrd "$initrd")
line='console=ttyS0 loglevel=1 panic=-1'

declare -A pid input
number=0
for monitor in "${monitors[@]}"; do
    direct=/dev/ram$((2 * number)) cached=/dev/ram$((2 * number + 1))
    number=$((number + 1))
    mkfifo "$folder/$monitor.in"
    exec {fd}<>"$folder/$monitor.in"
    input[$monitor]=$fd
    case $monitor in
    qemu)
        command=(qemu-system-x86_64 -M microvm,pit=off,rtc=off -enable-kvm -cpu host -m 256 -nodefaults -no-user-config -no-reboot
            -display none -serial stdio -global virtio-mmio.force-legacy=false -kernel "$kernel" -initrd "$initrd" -append "$line"
            -drive "file=$image,format=raw,if=none,id=a,readonly=on" -device virtio-blk-device,drive=a
            -drive "file=$direct,format=raw,if=none,id=b,aio=io_uring,cache=none,discard=unmap" -device virtio-blk-device,drive=b
            -drive "file=$cached,format=raw,if=none,id=c,aio=io_uring,cache=writeback,discard=unmap" -device virtio-blk-device,drive=c)
        ;;
    *)
        java=
        [[ $monitor == jvmm ]] || java='-XX:TieredStopAtLevel=4 -XX:CompileThresholdScaling=1'
        command=(env "JVMM_JAVA_OPTS=$java" "$jvmm" boot --memory 256M "${options[@]}" --cmdline "$line" --disk "path=$image,ro"
            --disk "path=$direct,direct,engine=io_uring" --disk "path=$cached,engine=io_uring")
        ;;
    esac
    "${command[@]}" <&"$fd" >"$folder/$monitor" 2>"$folder/$monitor.errors" &
    pid[$monitor]=$!
done
trap 'kill "${pid[@]}" 2>/dev/null || :; wait; modprobe -r brd; rm -rf "$folder"' EXIT

word=FIO patience=120 logs=()
. "$(dirname -- "$(readlink -f -- "$0")")/../guests.sh"

loads=('random-1 --rw=randread --bs=4k --iodepth=1' 'random-32 --rw=randread --bs=4k --iodepth=32'
    'read --rw=read --bs=1M --iodepth=4' 'write --rw=write --bs=1M --iodepth=4')
for monitor in "${monitors[@]}"; do answer "$monitor" 0 >/dev/null; done
number=0
for ((round = 1; round <= rounds; round++)); do
    for disk in vdb vdc; do
        for load in "${loads[@]}"; do
            number=$((number + 1))
            for monitor in "${monitors[@]}"; do
                echo "$number $disk $load --runtime=$seconds" >&"${input[$monitor]}"
                # Fields 7 and 8 are bandwidth in KiB/s and operations per second of reads, 48 and 49 those of writes.
                answer "$monitor" $number | awk -F';' -v what="$round $monitor $disk-${load%% *}" '{ print what, ($7 + $48) / 1024, $8 + $49 }'
            done
        done
    done
done
for monitor in "${monitors[@]}"; do echo end >&"${input[$monitor]}"; done
