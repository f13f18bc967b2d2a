# Guests that work one after the other in the lab. Sourced by the host.sh of each comparison, which sets
#   folder    where a guest's console is, MONITOR, and what its monitor says, MONITOR.errors
#   pid       the monitors' processes, by their names
#   word      how a guest's answers begin: "WORD NUMBER ..."
#   patience  seconds to wait for one
#   logs      more files that say why there is none

answer() { # answer MONITOR NUMBER: waits for its line, and prints what follows the number
    local i
    for ((i = 0; i < patience * 5; i++)); do
        tr -d '\r' <"$folder/$1" | sed -n "s/^$word $2 //p" | grep . && return
        kill -0 "${pid[$1]}" 2>/dev/null || break
        sleep 0.2
    done
    echo "$1 does not answer" >&2
    cat "$folder/$1" "$folder/$1.errors" "${logs[@]}" >&2
    return 1
}
