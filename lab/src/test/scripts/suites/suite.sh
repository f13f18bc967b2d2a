#!/bin/bash
# suite.sh NAME DIR RESULTS LABEL OPERATIONS SECONDS CACHE
# Runs one public suite in DIR, an empty folder. RESULTS/tools has where the programs are. Writes "pass CASE", "fail CASE" and "skip CASE" into
# RESULTS/NAME.LABEL, and what the suite said into RESULTS/NAME.LABEL.log. With CACHE=none there are no writable maps.
set -u
name=$1 dir=$2 results=$3 label=$4 operations=$5 seconds=$6 cache=$7
tool() { sed -n "s/^$1=//p" "$results/tools"; }
log=$results/$name.$label.log
out=$results/$name.$label
settings=$(mktemp -d)
trap 'rm -rf "$settings"' EXIT
: >"$log"
: >"$out"

pjdfstest() {
    local program
    program=$(tool pjdfstest)
    printf '%s\n' '[features]' 'posix_fallocate = {}' 'utimensat = {}' 'utime_now = {}' '[settings]' 'naptime = 0.05' 'allow_remount = false' \
        '[dummy_auth]' 'entries = [["nobody","nogroup"],["daemon","daemon"]]' >"$settings/toml"
    mkdir "$settings/second"
    mount -t tmpfs second "$settings/second" # where names can not be moved to
    timeout 3000 "$program" -c "$settings/toml" -s "$settings/second" -p "$dir" >"$log" 2>&1
    echo "status $?" >>"$log"
    umount "$settings/second"
    awk 'NF >= 2 && $1 ~ /::/ && $0 !~ /^[ \t]/ {
        if ($NF == "ok") print "pass " $1; else if ($NF ~ /FAILED/) print "fail " $1; else if ($NF == "skipped") print "skip " $1 }' "$log" >"$out"
}

# The operations that every file system has, in two mixes; in the second are those that a client may do by means of its own.
fsx() {
    local seed mix maps=1
    [[ $cache != none ]] || maps=0
    printf '%s\n' '[weights]' "mapread = $maps" "mapwrite = $maps" >"$settings/plain"
    printf '%s\n' '[weights]' "mapread = $maps" "mapwrite = $maps" 'close_open = 1' 'invalidate = 1' 'fsync = 1' 'fdatasync = 1' 'sendfile = 1' \
        'posix_fadvise = 1' 'copy_file_range = 1' >"$settings/more"
    for mix in plain more; do
        for seed in 1 2 3 4; do
            if timeout 1000 "$(tool fsx)" -q -N "$operations" -S $seed -f "$settings/$mix" -P "$settings" "$dir/fsx-$mix-$seed" >>"$log" 2>&1; then
                echo "pass $mix-$seed"
            else
                echo "fail $mix-$seed"
            fi
        done
    done >"$out"
}

# Those of "--class filesystem" that work on files of their own in --temp-path, and no more at a time than an emulated machine can do in some
# seconds. What stress-ng calls a failure is one, whatever its status.
stress-ng() {
    local stressor status
    export LD_LIBRARY_PATH
    LD_LIBRARY_PATH=$(tool libraries)
    for stressor in access chattr chdir chmod chown copy-file dentry dir dirdeep dirmany dnotify dup fallocate fcntl fiemap file-ioctl filename \
        flock fpunch fsize fstat getdent hdd inode-flags inotify io iomix lease link locka lockf lockofd mknod open rename symlink sync-file \
        touch utime verity xattr; do
        mkdir "$dir/$stressor"
        timeout -k 10 $((seconds + 120)) "$(tool stress-ng)" --$stressor 1 --temp-path "$dir/$stressor" -t "$seconds" --verify --dentries 64 \
            --dir-dirs 64 --chdir-dirs 64 --dirdeep-inodes 200 --hdd-bytes 8M --iomix-bytes 8M --fallocate-bytes 8M \
            --sync-file-bytes 8M >"$settings/said" 2>&1
        status=$?
        { echo "== $stressor: $status" && grep -v 'open with O_DIRECT failed but' "$settings/said"; } >>"$log"
        if grep -q 'skipping stress' "$settings/said" || ((status == 3 || status == 4)); then # 3, 4: no resources, not implemented
            echo "skip $stressor"
        elif ((status == 0)) && ! grep -q ' fail: ' "$settings/said"; then
            echo "pass $stressor"
        else
            echo "fail $stressor"
        fi
        rm -rf "${dir:?}/$stressor" || echo "fail $stressor-removed"
    done >"$out"
}

$name
