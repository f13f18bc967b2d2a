# A small Debian system as a disk image, made once. Sourced after tools.sh, and after ensure_tools.
#
#   CACHE/debian-HASH/    HASH is taken over this file and the suite
#     image               an ext4 file system: debootstrap's minbase and systemd, without documentation, package archives or sources
#     packages            one "NAME VERSION" per line

DEBIAN_INCLUDE=iproute2,isc-dhcp-client,kmod,systemd-sysv
DEBIAN_MIRROR=${JVMM_LAB_MIRROR:-http://deb.debian.org/debian}
DEBIAN_MIB=400

# ensure_debian: make sure that the image is there, and set DEBIAN_SET to its folder.
ensure_debian() {
    local hash suite
    # shellcheck disable=SC1091
    suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME-}")
    [[ -n $suite ]] || die "/etc/os-release names no suite of Debian's"
    hash=$(cat "$LAB_HOME/lib/debian.sh" - <<<"$suite" | sha256sum)
    DEBIAN_SET=$LAB_CACHE/debian-${hash:0:16}
    if [[ ! -e $DEBIAN_SET/complete ]]; then
        (
            flock 9 || die "cannot lock $LAB_CACHE/lock"
            [[ -e $DEBIAN_SET/complete ]] || make_debian "$DEBIAN_SET" "$suite"
        ) 9>"$LAB_CACHE/lock" || exit
    fi
}

make_debian() {
    local work=$LAB_CACHE/work.$$ packages=(debootstrap) versions=() lists
    ((EUID == 0)) || die "a Debian system is made by root, once: run lab/debian as root"
    rm -rf "$LAB_CACHE"/work.* # left by a first use that was killed: we hold the lock
    mkdir -p "$work/debs" "$work/tool" || die "cannot write to $LAB_CACHE"
    trap 'rm -rf "$work"' EXIT
    apt_options=()
    say "making a Debian system ($2), once: this takes some minutes"
    versions=("$(apt apt-cache show --no-all-versions debootstrap 2>/dev/null | sed -n 's/^Version: //p' | head -n 1)")
    if [[ -z ${versions[0]} ]] || ! download "$work/debs"; then
        apt_refresh
        versions=("$(apt apt-cache show --no-all-versions debootstrap 2>/dev/null | sed -n 's/^Version: //p' | head -n 1)")
        download "$work/debs" || die "could not fetch debootstrap"
    fi
    dpkg-deb -x "$work"/debs/debootstrap_*.deb "$work/tool" || die "could not unpack debootstrap"
    # In a mount namespace of its own: what it mounts in the new system goes with it.
    DEBOOTSTRAP_DIR=$work/tool/usr/share/debootstrap PATH=$PATH:/usr/sbin:/sbin unshare --mount \
        "$work/tool/usr/sbin/debootstrap" --variant=minbase "--include=$DEBIAN_INCLUDE" "$2" "$work/root" "$DEBIAN_MIRROR" >"$work/log" 2>&1 || {
        tail -n 5 "$work/log" >&2
        die "debootstrap failed; JVMM_LAB_MIRROR names another mirror"
    }
    chroot "$work/root" dpkg-query -W -f '${Package} ${Version}\n' >"$work/packages" || die "the new system has no packages"
    lists=("$work"/root/var/lib/apt/lists/*)
    rm -rf "$work"/root/usr/share/{doc,man,info,locale}/* "$work"/root/var/cache/{apt,debconf}/* "${lists[@]}" "$work"/root/var/log/* "$work"/root/dev/*
    mkdir -p "$work/root/var/cache/apt/archives/partial" "$work/root/var/lib/apt/lists/partial"
    : >"$work/root/etc/apt/sources.list"
    rm -f "$work/root/etc/resolv.conf" && : >"$work/root/etc/resolv.conf"
    echo lab-guest >"$work/root/etc/hostname"
    MKE2FS_CONFIG=$TOOLS_SET/root/etc/mke2fs.conf "$TOOLS_SET/root/lib64/ld-linux-x86-64.so.2" --library-path "$TOOLS_SET/root/lib" \
        "$TOOLS_SET/root/sbin/mke2fs" -q -t ext4 -O ^has_journal -m 0 -d "$work/root" "$work/image" "${DEBIAN_MIB}M" >/dev/null || die "mke2fs failed"
    rm -rf "$work"/{debs,tool,root,log}
    : >"$work/complete"
    find "$LAB_CACHE" -maxdepth 1 -name "debian-*" -mtime +30 -exec rm -rf {} + # of other versions of the scripts
    rm -rf "$1"
    mv "$work" "$1" || die "cannot write to $LAB_CACHE"
}
