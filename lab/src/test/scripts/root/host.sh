#!/bin/bash
# host.sh TOOLS JVMM...
# In the lab: boots jvmm's own kernel twice into a file system on a whole disk, below an overlay, and twice into that on the second partition
# of another disk, to write to it. Its init says "ROOT MARK KERNEL-LINE", where MARK is whether it has been there before, and powers off.
set -eu
tools=$1
shift
tool() { MKE2FS_CONFIG=$tools/etc/mke2fs.conf "$tools/lib64/ld-linux-x86-64.so.2" --library-path "$tools/lib" "$tools/$1" "${@:2}"; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"/root/{bin,sbin,proc,dev}
cp "$tools/bin/busybox" "$folder/root/bin/"
cat >"$folder/root/sbin/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
[ -e /mark ] && mark=again || mark=fresh
$b touch /mark || mark=failed
echo "ROOT $mark $($b cat /proc/cmdline)"
$b sync
$b poweroff -f
INIT
chmod 755 "$folder/root/sbin/init"
tool sbin/mke2fs -q -t ext4 -d "$folder/root" "$folder/whole" 16M >/dev/null
truncate -s 17M "$folder/parted"
dd if="$folder/whole" of="$folder/parted" bs=1M seek=1 conv=notrunc 2>/dev/null
# The second entry: type 0x83, from sector 2048 on, 32768 sectors; and the signature.
printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\200\0\0' | dd of="$folder/parted" bs=1 seek=462 conv=notrunc 2>/dev/null
printf '\125\252' | dd of="$folder/parted" bs=1 seek=510 conv=notrunc 2>/dev/null

for root in "$folder/whole" "$folder/whole" "$folder/parted,rw" "$folder/parted,rw"; do
	"$@" boot --quiet --root "$root" </dev/null
done
