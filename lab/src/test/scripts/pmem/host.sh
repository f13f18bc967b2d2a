#!/bin/bash
# host.sh TOOLS IMAGE KERNEL INITRD ROOT GUEST... -- JVMM...
# In the lab: has GUEST... boot a stock guest with persistent memory (job) on a disk that is full by then, kills it while the guest writes
# and fsyncs, and looks at the files: "HOST NAME VALUE". Then JVMM boots from the image ROOT that the guest had, which is cut short.
set -eu
tools=$1 image=$2 kernel=$3 initrd=$4 root=$5
shift 5
guest=()
while [[ $1 != -- ]]; do guest+=("$1") && shift; done
shift
here=${0%/*}
tool() { MKE2FS_CONFIG=$tools/etc/mke2fs.conf "$tools/lib64/ld-linux-x86-64.so.2" --library-path "$tools/lib" "$tools/$1" "${@:2}"; }

modprobe -r brd 2>/dev/null || :
modprobe brd rd_nr=1 rd_size=327680
disk=$(mktemp -d)
mkdir "$disk/files" "$disk/inside"
pids=()
clean() {
    kill -KILL "${pids[@]}" 2>/dev/null || :
    umount "$disk/inside" 2>/dev/null || :
    umount "$disk/files" || :
    modprobe -r brd || :
    rm -rf "$disk"
}
trap clean EXIT
await() { # await PID FILE TEXT SECONDS
    for ((i = 0; i < $4 * 10; i++)); do
        grep -q "$3" "$2" && return
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    echo "no '$3'"
    return 1
}

tool sbin/mke2fs -q -t ext4 /dev/ram0
mount -t ext4 /dev/ram0 "$disk/files"
cp "$root" "$disk/files/kata"
truncate -s 64M "$disk/files/virtio"
truncate -s 32M "$disk/files/cut"
truncate -s 18M "$disk/files/labels"
dd if=/dev/zero of="$disk/files/late" bs=1M count=8 2>/dev/null

"${guest[@]}" "$kernel" "$initrd" "$image" "$disk/files" >"$disk/console" 2>"$disk/errors" &
pid=$!
pids+=($pid)
await $pid "$disk/console" OPEN 120 && {
    dd if=/dev/zero of="$disk/files/full" bs=64k 2>"$disk/full" || :
    grep -q 'No space left' "$disk/full" && echo 'HOST full 0'
} && await $pid "$disk/console" '^ACK .* name 4' 240 || {
    cat "$disk/console" "$disk/errors"
    exit 1
}
sleep "0.$((RANDOM % 10))"
kill -KILL $pid
wait $pid 2>/dev/null || :
grep -E '^(RESULT|DIGEST) ' "$disk/console" || :
sed -n 's/^/console: /p' "$disk/console" | grep -v 'ACK' | tail -n 60
sed 's/^/errors: /' "$disk/errors"
grep -q 'was cut short: it ends at 8192 bytes' "$disk/errors" && echo 'HOST cut-told 0'
echo "HOST cut-size $(stat -c %s "$disk/files/cut")"
echo "DIGEST labels $(dd if="$disk/files/labels" bs=4096 count=16 2>/dev/null | sha256sum | cut -c 1-64)"
echo "DIGEST labels $(dd if="$disk/files/late" bs=4096 count=16 2>/dev/null | sha256sum | cut -c 1-64)"
echo "HOST label $(tail -c 64 "$disk/files/labels" | tr -d '\0')"
rm "$disk/files/full"

# The last line may be cut off.
sed -n '/^ACK [0-9]* [a-z]* [0-9]*$/p' "$disk/console" | sed '$!b; $d' >"$disk/acks"
mount -t ext4 -o loop "$disk/files/virtio" "$disk/inside"
echo "HOST virtio-mapped $(tail -c 4096 "$disk/inside/mapped" | tr -d '\0')"
found=$(tool usr/bin/perl -I "$tools/usr/lib/x86_64-linux-gnu/perl-base" "$here/../kill/fsync.pl" check "$disk/inside" <"$disk/acks")
umount "$disk/inside"
tool sbin/e2fsck -fn "$disk/files/virtio" >"$disk/fsck" 2>&1 || { cat "$disk/fsck"; exit 1; }
echo "HOST killed $found"

"$@" boot --quiet --memory 256M --root "$disk/files/kata,rw,via=nvdimm" --console "file:$disk/root" </dev/null 2>"$disk/errors" &
pid=$!
pids+=($pid)
: >>"$disk/root"
await $pid "$disk/root" 'ROOT-UP' 120 || { cat "$disk/root" "$disk/errors"; exit 1; }
truncate -s 4M "$disk/files/kata"
status=0
for ((i = 0; i < 600; i++)); do kill -0 $pid 2>/dev/null || break; sleep 0.1; done
kill -KILL $pid 2>/dev/null && { echo "it goes on"; exit 1; }
wait $pid || status=$?
tr -d '\r' <"$disk/root" | grep '^ROOT' || :
sed 's/^/errors: /' "$disk/errors"
# The guest's file system may flush before the host has heard of the cut.
grep -q 'was cut short: it ends at 4194304 bytes' "$disk/errors" && grep -Eq 'was the file cut short|can not be brought to its disk' "$disk/errors" \
    && echo "HOST root-end $status"
