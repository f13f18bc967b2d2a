#!/bin/bash
# host.sh IMAGE KERNEL INITRD MIRROR JAVA...
# In the lab: a Debian guest on the user network, and the mirror directory on the lab's loopback; see job. Prints what the guest has found,
# "RESULT NAME VALUE", and "RESULT gets N", the mirror's files that were asked for. JAVA... is the command of jvmm up to its subcommand.
set -eu
image=$1 kernel=$2 initrd=$3 mirror=$4
shift 4
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || :; rm -rf "$folder"' EXIT
ip link set lo up
"$1" -m jdk.httpserver -b 127.0.0.1 -p 8000 -d "$mirror" -o info >"$folder/requests" 2>&1 &
status=0
"$@" boot --cpus 1 --memory 640M --kernel "$kernel" --initrd "$initrd" --cmdline 'console=ttyS0 loglevel=1 panic=-1' --disk "path=$image,ro" \
    --net user >"$folder/console" 2>"$folder/errors" </dev/null || status=$?
echo "RESULT jvmm $status"
echo "RESULT gets $(grep -c '"GET .*" 200' "$folder/requests" || :)"
tr -d '\r' <"$folder/console" | grep -a RESULT
tr -d '\r' <"$folder/console" | grep -av RESULT >&2
cat "$folder/requests" "$folder/errors" >&2
