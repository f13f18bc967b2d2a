#!/bin/bash
# host.sh IMAGE KERNEL INITRD JVMM...
# In the lab: boots a guest that fills and frees 512 MiB, see job, and tells what this side sees of it: "HOST NAME VALUE". JVMM... is the
# command up to its subcommand.
set -eu
image=$1 kernel=$2 initrd=$3
shift 3
needed=$((512 * 1024 * 95 / 100)) # KiB
folder=$(mktemp -d)
pid=
clean() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null || :
    rm -rf "$folder"
}
trap clean EXIT
truncate -s 64K "$folder/words"
say() { printf '%s' "$1" | dd of="$folder/words" conv=notrunc 2>/dev/null; }
resident() { awk '$1 == "Rss:" { print $2 }' "/proc/$pid/smaps_rollup"; }
await() { # await WORD: until the guest has said it
    for _ in {1..1200}; do
        ! grep -q "RESULT $1" "$folder/console" || return 0
        kill -0 "$pid" && sleep 0.2
    done
    return 1
}

"$@" boot --memory 1G --kernel "$kernel" --initrd "$initrd" --cmdline 'console=ttyS0 loglevel=1 panic=-1' --balloon --rng \
    --disk "path=$image,ro" --disk "path=$folder/words,ro" --console "file:$folder/console" &
pid=$!
await filled
full=$(resident)
echo "HOST full $full"
say empty
await emptied
start=$(date +%s%N)
for _ in {1..600}; do
    left=$(resident)
    ((full - left < needed)) || break
    sleep 0.1
done
echo "HOST given-back $((full - left)) KiB of 524288 after $((($(date +%s%N) - start) / 1000000)) ms"
((full - left < needed)) && echo "HOST enough no" || echo "HOST enough yes"
say done
status=0
wait "$pid" || status=$?
pid=
echo "HOST jvmm $status"
grep -a RESULT "$folder/console"
