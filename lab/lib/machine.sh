# Starting and stopping the emulated machine. Sourced after cache.sh.
#
# A machine is a directory, RUN:
#   pid         the supervisor's pid and start time: while that lives, the machine does
#   share/      the machine's view: conf, ready, and a directory per command (see guest/agent)
#   ctl.in      a pipe: requests to the agent
#   console qemu.log   what the kernel and QEMU had to say
#   down        made when the machine went down by itself
#   scratch/    the writable directory, unless the caller gave his own
# The supervisor removes it when the machine has to go: asked to, its owner gone, or its time over.

BOOT_SECONDS=180   # a boot takes 3 to 15 s; a busy host may need more
MEMORY_FLOOR=1536  # MiB: the lab's kernel, a JVM and a guest
MEMORY_CEILING=6144

# What a machine that lives for one job can do without: self-tests of ciphers, checking the signatures of modules, read-only
# kernel memory, auditing. Together a second of the boot.
QUICK_BOOT="cryptomgr.notests initcall_blacklist=load_system_certificate_list rodata=off audit=0 apparmor=0 nowatchdog"

# choose_memory: half of what the host can spare, between floor and ceiling, in MiB.
choose_memory() {
    local free limit used group half
    free=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
    group=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
    if read -r limit 2>/dev/null <"$group/memory.max" && [[ $limit != max ]] && read -r used <"$group/memory.current"; then
        limit=$(((limit - used) / 1048576))
        ((limit < free)) && free=$limit
    fi
    half=$((free / 2))
    ((half <= MEMORY_CEILING)) || half=$MEMORY_CEILING
    ((half >= MEMORY_FLOOR)) ||
        die "this host is too small: the lab needs $MEMORY_FLOOR MiB and as much again to spare, and $free MiB are free here (--memory MIB overrides this)"
    echo "$half"
}

check_host() {
    local need
    [[ $(uname -m) == x86_64 ]] || die "the lab runs the host's own programs on an emulated x86-64: this host is $(uname -m)"
    command -v qemu-system-x86_64 >/dev/null || die "qemu-system-x86_64 is missing: apt-get install qemu-system-x86"
    for need in setpriv setsid flock mkfifo tail; do
        command -v $need >/dev/null || die "$need is missing: apt-get install util-linux coreutils"
    done
}

# sweep: remove what machines left whose supervisor was killed by force. A directory with no pid file is either about
# to get one or was left by a lab/run killed within its first milliseconds.
sweep() {
    local run pid start
    for run in "${TMPDIR:-/tmp}"/jvmm-lab.*; do
        [[ -O $run && -d $run ]] || continue
        if read -r pid start 2>/dev/null <"$run/pid"; then
            [[ $(start_time "$pid") == "$start" ]] || rm -rf "$run"
        elif [[ -n $(find "$run" -maxdepth 0 -mmin +10) ]]; then
            rm -rf "$run"
        fi
    done
}

# start_machine OWNER: boots a machine that lives no longer than the process OWNER. Sets RUN.
# Options by variables: memory, cpus, scratch, lifetime, kernel_words, qemu_words.
start_machine() {
    local alias='' deadline
    sweep
    RUN=$(mktemp -d "${TMPDIR:-/tmp}/jvmm-lab.XXXXXX") || die "no place for temporary files in ${TMPDIR:-/tmp}"
    mkdir "$RUN/share" "$RUN/scratch" && mkfifo "$RUN/ctl.in" "$RUN/ctl.out" || die "cannot write to $RUN"
    if [[ -n $scratch ]]; then
        alias=$scratch
    else
        scratch=$RUN/scratch
    fi
    {
        printf 'scratch=%s\n' "$(quote "$alias")"
        printf 'tree=%s\n' "$(quote "$LAB_SET/generic")"
        printf 'kmod=%s\n' "$(quote "$LAB_SET/kmod/bin")"
    } >"$RUN/share/conf"
    qemu_command
    setsid bash "$LAB_HOME/lib/supervise" "$RUN" "$1" "$lifetime" "${qemu[@]}" </dev/null >"$RUN/qemu.log" 2>&1 &
    supervisor=$!
    deadline=$((SECONDS + BOOT_SECONDS))
    until [[ -e $RUN/share/ready ]]; do
        pause 0.02
        if [[ -e $RUN/down ]] || ! kill -0 "$supervisor" 2>/dev/null || ((SECONDS > deadline)); then
            last_words
            stop_machine
            die "the machine did not come up within $BOOT_SECONDS s, or went down; above is what it and QEMU had to say"
        fi
    done
}

qemu_command() {
    qemu=(
        qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot
        -M q35,smm=off,vmport=off,hpet=off,sata=off -accel tcg,thread=multi -cpu EPYC,+svm,+npt,+invtsc -smp "$cpus" -m "$memory"
        -kernel "$LAB_SET/vmlinux" -initrd "$LAB_INITRAMFS"
        # The agent starts the other processors.
        -append "console=ttyS0 quiet panic=-1 maxcpus=1 mitigations=off tsc=reliable $QUICK_BOOT $kernel_words"
        -serial "file:$RUN/console"
        -fsdev "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"
        -fsdev "local,id=share,path=${RUN//,/,,}/share,security_model=none,multidevs=remap"
        -fsdev "local,id=scratch,path=${scratch//,/,,},security_model=none,multidevs=remap"
        -device virtio-9p-pci,fsdev=host,mount_tag=host
        -device virtio-9p-pci,fsdev=share,mount_tag=share
        -device virtio-9p-pci,fsdev=scratch,mount_tag=scratch
        -device virtio-serial-pci -chardev "pipe,id=ctl,path=${RUN//,/,,}/ctl" -device virtserialport,chardev=ctl,nr=1
        ${qemu_words[@]+"${qemu_words[@]}"}
    )
}

last_words() {
    tail -n 60 "$RUN/console" 2>/dev/null | tr -d '\r' >&2
    tail -n 5 "$RUN/qemu.log" >&2
}

# stop_machine: ends the machine RUN, and returns when nothing is left of it.
stop_machine() {
    local pid start
    if read -r pid start 2>/dev/null <"$RUN/pid" && [[ $(start_time "$pid") == "$start" ]]; then
        kill -TERM "$pid" 2>/dev/null
        while [[ -d $RUN && $(start_time "$pid") == "$start" ]]; do pause 0.02; done
    fi
    rm -rf "$RUN" # the supervisor did, unless it was killed by force
}

# is_machine DIR: is that a machine which lives?
is_machine() {
    local pid start
    [[ ${1##*/} == jvmm-lab.* && -O $1/pid ]] && read -r pid start <"$1/pid" && [[ $(start_time "$pid") == "$start" ]]
}
