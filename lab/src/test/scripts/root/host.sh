#!/bin/bash
# host.sh TOOLS JVMM...
# In the lab: boots jvmm's own kernel into a file system on a whole disk, only to be read, and on the second partition of another disk. Its
# init says "ROOT WRITABLE KERNEL-LINE" and powers off.
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
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b touch /mark 2>/dev/null && writable=yes || writable=no
echo "ROOT $writable $($b cat /proc/cmdline)"
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

"$@" boot --quiet --root "path=$folder/whole,ro" </dev/null
"$@" boot --quiet --root "path=$folder/parted" </dev/null
