#!/bin/bash
# host.sh TOOLS IMAGE KERNEL INITRD ROUNDS JVMM...
# In the lab: ROUNDS times, boots a guest that writes and fsyncs (job), kills jvmm at a random moment, and checks the disk: the file
# system must recover without an error, and hold whatever was acknowledged in this round and all before. Prints "ROUND N OPTIONS ok ...".
set -eu
tools=$1 image=$2 kernel=$3 initrd=$4 rounds=$5
shift 5
here=${0%/*}
tool() { MKE2FS_CONFIG=$tools/etc/mke2fs.conf "$tools/lib64/ld-linux-x86-64.so.2" --library-path "$tools/lib" "$tools/$1" "${@:2}"; }

modprobe -r brd 2>/dev/null || :
modprobe brd rd_nr=1 rd_size=393216
disks=$(mktemp -d)
mkdir "$disks/direct" "$disks/inside"
clean() {
    umount "$disks/inside" 2>/dev/null || :
    umount "$disks/direct" || :
    modprobe -r brd || :
    rm -rf "$disks"
}
trap clean EXIT
tool sbin/mke2fs -q -t ext4 /dev/ram0
mount -t ext4 /dev/ram0 "$disks/direct"
truncate -s 256M "$disks/direct/disk"
tool sbin/mke2fs -q -t ext4 "$disks/direct/disk"
: >"$disks/acks"

ways=(direct,engine=io_uring engine=threads engine=io_uring direct,engine=threads)
for ((round = 1; round <= rounds; round++)); do
    way=${ways[round % 4]}
    "$@" boot --memory 512M --kernel "$kernel" --initrd "$initrd" --cmdline "console=ttyS0 loglevel=1 panic=-1 round=$round" \
        --disk "path=$image,ro" --disk "path=$disks/direct/disk,$way" >"$disks/console" 2>"$disks/errors" &
    jvmm=$!
    for ((i = 0; i < 1200; i++)); do
        grep -q '^ACK .* name 4' "$disks/console" && break
        kill -0 $jvmm 2>/dev/null || break
        sleep 0.1
    done
    sleep "$((RANDOM % 3)).$((RANDOM % 10))"
    kill -KILL $jvmm || {
        cat "$disks/console" "$disks/errors"
        echo "jvmm ended before it was killed"
        exit 1
    }
    wait $jvmm 2>/dev/null || :
    # The last line may be cut off.
    sed -n 's/\r$//; /^ACK [0-9]* [a-z]* [0-9]*$/p' "$disks/console" | sed '$!b; $d' >"$disks/new"
    [[ -s $disks/new ]] || { cat "$disks/console" "$disks/errors"; echo "nothing was acknowledged"; exit 1; }
    cat "$disks/new" >>"$disks/acks"
    mount -t ext4 -o loop "$disks/direct/disk" "$disks/inside"
    found=$(tool usr/bin/perl -I "$tools/usr/lib/x86_64-linux-gnu/perl-base" "$here/fsync.pl" check "$disks/inside" <"$disks/acks")
    rm -f "$disks"/inside/noise*
    umount "$disks/inside"
    tool sbin/e2fsck -fn "$disks/direct/disk" >"$disks/fsck" 2>&1 || { cat "$disks/fsck"; exit 1; }
    echo "ROUND $round $way ok, $(wc -l <"$disks/new") new, $found"
done
