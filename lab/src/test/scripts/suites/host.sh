#!/bin/bash
# host.sh RESULTS JVMM SUITES OPERATIONS SECONDS
# In the lab: public suites on an ext4, and on a share of it by jvmm and by diod, over TCP. RESULTS/tools has where they are. Writes "pass NAME" and "fail NAME" into
# RESULTS/SUITE.SERVER, what the suites said into RESULTS/SUITE.SERVER.log.
set -eu
results=$1 jvmm=$2 suites=$3 operations=$4 seconds=$5
tool() { sed -n "s/^$1=//p" "$results/tools"; }
libraries=$(tool libraries)
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
        LD_LIBRARY_PATH=$libraries "$(tool diod)" -f -n -N -e "$share" -l 127.0.0.1:$port -L stderr >"$results/server.$1" 2>&1 &
        ;;
    esac
    pids+=($!)
    for _ in {1..300}; do
        mount -t 9p -o "$options,cache=mmap" 127.0.0.1 "$mounted" 2>/dev/null && return
        sleep 0.2
    done
    cat "$results/server.$1" >&2
    return 1
}

pjdfstest() { # pjdfstest DIR LOG
    printf '%s\n' '[features]' 'posix_fallocate = {}' '[settings]' 'naptime = 0.02' 'allow_remount = false' \
        '[dummy_auth]' 'entries = [["nobody","nogroup"],["daemon","daemon"]]' >"$folder/pjdfstest.toml"
    "$(tool pjdfstest)" -c "$folder/pjdfstest.toml" -p "$1" >"$2" 2>&1 || :
    awk 'NF >= 2 && $1 ~ /::/ && $NF == "ok" { print "pass " $1 } NF >= 2 && $1 ~ /::/ && $NF ~ /FAILED/ { print "fail " $1 }' "$2"
}
fsx() {
    local seed
    : >"$2"
    for seed in 1 2 3 4; do
        if "$(tool fsx)" -q -N "$operations" -S $seed -P /tmp "$1/fsx$seed" >>"$2" 2>&1; then echo "pass seed-$seed"; else echo "fail seed-$seed"; fi
    done
}
stress-ng() {
    local name
    : >"$2"
    export LD_LIBRARY_PATH=$libraries
    # Those of "--class filesystem" that work in --temp-path.
    for name in access chdir chmod chown copy-file dentry dir dirdeep dirmany fallocate fcntl fiemap filename flock fpunch fsize fstat getdent hdd \
        io iomix link locka lockf lockofd mknod open rename symlink sync-file touch utime xattr; do
        mkdir -p "$1/s"
        if timeout $((seconds + 120)) "$(tool stress-ng)" --$name 1 --temp-path "$1/s" -t "$seconds" --verify >>"$2" 2>&1; then echo "pass $name"; else echo "fail $name"; fi
        rm -rf "$1/s"
    done
}

for server in ext4 jvmm diod; do serve $server; done
for suite in $suites; do
    for server in ext4 jvmm diod; do
        mkdir "$folder/m/$server/$suite"
        $suite "$folder/m/$server/$suite" "$results/$suite.$server.log" >"$results/$suite.$server"
        echo "$suite $server: $(grep -c '^pass' "$results/$suite.$server") passed, $(grep -c '^fail' "$results/$suite.$server") failed"
    done
done
