#!/bin/bash
# tcp.sh TREE MSIZE MIB STATS ROUNDS JVMM DIOD LIBRARIES
# In the lab: its own kernel's client, over TCP, on a share of jvmm's server and on one of diod, in memory; load by load. Prints "ROUND SERVER LOAD VALUE".
set -eu
archive=$1 msize=$2 mib=$3 stats=$4 rounds=$5 jvmm=$6 diod=$7 libraries=$8
here=$(dirname -- "$(readlink -f -- "$0")")
. "$here/loads.sh"
servers=(${SERVERS-jvmm diod jvmm-tiered})
folder=$(mktemp -d)
mkdir "$folder/shares"
mount -t tmpfs -o size=50% shares "$folder/shares"
tree=$folder/tree.tar
cp "$archive" "$tree"
modprobe 9pnet_fd
pids=()
trap 'umount "$folder"/m-* 2>/dev/null || :; kill "${pids[@]}" 2>/dev/null || :; wait; umount -l "$folder/shares"; rm -rf "$folder"' EXIT
port=5700
for server in "${servers[@]}"; do
    port=$((port + 1))
    share=$folder/shares/$server
    mkdir -p "$share/files" "$folder/m-$server"
    for i in $(seq 0 99); do : >"$share/files/$i"; done
    aname=
    case $server in
    diod)
        aname=,aname=$share
        LD_LIBRARY_PATH=$libraries "$diod" -f -n -N -e "$share" -l 127.0.0.1:$port -L stderr >"$folder/$server" 2>&1 &
        ;;
    *)
        java=
        [[ $server == jvmm ]] || java='-XX:TieredStopAtLevel=4 -XX:CompileThresholdScaling=1'
        env "JVMM_JAVA_OPTS=$java" "$jvmm" 9p serve --listen tcp:127.0.0.1:$port "$share" >"$folder/$server" 2>&1 &
        ;;
    esac
    pids+=($!)
    for ((i = 0; i < 300; i++)); do
        mount -t 9p -o "trans=tcp,port=$port,version=9p2000.L,msize=$msize,uname=root,access=client$aname" 127.0.0.1 "$folder/m-$server" 2>"$folder/why" && break
        sleep 0.2
    done
    mountpoint -q "$folder/m-$server" || { cat "$folder/why" "$folder/$server" >&2 && exit 1; }
done
for ((round = 1; round <= rounds; round++)); do
    for load in "write $mib" "read $mib" 'unpack 1' "stat $stats"; do
        for server in "${servers[@]}"; do
            # shellcheck disable=SC2086
            echo "$round tcp-$server ${load% *} $(set -- $load && run "$1" "$folder/m-$server" "$2")"
        done
    done
done
