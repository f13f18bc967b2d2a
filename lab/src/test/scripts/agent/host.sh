#!/bin/bash
# host.sh LENGTH IMAGE KERNEL INITRD CALLS JAVA...
# In the lab: a Debian guest with systemd, and the agent as its service; what jvmm's commands do with it, as lines of "RESULT NAME VALUE".
# LENGTH is short or long; CALLS is the main class of the calls that no command makes; JAVA... is the command of jvmm up to its main class.
set -u
length=$1 image=$2 kernel=$3 initrd=$4 calls=$5
shift 5
java=("$@")
folder=$(mktemp -d)
cd "$folder" || exit
export XDG_RUNTIME_DIR=$folder/run
mkdir -m 700 run
trap 'kill -9 $(jobs -p) $(machine_pid a) $(machine_pid b) 2>/dev/null; rm -rf "$folder"' EXIT

jvmm() { "${java[@]}" dev.jvmm.cli.Main "$@"; }
result() { printf 'RESULT %s\n' "$*"; }
words() { tr -d '\r' | tr -s '\n ' '  '; }
machine_pid() { sed -n 's/.*"pid":\([0-9]*\),.*/\1/p' "run/jvmm/machines/$1/state.json"; }
# await FILE TEXT: until a file has it.
await() { for _ in {1..600}; do grep -qsaF -e "$2" "$1" && return; sleep 0.1; done; echo "no '$2' in $1:" >&2; cat "$1" >&2; return 1; }

truncate -s 16M spare
result boot "$(jvmm boot --detach --name a --cpus 1 --memory 384M --kernel "$kernel" --initrd "$initrd" --disk "path=$image,ro" --disk path=spare \
    --cmdline 'console=ttyS0 loglevel=1 panic=-1 rdinit=/job/job systemd.show_status=0 systemd.getty_auto=0 systemd.mask=systemd-logind.service')"
for _ in {1..3}; do jvmm exec a true && break; done
result version "$({ jvmm exec a -- cat /proc/version | cut -d ' ' -f 1-2; echo "${PIPESTATUS[0]}"; } | words)"

