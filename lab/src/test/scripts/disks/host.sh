#!/bin/bash
# host.sh TOOLS IMAGE KERNEL INITRD JVMM...
# In the lab: boots a guest with 32 disks, see job, and tells what this side has of them afterwards: "HOST NAME STATUS", and
# "DIGEST DISK SHA256". JVMM... is the command up to its subcommand.
set -eu
tools=$1 image=$2 kernel=$3 initrd=$4
shift 4
tool() { MKE2FS_CONFIG=$tools/etc/mke2fs.conf "$tools/lib64/ld-linux-x86-64.so.2" --library-path "$tools/lib" "$tools/$1" "${@:2}"; }

export DM_DISABLE_UDEV=1 # nobody else makes nodes here
modprobe -r brd 2>/dev/null || :
modprobe brd rd_nr=2 rd_size=393216
disks=$(mktemp -d)
mkdir "$disks/small" "$disks/direct"
clean() {
    umount "$disks/small" "$disks/direct" || :
    tool sbin/dmsetup remove failing || :
    modprobe -r brd || :
    rm -rf "$disks"
}
trap clean EXIT
tool sbin/mke2fs -q -t ext4 /dev/ram0
mount -t ext4 /dev/ram0 "$disks/direct" # a file system with direct I/O
mount -t tmpfs -o size=16m small "$disks/small"
printf '0 32768 linear /dev/ram1 0\n32768 32768 error\n' | tool sbin/dmsetup create failing

for name in b c d e; do truncate -s 64M "$disks/direct/$name"; done
truncate -s 64M "$disks/small/f"
options=(
    --disk "path=$image,ro"
    --disk "path=$disks/direct/b,direct,engine=io_uring"
    --disk "path=$disks/direct/c,engine=io_uring,queues=2"
    --disk "path=$disks/direct/d,direct,engine=threads,queues=2"
    --disk "path=$disks/direct/e,engine=threads"
    --disk "path=$disks/small/f"
    --disk "path=/dev/mapper/failing"
)
for number in {8..32}; do
    truncate -s 64K "$disks/$number"
    printf 'disk %3d' "$number" | dd of="$disks/$number" conv=notrunc 2>/dev/null
    options+=(--disk "path=$disks/$number,serial=disk-$number")
done

status=0
"$@" boot --cpus 2 --memory 512M --kernel "$kernel" --initrd "$initrd" --cmdline 'console=ttyS0 loglevel=1 panic=-1' "${options[@]}" || status=$?
echo "HOST jvmm $status"
for number in {8..32}; do
    [[ $(dd if="$disks/$number" bs=8 skip=64 count=1 2>/dev/null | tr -d "\0") == "$(printf 'guest %2d' "$number")" ]] && status=0 || status=1
    echo "HOST written-$number $status"
done
for name in b c d e; do echo "DIGEST vd$name $(sha256sum <"$disks/direct/$name" | cut -c 1-64)"; done
