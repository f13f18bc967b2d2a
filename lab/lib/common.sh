# What every script of the lab starts with. Sourced, never run; needs bash.
# Bytes, not characters: an argument may hold any of them.

LAB_ENVIRON=/proc/$$/environ # the caller's, as the kernel handed it over; bash's own changes do not show here
LC_ALL=C
export LC_ALL
umask_of_caller=$(umask)

# Exit statuses of the lab's own, as docker, env and timeout have them.
LAB_TIMED_OUT=124
LAB_FAILED=125
LAB_USAGE=2

say() { printf 'lab: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit "$LAB_FAILED"
}

usage_error() {
    say "$*"
    say "see ${0##*/} --help"
    exit "$LAB_USAGE"
}

# quote WORD: WORD as one word of a POSIX shell, whatever bytes it holds.
quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# whole NUMBER: is it a whole number above zero that cannot overflow the shell's arithmetic?
whole() { [[ $1 =~ ^[1-9][0-9]{0,8}$ ]]; }

# start_time PID: when the process started, in clock ticks since boot (proc(5), stat, field 22). With the pid it names
# a process for good: pids are used again. Empty when there is no such process or it is a zombie.
start_time() {
    local stat
    { read -r -d '' stat <"/proc/$1/stat"; } 2>/dev/null
    stat=${stat##*) } # the name in parentheses may hold blanks and parentheses itself
    # shellcheck disable=SC2086
    set -- ${stat:-Z}
    [[ $1 == [ZX] ]] || printf '%s' "${20-}"
}

# pause SECONDS: sleep without a process of its own.
exec {pause_fd}<> <(:)
pause() { read -r -t "$1" -u "$pause_fd" _ || :; }

# now: microseconds, for differences.
now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# elapsed SINCE: seconds with two decimals since an earlier EPOCHREALTIME.
elapsed() {
    local centis=$((($(now) - ${1/[.,]/}) / 10000))
    printf '%d.%02d' $((centis / 100)) $((centis % 100))
}
