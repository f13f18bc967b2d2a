#!/bin/bash
# host.sh KERNEL INITRD FSYNC ROUNDS JVMM...
# In the lab: ROUNDS times, boots a guest that writes and fsyncs on a share (job, and FSYNC, which is fsync.pl), each time with another cache,
# kills jvmm at a random moment, and looks for all that was acknowledged, in this round and those before. Prints "ROUND N CACHE ok, ...".
set -eu
kernel=$1 initrd=$2 fsync=$3 rounds=$4
shift 4
folder=$(mktemp -d)
trap 'kill -KILL $(jobs -p) 2>/dev/null || :; rm -rf "$folder"' EXIT
mkdir "$folder/work" "$folder/job"
cp "$(dirname -- "$(readlink -f -- "$0")")/job" "$fsync" "$folder/job"
: >"$folder/acks"

caches=(none mmap loose)
for ((round = 1; round <= rounds; round++)); do
    cache=${caches[round % 3]}
    echo "round=$round cache=$cache" >"$folder/job/set"
    "$@" boot --cpus 1 --memory 512M --kernel "$kernel" --initrd "$initrd" --cmdline "console=ttyS0 loglevel=1 panic=-1 job=$folder/job/job" \
        --share tag=root,path=/,ro --share "tag=work,path=$folder/work" </dev/null >"$folder/console" 2>"$folder/errors" &
    jvmm=$!
    for ((i = 0; i < 1200; i++)); do
        grep -q '^ACK .* name 4' "$folder/console" && break
        kill -0 $jvmm 2>/dev/null || break
        sleep 0.1
    done
    sleep "$((RANDOM % 2)).$((RANDOM % 10))"
    kill -KILL $jvmm || {
        cat "$folder/console" "$folder/errors"
        echo "jvmm ended before it was killed"
        exit 1
    }
    wait $jvmm 2>/dev/null || :
    # The last line may be cut off.
    sed -n 's/\r$//; /^ACK [0-9]* [a-z]* [0-9]*$/p' "$folder/console" | sed '$!b; $d' >"$folder/new"
    [[ -s $folder/new ]] || { cat "$folder/console" "$folder/errors"; echo "nothing was acknowledged"; exit 1; }
    cat "$folder/new" >>"$folder/acks"
    found=$(perl "$fsync" check "$folder/work" <"$folder/acks")
    echo "ROUND $round $cache ok, $(wc -l <"$folder/new") new, $found"
done
