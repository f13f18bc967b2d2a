# Running one command in a machine. Sourced after common.sh.

# Handles of the host that lead nowhere in the lab. Everything else of the environment passes as it is.
NOT_PASSED=(DISPLAY WAYLAND_DISPLAY XAUTHORITY XDG_RUNTIME_DIR SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS NOTIFY_SOCKET)
LAB_UNREAD=141 # as the shell says of a command whose reader went away: 128+SIGPIPE
SPOOL_LIMIT=$((1 << 30)) # bytes of a command's output held on the host until it ends

# write_job WORD...: the script that becomes the command. Every word is quoted, so that any byte arrives as it is.
# env(1) makes the environment; setsid(1) executes and, unlike env, takes a command with "=" in its name for what it is.
write_job() {
    local entry name word
    [[ -z $fresh ]] || echo "echo 3 >/proc/sys/vm/drop_caches"
    printf 'cd %s 2>/dev/null || { echo "lab: the machine has no directory" %s >&2; exit %d; }\n' "$(quote "$PWD")" "$(quote "$PWD")" "$LAB_FAILED"
    printf 'umask %s\n' "$umask_of_caller"
    printf 'exec /run/lab/busybox env -i --'
    while IFS= read -r -d '' entry; do
        name=${entry%%=*}
        [[ $entry == *=* && -n $name && " ${NOT_PASSED[*]} " != *" $name "* ]] && printf ' %s' "$(quote "$entry")"
    done <"$LAB_ENVIRON"
    printf ' /run/lab/busybox setsid'
    for word; do printf ' %s' "$(quote "$word")"; done
    printf '\n'
}

# exec_command SECONDS WORD...: runs the command in the machine RUN; its output appears as it comes. Returns its status;
# LAB_TIMED_OUT when its time was over and it had to be killed, LAB_FAILED when the lab failed. stdin=1 passes our
# standard input, once it has been read to its end.
exec_command() {
    local seconds=$1 n dir end status holder tail tails reason='' ticks=0
    shift
    # A number is never used again: the machine may still be clearing up after the last command.
    until n=$(now) && mkdir "$RUN/share/$n" 2>/dev/null; do
        is_machine "$RUN" || { say "no machine at $RUN"; return "$LAB_FAILED"; }
    done
    dir=$RUN/share/$n
    write_job "$@" >"$dir/job" && : >"$dir/out" && : >"$dir/err" || { say "cannot write to $dir"; return "$LAB_FAILED"; }
    [[ -z $stdin ]] || cat >"$dir/in"

    # A tail ends by itself when the holder is gone and everything is written; the holder goes when we do.
    setpriv --pdeathsig KILL sleep infinity &
    holder=$!
    tail -f -c +1 -s 0.02 --pid="$holder" "$dir/out" 2>/dev/null &
    tails=$!
    tail -f -c +1 -s 0.02 --pid="$holder" "$dir/err" >&2 2>/dev/null &
    tails+=" $!"

    command_number=$n
    tell_machine run "$n"
    end=$(($(now) + seconds * 1000000))
    until [[ -e $dir/status ]]; do
        pause 0.02
        ((++ticks))
        if [[ -e $RUN/down ]] || { ((ticks % 25 == 0)) && ! is_machine "$RUN"; }; then
            reason=$LAB_FAILED
            break
        fi
        (($(now) < end)) || reason=$LAB_TIMED_OUT
        for tail in $tails; do kill -0 "$tail" 2>/dev/null || reason=$LAB_UNREAD; done
        ((ticks % 50)) || spool_fits "$dir" || reason=$LAB_FAILED
        [[ -z $reason ]] || { kill_command "$n" && break; }
    done
    command_number=
    kill "$holder" 2>/dev/null
    # shellcheck disable=SC2086
    wait "$holder" $tails 2>/dev/null
    case $reason in
    '') status=$(<"$dir/status") ;;
    "$LAB_TIMED_OUT") say "stopped after $seconds s: $(printf '%q ' "$@")" ;;
    "$LAB_FAILED") [[ -d $RUN && ! -e $RUN/down ]] || say "the machine went down under the command"; last_words ;;
    esac
    rm -rf "$dir"
    return "${reason:-${status:-$LAB_FAILED}}"
}

# spool_fits DIR: is the command's output within its bounds?
spool_fits() {
    local size total=0
    for size in $(stat -c %s "$1/out" "$1/err"); do ((total += size)); done
    ((total <= SPOOL_LIMIT)) || { say "more than $((SPOOL_LIMIT >> 20)) MiB of output: write that to /scratch"; return 1; }
}

# tell_machine WORD N: opened for reading, too, so that a machine which went down does not block us.
tell_machine() { printf "%s\n" "$*" 1<>"$RUN/ctl.in"; }

# kill_command N: ends all of a command in the machine, within 10 s; a machine that cannot do that is beyond use.
kill_command() {
    local end=$((SECONDS + 10))
    [[ -z $one_command ]] || return 0 # the machine goes anyway
    tell_machine kill "$1"
    until [[ -e $RUN/share/$1/status || ! -d $RUN || -e $RUN/down ]]; do
        pause 0.02
        ((SECONDS < end)) || { stop_machine; return; }
    done
}
