# Debian's tools for test guests, fetched once. Sourced after cache.sh, and after ensure_cache.
#
#   CACHE/tools-HASH/     HASH is taken over this file
#     root/               the programs below with the libraries they need, and nothing else
#     image               the same as an ext4 file system
#     packages            one "NAME VERSION" per line

TOOLS=(usr/bin/fio usr/bin/iperf3 usr/bin/perl usr/bin/socat bin/ip sbin/tc sbin/e2fsck sbin/mke2fs sbin/blkdiscard sbin/blockdev sbin/losetup sbin/dmsetup)
TOOL_PACKAGES=(fio iperf3 socat iproute2 e2fsprogs util-linux mount dmsetup perl-base)
TOOLS_MIB=160

# ensure_tools: make sure that the tools are there, and set TOOLS_SET to their folder.
ensure_tools() {
    local hash
    hash=$(sha256sum <"$LAB_HOME/lib/tools.sh")
    hash=${hash:0:16}
    TOOLS_SET=$LAB_CACHE/tools-$hash
    if [[ ! -e $TOOLS_SET/complete ]]; then
        (
            flock 9 || die "cannot lock $LAB_CACHE/lock"
            [[ -e $TOOLS_SET/complete ]] || fetch_tools "$TOOLS_SET"
        ) 9>"$LAB_CACHE/lock" || exit
    fi
}

# resolve_tools: sets packages, versions and list to what the tools need: their own packages, and all libraries.
resolve_tools() {
    local name version
    packages=() versions=() list=''
    while read -r name version; do
        packages+=("$name") versions+=("$version") list+="$name $version"$'\n'
    done < <(
        {
            printf '%s\n' "${TOOL_PACKAGES[@]}"
            apt apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "${TOOL_PACKAGES[@]}" |
                grep -E '^(lib|zlib)[^:]*$' | grep -vE '^lib(python|perl|pam)|-perl$'
        } 2>/dev/null | sort -u | apt xargs apt-cache show --no-all-versions 2>/dev/null |
            sed -n -e 's/^Package: //p' -e 's/^Version: //p' | paste -d ' ' - -
    )
    ((${#packages[@]} > 20))
}

fetch_tools() {
    local work=$LAB_CACHE/work.$$ packages versions list
    rm -rf "$LAB_CACHE"/work.* # left by a first use that was killed: we hold the lock
    mkdir -p "$work/debs" "$work/all" || die "cannot write to $LAB_CACHE"
    trap 'rm -rf "$work"' EXIT
    apt_options=()
    say "fetching ${TOOL_PACKAGES[*]}, and what they need"
    resolve_tools && download "$work/debs" || { apt_refresh && resolve_tools && download "$work/debs"; } || {
        tail -n 5 "$work/debs/log" >&2
        die "could not fetch the tools' packages"
    }
    printf '%s' "$list" >"$work/packages"
    local deb
    for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/all" || die "could not unpack $deb"; done
    collect_tools "$work/all" "$work/root"
    tool() { MKE2FS_CONFIG=$work/root/etc/mke2fs.conf "$work/root/lib64/ld-linux-x86-64.so.2" --library-path "$work/root/lib" "$work/root/$1" "${@:2}"; }
    tool sbin/mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$work/root" "$work/image" "${TOOLS_MIB}M" >/dev/null || die "mke2fs failed"
    rm -rf "$work/debs" "$work/all" "$LAB_CACHE/apt/cache"
    : >"$work/complete"
    find "$LAB_CACHE" -maxdepth 1 -name "tools-*" -mtime +30 -exec rm -rf {} + # of other versions of the scripts
    rm -rf "$1"
    mv "$work" "$1" || die "cannot write to $LAB_CACHE"
}

# collect_tools ALL ROOT: the tools, with busybox for the rest, and their libraries in one folder.
collect_tools() {
    local all=$1 root=$2 tool path=$1/lib/x86_64-linux-gnu:$1/usr/lib/x86_64-linux-gnu:$1/usr/lib/x86_64-linux-gnu/ceph
    mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,lib,lib64,etc,proc,sys,dev,tmp,mnt,root} || die "cannot write to $root"
    cp "$LAB_SET/busybox" "$root/bin/busybox" && cp -L "$all/lib64/ld-linux-x86-64.so.2" "$root/lib64/" || die "no busybox or ld.so"
    for tool in sh awk cat cp cut dd echo grep head httpd kill ls mkdir mknod mount mv nc ping poweroff rm sed seq sha256sum sleep stat stty sync tail test tr truncate \
        udhcpc umount uname wc wget xargs; do
        ln -s busybox "$root/bin/$tool"
    done
    for tool in "${TOOLS[@]}"; do
        cp -L "$all/$tool" "$root/$tool" || die "there is no $tool in the packages"
        "$all/lib64/ld-linux-x86-64.so.2" --library-path "$path" --list "$all/$tool"
    done | awk '$2 == "=>" { print $3 }' | sort -u | while read -r library; do
        [[ $library == "$all"/* ]] && cp -L "$library" "$root/lib/" || die "a library is missing: $library"
    done || exit
    mkdir -p "$root/usr/lib/x86_64-linux-gnu" "$root/usr/share"
    cp -r "$all/usr/lib/x86_64-linux-gnu/perl-base" "$root/usr/lib/x86_64-linux-gnu/" || die "perl has no library"
    cp "$all/etc/mke2fs.conf" "$root/etc/" || die "e2fsprogs has no configuration"
}

# make_tools_initrd DIR OUT: an initrd that mounts the first disk, an image of the tools, and runs DIR/job there.
make_tools_initrd() ( # a subshell, for its trap
    root=$(mktemp -d -t jvmm-lab-initrd.XXXXXX) || die "no place for temporary files"
    trap 'rm -rf "$root"' EXIT
    mkdir -p "$root"/{bin,proc,sys,dev,tools,modules}
    cp "$LAB_SET/busybox" "$root/bin/busybox" && cp "$LAB_HOME/guest/tools-init" "$root/init" && chmod 755 "$root/init" || die "no init"
    cp -rL "$1" "$root/job" && [[ -f $root/job/job ]] || die "cannot read $1/job"
    modules=$LAB_SET/cloud/lib/modules/$(<"$LAB_SET/cloud/release")/kernel/drivers
    cp "$modules"/../net/core/failover.ko "$modules"/net/{net_failover,virtio_net}.ko "$root/modules/" || die "the cloud kernel has no network modules"
    cp "$modules"/virtio/virtio{,_ring,_mmio,_balloon}.ko "$modules/block/virtio_blk.ko" "$modules/char/hw_random/virtio-rng.ko" \
        "$modules/char/virtio_console.ko" "$root/modules/" || die "the cloud kernel has no virtio modules"
    pack "$LAB_SET" "$root" "$2"
)
