#!/bin/bash
# host.sh uds|vhost TOOLS KERNEL INITRD MIB CONNECTIONS CHURN JVMM...
# In the lab: a guest with a vsock device, and programs of the host's at its socket, or with AF_VSOCK of their own; see job. Prints
# "RESULT NAME VALUE". JVMM... is the command up to its subcommand.
set -eu
way=$1 tools=$2 kernel=$3 initrd=$4 mib=$5 connections=$6 churn=$7
shift 7
here=$(dirname -- "$(readlink -f -- "$0")")
folder=$(mktemp -d)
path=$folder/v
if [[ $way == vhost ]]; then
    modprobe vhost_vsock
    option=cid=7,vhost
    at() { echo "$1"; }               # where the host listens for the guest
    guest() { echo "7:$1"; }          # where the guest listens for the host
    listen() { echo "VSOCK-LISTEN:$1"; }
else
    option=cid=7,uds=$path
    at() { echo "${path}_$1"; }
    guest() { echo "via:$path:$1"; }
    listen() { echo "UNIX-LISTEN:${path}_$1"; }
fi
tool() { "$tools/root/lib64/ld-linux-x86-64.so.2" --library-path "$tools/root/lib" "$tools/root/$1" "${@:2}"; }
socat() { tool usr/bin/socat "$@"; }
vsock() { perl "$here/vsock.pl" "$@"; }
sum() { sha256sum | cut -c 1-64; }
finish() {
    kill $(jobs -p) 2>/dev/null || :
    rm -rf "$folder"
}
trap finish EXIT
ulimit -n 65536

head -c 1048576 /dev/urandom >"$folder/block"
blocks() { local i; for ((i = 0; i < $1; i++)); do cat "$folder/block"; done; }
stream() { blocks "$mib"; }
standstill() { kill -STOP $vm; sleep 1; kill -CONT $vm; }

mkfifo "$folder/input"
exec 3<>"$folder/input"
"$@" boot --cpus 1 --memory 512M --kernel "$kernel" --initrd "$initrd" --cmdline 'console=ttyS0 loglevel=1 panic=-1' \
    --disk "path=$tools/image,ro" --vsock "$option" <&3 >"$folder/console" 2>"$folder/errors" &
vm=$!
await() { # await WORD: until the guest has said it, or ends
    until grep -aq "RESULT $1" "$folder/console"; do
        kill -0 $vm 2>/dev/null || {
            cat "$folder/console" "$folder/errors" >&2
            return 1
        }
        sleep 0.2
    done
}
await ready
vsock answer "$(at 5001)" &
# all of jvmm stands still for a while, in the middle of either direction
socat -u "$(listen 5002)" - | { head -c $((mib << 19)); standstill; cat; } | sum >"$folder/in" &
vsock echo "$(at 5004)" &
vsock flood "$(at 5005)" >"$folder/flood" &
vsock messages-echo "$(at 5006)" &
vsock killed "$(at 5007)" &
vsock receiver-ended "$(at 5008)" >"$folder/receiver" &
receiver=$!
for port in 5001 5002 5004 5005 5006 5007 5008; do
    [[ $way == vhost ]] || until [[ -S ${path}_$port ]]; do sleep 0.1; done
done
[[ $way == uds ]] || sleep 2
echo "set $mib $connections $churn" >&3
await listens
with_pause() { blocks $((mib / 2)); standstill; blocks $((mib - mib / 2)); }
if [[ $way == vhost ]]; then
    until with_pause | socat -u - VSOCK-CONNECT:7:6002 2>/dev/null; do sleep 0.5; done
else
    until (printf 'CONNECT 6002\n'; with_pause) | socat -t 600 - "UNIX-CONNECT:$path" 2>/dev/null | grep -a '^OK' >/dev/null; do sleep 0.5; done
fi
await parts
echo "RESULT asks-guest $(vsock ask "$(guest 6003)" 'never odd')"
echo "RESULT refused-guest $(vsock ask "$(guest 6999)" x 2>&1 | wc -l)"
echo "RESULT many-guest $(vsock many "$(guest 6004)" "$connections")"
echo "RESULT churn-guest $(vsock churn "$(guest 6004)" "$churn")"
echo next >&3
await killed
wait $receiver || :
cat "$folder/receiver"
echo next >&3
status=0
wait $vm || status=$?
echo "RESULT jvmm $status"
echo "RESULT sent $(stream | sum)"
echo "RESULT in $(cat "$folder/in")"
echo "RESULT flood $(cat "$folder/flood")"
echo "RESULT left $(find "$folder" -name v | wc -l)"
tr -d '\r' <"$folder/console" | grep -a RESULT
cat "$folder/errors" >&2
