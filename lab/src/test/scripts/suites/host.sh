#!/bin/bash
# host.sh RESULTS KERNEL INITRD JVMM
# In the lab: public suites on an ext4, and on shares of it; see suite.sh and lab/file-suites, which has written RESULTS/set and RESULTS/tools.
# "jvmm" and "diod" are served over TCP and mounted here; "virtio" is a guest's of jvmm, booted with KERNEL and INITRD (lab/share-initrd).
set -eu
results=$1 kernel=$2 initrd=$3 jvmm=$4
here=$(dirname -- "$(readlink -f -- "$0")")
. "$results/set" # suites servers operations seconds cache
tool() { sed -n "s/^$1=//p" "$results/tools"; }
folder=$(mktemp -d)
pids=()
trap 'umount "$folder"/m/* 2>/dev/null || :; kill "${pids[@]}" 2>/dev/null || :; umount -l "$folder/disk" 2>/dev/null || :; rm -rf "$folder"' EXIT
modprobe loop && modprobe ext4 && modprobe 9pnet_fd
mkdir -p "$folder"/{disk,m}
truncate -s 2G "$folder/image"
mke2fs -q -t ext4 -O ^has_journal "$folder/image"
mount -o loop "$folder/image" "$folder/disk"
chmod 755 "$folder" "$folder/disk" "$folder/m"
ulimit -n 65536

port=5800
serve() { # serve SERVER: mounts its share at m/SERVER
    port=$((port + 1))
    local share=$folder/disk/$1 mounted=$folder/m/$1 options=trans=tcp,port=$port,version=9p2000.L,msize=65536,uname=root,access=client
    mkdir -m 755 "$share" "$mounted"
    case $1 in
    ext4)
        mount --bind "$share" "$mounted"
        return
        ;;
    jvmm) "$jvmm" 9p serve --listen tcp:127.0.0.1:$port "$share" >"$results/server.$1" 2>&1 & ;;
    diod)
        options+=,aname=$share
        LD_LIBRARY_PATH=$(tool libraries) "$(tool diod)" -f -n -N -e "$share" -l 127.0.0.1:$port -L stderr >"$results/server.$1" 2>&1 &
        ;;
    esac
    pids+=($!)
    for _ in {1..300}; do
        mount -t 9p -o "$options,cache=$cache" 127.0.0.1 "$mounted" 2>"$folder/error" && return
        sleep 0.2
    done
    cat "$results/server.$1" "$folder/error" >&2
    return 1
}

virtio() { # virtio SUITE
    local share=$folder/disk/virtio
    mkdir -p -m 755 "$share/d"
    cp "$here/suite.sh" "$here/job" "$results/tools" "$share"
    echo "set -- $1 /run/w/d /run/w virtio $operations $seconds $cache" >"$share/arguments"
    "$jvmm" boot --cpus 1 --memory 768M --kernel "$kernel" --initrd "$initrd" --cmdline "console=ttyS0 loglevel=1 panic=-1 job=$here/job" \
        --share tag=root,path=/,ro --share "tag=work,path=$share" </dev/null >"$results/server.virtio" 2>&1 || :
    cp "$share/$1.virtio" "$share/$1.virtio.log" "$results/"
    rm -rf "$share"
}

for server in $servers; do [[ $server == virtio ]] || serve "$server"; done
for suite in $suites; do
    for server in $servers; do
        if [[ $server == virtio ]]; then
            virtio "$suite"
        else
            mkdir "$folder/m/$server/$suite"
            "$here/suite.sh" "$suite" "$folder/m/$server/$suite" "$results" "$server" "$operations" "$seconds" "$cache"
            rm -rf "$folder/m/$server/$suite" || echo "$suite $server: not all could be removed"
        fi
        echo "$suite $server: $(grep -c '^pass' "$results/$suite.$server") passed, $(grep -c '^fail' "$results/$suite.$server") failed, in $SECONDS s"
    done
done
