#!/bin/bash
# host.sh TOOLS KERNEL INITRD MIB REQUESTS CONNECTIONS MTU JVMM...
# In the lab: a guest with a card of one queue pair on a TAP of that MTU, one of four pairs and MTU 9000 on another, and one on the user network; see job.
# Prints what the guest has found, "RESULT NAME VALUE". JVMM... is the command up to its subcommand.
set -eu
tools=$1 kernel=$2 initrd=$3 mib=$4 requests=$5 connections=$6 mtu=$7
shift 7
here=$(dirname -- "$(readlink -f -- "$0")")
folder=$(mktemp -d)
tool() { "$tools/root/lib64/ld-linux-x86-64.so.2" --library-path "$tools/root/lib" "$tools/root/$1" "${@:2}"; }
net() { perl "$here/net.pl" "$@"; }
trap 'kill $(jobs -p) 2>/dev/null || :; ip link del ifb0 2>/dev/null || :; ip link del one 2>/dev/null || :; ip link del four 2>/dev/null || :; rm -rf "$folder"' EXIT

for module in tun sch_netem sch_ingress cls_u32 act_mirred; do modprobe "$module"; done
ip link set lo up
ip tuntap add dev one mode tap vnet_hdr
ip tuntap add dev four mode tap vnet_hdr multi_queue
ip addr add 192.168.50.1/24 dev one
ip addr add fd50::1/64 dev one nodad
ip addr add 192.168.51.1/24 dev four
ip link set one mtu "$mtu" up
ip link set four mtu 9000 up

head -c 1048576 /dev/urandom >"$folder/block"
# Each connection is slow where packets are lost, so several share the load.
streams=$((mib < 8 ? mib : 8))
stream() { local i; for ((i = 0; i < mib / streams; i++)); do cat "$folder/block"; done; }
mkdir "$folder/www"
head -c 20000 "$folder/block" >"$folder/www/file"
tool usr/bin/iperf3 -s >/dev/null &
"$tools/root/bin/busybox" httpd -f -p 8080 -h "$folder/www" &
net echo 7000 &
for ((i = 0; i < streams; i++)); do
    net sink $((7100 + i)) | sha256sum | cut -c 1-64 >"$folder/in.$i" &
    stream | net source $((7200 + i)) &
done

mkfifo "$folder/input"
exec 3<>"$folder/input"
"$@" boot --cpus 4 --memory 768M --kernel "$kernel" --initrd "$initrd" --cmdline 'console=ttyS0 loglevel=1 panic=-1' \
    --disk "path=$tools/image,ro" --net tap=one --net tap=four,queues=4,mtu=9000 --net user <&3 >"$folder/console" 2>"$folder/errors" &
vm=$!
await() { # await WORD: until the guest has said it, or ends
    until grep -aq "RESULT $1" "$folder/console"; do
        kill -0 $vm 2>/dev/null || return 1
        sleep 0.2
    done
}
echo "set $((mib / streams)) $streams $requests $connections" >&3
await clean || :
# Both ways: what the host sends to the guest leaves the TAP, what the guest sends comes in there.
tc qdisc add dev one root netem limit 20000 loss 5% delay 1ms reorder 25% 50%
ip link add ifb0 type ifb
ip link set ifb0 up
tc qdisc add dev ifb0 root netem limit 20000 loss 5% delay 1ms reorder 25% 50%
tc qdisc add dev one ingress
tc filter add dev one parent ffff: protocol all u32 match u8 0 0 action mirred egress redirect dev ifb0
echo rough >&3
await rough || :
status=0
wait $vm || status=$?
echo "RESULT jvmm $status"
echo "RESULT sent ${streams}x$(stream | sha256sum | cut -c 1-64)"
echo "RESULT in $(sort "$folder"/in.* | uniq -c | awk '{ printf "%sx%s", $1, $2 }')"
tr -d '\r' <"$folder/console" | grep -a RESULT
cat "$folder/errors" >&2
