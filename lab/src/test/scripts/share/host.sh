#!/bin/bash
# host.sh KERNEL INITRD TREE SCALE RACE-SECONDS JVMM...
# In the lab: a guest on shares; see job. TREE is a folder, a copy of which the guest makes. Prints what the guest has found, "RESULT NAME VALUE".
# JVMM... is the command up to its subcommand.
set -eu
kernel=$1 initrd=$2 tree=$3 scale=$4 race=$5
shift 5
here=$(dirname -- "$(readlink -f -- "$0")")
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || :; umount "$folder/disk" 2>/dev/null || :; rm -rf "$folder"' EXIT

# A file system with extended attributes; the lab's own is none.
modprobe loop && modprobe ext4
mkdir "$folder/disk"
truncate -s 3G "$folder/image"
mke2fs -q -t ext4 -O ^has_journal "$folder/image"
mount -o loop "$folder/image" "$folder/disk"
work=$folder/disk/work
mkdir -p "$work/race/folder" "$folder/disk/outside/folder" "$folder/disk/mapped"
gcc -O1 -o "$work/mapped-program" "$here/mapped.c"
printf 'mapped=%s scale=%s race_seconds=%s\n' /run/work/mapped-program "$scale" "$race" >"$work/set"
tar -cf "$work/tree.tar" -C "$tree" .
echo inside >"$work/race/folder/file"
echo outside >"$folder/disk/outside/folder/file"
ln -s "$folder/disk/outside/folder" "$work/race/link"
echo outside >"$folder/disk/canary"

"$@" boot --cpus 1 --memory 768M --kernel "$kernel" --initrd "$initrd" --cmdline "console=ttyS0 loglevel=1 panic=-1 job=$here/job" \
    --share tag=root,path=/,ro --share "tag=work,path=$work" --share "tag=readonly,path=$work,ro" \
    --share "tag=mapped,path=$folder/disk/mapped,ids=mapped" </dev/null >"$folder/console" 2>"$folder/errors" &
vm=$!
tail -n +1 -f --pid=$vm "$folder/console" | sed -un 's/\r//; /RESULT\|JOB-END\|init:/p' &
said=$!
# What the guest walks into is now a folder, now a link that leads outside, and nothing in between (renameat2(2) with RENAME_EXCHANGE). After
# each swap the guest has a moment: with one processor for both it would meet the same of the two for as long as it is let run.
(
    until [[ -e $work/racing ]]; do sleep 0.2; done
    cd "$work/race"
    exec perl -e '
        my ($swaps, $here, $there) = (0, "folder\0", "link\0");
        $SIG{TERM} = sub { exit };
        while ($swaps % 100 > 0 || -e "../racing") {
            syscall(316, -100, $here, -100, $there, 2) == 0 or die "renameat2: $!\n";
            $swaps++;
            select undef, undef, undef, 0.0001;
        }
        print "RESULT race-swaps $swaps\n"' </dev/null
) &
racer=$!
status=0
wait $vm || status=$?
kill $racer 2>/dev/null || :
wait $racer || :
wait $said || :
echo "RESULT jvmm $status"
echo "RESULT host-sum $(cd "$tree" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-64)"
diff -r --no-dereference "$tree" "$work/tree" >"$folder/diff" && echo "RESULT host-diff ok" || echo "RESULT host-diff $(head -n 1 "$folder/diff")"
echo "RESULT holes $(stat -c %b "$work"/*/sparse/hole "$folder"/disk/mapped/sparse/hole | awk '{ n += $1 < 1000 } END { print n }')"
echo "RESULT canary $(cat "$folder/disk/canary" "$folder/disk/outside/folder/file" | sort -u) $(ls "$folder/disk/outside/folder")"
cat "$folder/errors" >&2
