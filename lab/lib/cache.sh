# What the lab is made of, fetched from Debian's packages once and kept. Sourced after common.sh.
#
#   CACHE/lock                 held while anything below is made
#   CACHE/current -> set-HASH  the set in use
#   CACHE/set-HASH/            HASH is taken over the packages' names and versions and over this file's own FORMAT
#     packages                 one "NAME VERSION" per line
#     busybox kmod/            Debian's static busybox; kmod, unpacked
#     generic/ cloud/          linux-image-amd64 and linux-image-cloud-amd64: vmlinuz, release, lib/modules/RELEASE
#     vmlinux                  the generic kernel without its compression: the lab's own, entered through PVH
#     lab-HASH.cpio tiny-HASH.cpio   the lab's initramfs and the test guests' initrd, by this version of the scripts

FORMAT=1
LAB_CACHE=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/jvmm/lab
LAB_SET=$LAB_CACHE/current

# Loaded before the host's files are there; then, side by side with the mounting, what a job wants to find ready.
BOOT_MODULES=(virtio_pci virtio_console 9pnet_virtio 9p overlay)
JOB_MODULES=(kvm-amd)

# ensure_cache: make sure that LAB_SET is there, and the initramfs of this version of the scripts. Sets LAB_INITRAMFS and LAB_TINY_INITRD.
ensure_cache() {
    local stamp
    stamp=$(cat "$LAB_HOME/lib/cache.sh" "$LAB_HOME"/guest/* | sha256sum)
    stamp=${stamp:0:16}
    if [[ ! -e $LAB_SET/complete || ! -e $LAB_SET/tiny-$stamp.cpio ]]; then
        mkdir -p "$LAB_CACHE" || die "cannot make the cache $LAB_CACHE"
        (
            flock 9 || die "cannot lock $LAB_CACHE/lock"
            [[ -e $LAB_SET/complete ]] || fetch_set || exit
            [[ -e $LAB_SET/tiny-$stamp.cpio ]] && exit
            find "$LAB_SET/" -maxdepth 1 -name "*.cpio" -mtime +30 -delete # of other versions of the scripts
            make_lab_initramfs "$LAB_SET/lab-$stamp.cpio" && make_tiny_initrd "$LAB_SET" "$LAB_HOME/guest/tiny-init" "$LAB_SET/tiny-$stamp.cpio"
        ) 9>"$LAB_CACHE/lock" || exit
    fi
    LAB_SET=$(readlink -f "$LAB_SET") # another update may move "current" while we run
    LAB_INITRAMFS=$LAB_SET/lab-$stamp.cpio
    LAB_TINY_INITRD=$LAB_SET/tiny-$stamp.cpio
    touch "$LAB_SET/used"
}

# update_cache: fetch what Debian has now, and forget the sets out of use.
update_cache() {
    mkdir -p "$LAB_CACHE" || die "cannot make the cache $LAB_CACHE"
    (
        flock 9 || die "cannot lock $LAB_CACHE/lock"
        APT_REFRESH=1 fetch_set || exit
        local old now
        now=$(readlink "$LAB_CACHE/current")
        for old in "$LAB_CACHE"/set-*; do
            # A machine may still stand on one that was used of late.
            [[ ${old##*/} == "$now" || -n $(find "$old/used" -mtime -1 2>/dev/null) ]] || rm -rf "$old"
        done
    ) 9>"$LAB_CACHE/lock" || exit
}

# Debian's index as the host has it, or, when the host has none or an old one, a private copy: that needs no root.
apt() { "$@" -o APT::Sandbox::User=root "${apt_options[@]}"; }

apt_refresh() {
    apt_options=(-o "Dir::State::lists=$LAB_CACHE/apt/lists" -o "Dir::Cache=$LAB_CACHE/apt/cache" -o Debug::NoLocking=1)
    mkdir -p "$LAB_CACHE/apt/lists/partial" "$LAB_CACHE/apt/cache/archives/partial"
    say "reading Debian's package index"
    apt apt-get -q update >"$LAB_CACHE/apt/log" 2>&1 || {
        tail -n 5 "$LAB_CACHE/apt/log" >&2
        die "apt-get update failed"
    }
}