# Exit codes, users, 1 MiB both ways, and a signal to a program that takes it.
programs() {
    jvmm exec a -- sh -c 'exit 7'; result exit $?
    jvmm exec a -- sh -c 'kill -KILL $$'; result killed $?
    result login "$(jvmm exec -u nobody -w /tmp -e 'WORD=a  b' a -- sh -c 'echo "$(id -un):$(id -gn)" "$PWD" "${#WORD}" "$HOME"')"
    jvmm exec -i a -- sh -c 'cat >/tmp/sent; sha256sum </tmp/sent >&2; cat /tmp/sent' <sent >received 2>sum
    result stream "$? $(cmp sent received && echo equal) $(grep -qF "$(sha256sum <sent | cut -c 1-64)" sum && echo equal)"
    "${java[@]}" dev.jvmm.cli.Main exec a -- sh -c 'trap "echo caught; exit 9" TERM; echo ready; while :; do sleep 0.1; done' >signal &
    await signal ready && kill -TERM $!
    wait $!; result signal "$? $(words <signal)"
}

# What a person meets more seldom.
rest() {
    # The console is another way in: what is typed there reaches who reads it.
    jvmm exec a -- sh -c 'read -r line </dev/ttyS0; echo "heard $line" >/dev/ttyS0' &
    heard=$!
    mkfifo typed
    "${java[@]}" dev.jvmm.cli.Main console a <typed >shown 2>&1 &
    console=$!
    exec 7>typed
    sleep 2
    printf 'words\r' >&7
    await shown 'heard words' && result console yes
    kill $console; wait $heard; exec 7>&-
    result logs "$(jvmm logs a | grep -aoE 'Debian begins|heard words' | words)"

    # Calls of the library's: what was added comes on-line, a driver lets a disk's device go before it is removed, and takes it back.
    "${java[@]}" "$calls" run/jvmm/machines/a/vsock.sock || result calls $?

    # Memory that runs out takes the program, and not the agent with it.
    jvmm exec a -- sh -c 'sleep 700 & echo 1000 >/proc/self/oom_score_adj; echo 1 >/proc/sys/kernel/sysrq; echo f >/proc/sysrq-trigger; sleep 100' >/dev/null 2>&1
    result memory $?
    # The agent is killed: systemd starts it again, and what it has started goes on.
    jvmm exec a -- sh -c 'setsid sleep 777 >/dev/null 2>&1 & kill -KILL $PPID; sleep 1' 2>errors; result lost "$? $(grep -c '^jvmm:' errors)"
    result again "$(jvmm exec a -- sh -c 'systemctl show -P NRestarts jvmm-agent; cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\0" " " | grep -ao "sleep 777"' | words)"

    jvmm inspect a >inspect
    result inspect "$(sed -n 's/^ *"\(os\|cpusOnline\|agent\|hostname\)" : \(.*[^,]\),\{0,1\}$/\2/p' inspect | words)"
    result ps "$(jvmm ps | awk 'NR > 1 { print $1, $4, $5, $6 }')"

    # A killed machine leaves nothing that the next command does not see.
    jvmm boot --detach --name b --kernel "$kernel" --initrd "$initrd" --disk "path=$image,ro" --quiet
    kill -9 "$(machine_pid b)"
    result stale "$([[ -e run/jvmm/machines/b ]] && echo there) $(jvmm ps -q | words) $([[ -e run/jvmm/machines/b ]] || echo gone)"
}

head -c 1048576 /dev/urandom >sent
[[ $length == short ]] || programs

# What the service is, as its own program sees it.
result service "$(jvmm exec a -- sh -c 'for p in ActiveState UnitFileState KillMode OOMPolicy NRestarts; do systemctl show -P $p jvmm-agent; done
    cat /proc/self/oom_score_adj /proc/$PPID/comm; grep -c SigIgn:.*[1-9a-f] /proc/self/status' | words)"

mkdir -p tree/below && cp sent tree/below/file && chmod 640 tree/below/file && ln -s below/file tree/link
jvmm cp tree a:/root/; into=$?
jvmm cp a:/root/tree back; result cp "$into $? $(diff -r tree back && echo equal) $(readlink back/link) $(stat -c %a back/below/file)"

# A terminal: its size, a new size, Ctrl-C, a machine that is stopped for a while, the shell's exit code.
mkfifo keys
cat >terminal.sh <<END
tty >pts
stty rows 33 cols 99
exec $(printf '%q ' "${java[@]}") dev.jvmm.cli.Main exec -it a bash --norc
END
script -qefc 'bash terminal.sh' /dev/null <keys >screen 2>&1 &
terminal=$!
exec 7>keys
printf 'PS1=; echo up $((40+2)); tty; stty size; trap "stty size" WINCH\r' >&7
await screen 'up 42' && await screen '33 99' && result tty "$(grep -ao '/dev/pts/[0-9]*' screen | sort -u | words)"
stty -F "$(<pts)" rows 50 cols 120
await screen '50 120' && result resized yes
printf 'echo sleeps $((1+1)); sleep 1000\r' >&7
await screen 'sleeps 2'
sleep 1
printf '\003' >&7
printf 'echo left $?\r' >&7
await screen 'left 130' && result interrupted yes
kill -STOP "$(machine_pid a)"; printf 'echo back $((70+7))\r' >&7; sleep 1; kill -CONT "$(machine_pid a)"
await screen 'back 77' && result paused yes
printf 'exit 5\r' >&7
wait $terminal; result terminal $?
exec 7>&-

[[ $length == short ]] || rest

cp run/jvmm/machines/a/console.log console
pid=$(machine_pid a)
jvmm stop --timeout 60 a 2>errors; result stop "$? $(grep -c '^jvmm:' errors) $([[ -d /proc/$pid ]] || echo ended) $(ls run/jvmm/machines | words)"
cat errors console >&2