# kernel_package META: the package that holds the kernel which META stands for today.
kernel_package() { apt apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1; }

# resolve: sets packages to the names (generic, cloud, busybox, kmod, xz), versions, list and hash.
resolve() {
    local name version i
    packages=("$(kernel_package linux-image-amd64)" "$(kernel_package linux-image-cloud-amd64)" busybox-static kmod xz-utils)
    versions=()
    for name in "${packages[@]}"; do
        [[ -n $name ]] || return 1
        version=$(apt apt-cache show --no-all-versions "$name" 2>/dev/null | sed -n 's/^Version: //p' | head -n 1)
        [[ -n $version ]] || return 1
        versions+=("$version")
    done
    list=$(for i in "${!packages[@]}"; do printf "%s %s\n" "${packages[i]}" "${versions[i]}"; done)
    hash=$(printf "%s\n" "$FORMAT" "$list" | sha256sum)
    hash=${hash:0:16}
}

# download DIR: the packages into DIR, as .deb files.
download() {
    local i wanted=()
    for i in "${!packages[@]}"; do wanted+=("${packages[i]}=${versions[i]}"); done
    (cd "$1" && apt apt-get -q download "${wanted[@]}") >"$1/log" 2>&1
}

fetch_set() {
    local need list hash work packages versions
    for need in apt-get apt-cache dpkg-deb sha256sum; do
        command -v "$need" >/dev/null || die "$need is missing: the lab is made of Debian's packages and needs a Debian host the first time"
    done
    apt_options=()
    [[ -z ${APT_REFRESH-} ]] || apt_refresh
    resolve || { [[ -z ${APT_REFRESH-} ]] && apt_refresh && resolve; } ||
        die "apt knows no linux-image-amd64, linux-image-cloud-amd64, busybox-static, kmod and xz-utils: is this Debian?"

    if [[ -e $LAB_CACHE/set-$hash/complete ]]; then
        ln -sfn "set-$hash" "$LAB_CACHE/current"
        return
    fi
    work=$LAB_CACHE/work.$$
    rm -rf "$LAB_CACHE"/work.* # left by a first use that was killed: we hold the lock
    mkdir -p "$work/debs" || die "cannot write to $LAB_CACHE"
    trap 'rm -rf "$work"' EXIT
    say "fetching ${packages[*]}"
    download "$work/debs" || { apt_refresh && resolve && download "$work/debs"; } || {
        tail -n 5 "$work/debs/log" >&2
        die "could not fetch the packages"
    }
    make_set "$work" "$list"
    rm -rf "$LAB_CACHE/set-$hash" "$LAB_CACHE/apt/cache"
    mv "$work" "$LAB_CACHE/set-$hash" && ln -sfn "set-$hash" "$LAB_CACHE/current" || die "cannot write to $LAB_CACHE"
}

# make_set DIR LIST: unpack DIR/debs, in the order of resolve(), into DIR.
make_set() {
    local dir=$1 kind
    printf '%s\n' "$2" >"$dir/packages"
    unpack() { dpkg-deb -x "$dir"/debs/"$1"_*.deb "$dir/$2" || die "could not unpack $1"; }
    say "unpacking, once"
    unpack "${packages[0]}" generic
    unpack "${packages[1]}" cloud
    unpack busybox-static bb
    unpack kmod kmod
    unpack xz-utils xz
    mv "$dir/bb/bin/busybox" "$dir/busybox" || die "busybox-static holds no bin/busybox"
    for kind in depmod modprobe insmod rmmod lsmod modinfo; do ln -sf kmod "$dir/kmod/bin/$kind"; done
    for kind in generic cloud; do unpack_kernel "$dir" "$dir/$kind"; done
    extract_vmlinux "$dir" "$dir/generic/vmlinuz" "$dir/vmlinux"
    rm -rf "$dir/debs" "$dir/bb" "$dir/xz"
    : >"$dir/complete"
}

# unpack_kernel SET DIR: give a kernel package's files their short names, and its modules their index.
unpack_kernel() {
    local release
    release=$(cd "$2/lib/modules" && echo *)
    printf '%s\n' "$release" >"$2/release"
    mv "$2/boot/vmlinuz-$release" "$2/vmlinuz" && mv "$2/boot/config-$release" "$2/config" || die "no kernel in the package for $release"
    rm -rf "${2:?}/boot" "${2:?}/usr"
    "$1/kmod/bin/depmod" -b "$2" "$release" || die "depmod failed (it needs the libraries of Debian's package kmod: apt-get install kmod)"
}

# extract_vmlinux SET VMLINUZ OUT: undo the kernel's xz compression here, once: emulated it would take seconds of every boot.
# Fields of the setup header (Documentation/arch/x86/boot.rst): setup_sects, payload_offset, payload_length.
extract_vmlinux() {
    local sectors offset length
    sectors=$(od -An -tu1 -j $((0x1f1)) -N 1 "$2")
    offset=$(od -An -tu4 -j $((0x248)) -N 4 "$2")
    length=$(od -An -tu4 -j $((0x24c)) -N 4 "$2")
    # The payload's last four bytes are its unpacked size, not part of the stream.
    tail -c "+$(((sectors + 1) * 512 + offset + 1))" "$2" | head -c "$((length - 4))" | "$1/xz/usr/bin/xz" -dc >"$3" &&
        [[ $(head -c 4 "$3") == $'\x7fELF' ]] || die "could not unpack the kernel $2"
}

# pack SET DIR OUT: DIR as an uncompressed cpio archive owned by root.
pack() {
    (cd "$2" && find . -print0 | sort -z | tr '\0' '\n' | "$1/busybox" cpio -o -H newc -R 0:0 2>/dev/null) >"$3.$$" && mv "$3.$$" "$3" ||
        die "could not write $3"
}

# module_files MODULE...: their files and those they need, each once, in the order to load them.
module_files() {
    local module release
    release=$(<"$LAB_SET/generic/release")
    for module; do
        "$LAB_SET/kmod/bin/modprobe" -d "$LAB_SET/generic" -S "$release" --show-depends "$module" || die "the kernel has no module $module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

make_lab_initramfs() ( # a subshell, for its trap
    seen=' '
    root=$(mktemp -d -t jvmm-lab-initrd.XXXXXX) || die "no place for temporary files"
    trap 'rm -rf "$root"' EXIT
    mkdir -p "$root"/{bin,modules,proc,sys,dev,lower,upper,root,run}
    cp "$LAB_SET/busybox" "$root/bin/busybox"
    cp "$LAB_HOME/guest/init" "$root/init"
    cp "$LAB_HOME/guest/agent" "$root/agent"
    chmod 755 "$root/init" "$root/agent"
    list() { # list NAME MODULE...: copies the files, and their names into modules/NAME
        local name=$1
        shift
        while read -r file; do
            [[ $seen == *" $file "* ]] && continue
            seen+="$file "
            cp "$file" "$root/modules/" && echo "${file##*/}"
        done < <(module_files "$@") >"$root/modules/$name"
    }
    list boot "${BOOT_MODULES[@]}"
    list job "${JOB_MODULES[@]}"
    pack "$LAB_SET" "$root" "$1"
)

# make_tiny_initrd SET INIT OUT: an initrd for a test guest: static busybox as /bin/busybox, and INIT as /init.
make_tiny_initrd() ( # a subshell, for its trap
    root=$(mktemp -d -t jvmm-lab-initrd.XXXXXX) || die "no place for temporary files"
    trap 'rm -rf "$root"' EXIT
    mkdir -p "$root"/{bin,proc,sys,dev}
    cp "$1/busybox" "$root/bin/busybox" && cp "$2" "$root/init" && chmod 755 "$root/init" || die "cannot read $2"
    pack "$1" "$root" "$3"
)
