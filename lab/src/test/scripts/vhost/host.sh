#!/bin/bash
# host.sh TOOLS KERNEL INITRD MIB JVMM...
# In the lab: a guest with three cards, of one and of four queue pairs that the lab's kernel serves (vhost-net), and one that jvmm serves; see
# job. Prints what the guest has found, "RESULT NAME VALUE". JVMM... is the command up to its subcommand.
set -eu
tools=$1 kernel=$2 initrd=$3 mib=$4
shift 4
here=$(dirname -- "$(readlink -f -- "$0")")
folder=$(mktemp -d)
tool() { "$tools/root/lib64/ld-linux-x86-64.so.2" --library-path "$tools/root/lib" "$tools/root/$1" "${@:2}"; }
trap 'kill $(jobs -p) 2>/dev/null || :; for tap in one four plain; do ip link del $tap 2>/dev/null || :; done; rm -rf "$folder"' EXIT

for module in tun vhost_net; do modprobe "$module"; done
ip link set lo up
ip tuntap add dev one mode tap vnet_hdr
ip tuntap add dev four mode tap vnet_hdr multi_queue
ip tuntap add dev plain mode tap vnet_hdr
ip addr add 192.168.50.1/24 dev one
ip addr add 192.168.51.1/24 dev four
ip addr add 192.168.52.1/24 dev plain
for tap in one four plain; do ip link set $tap up; done

mkdir "$folder/www"
head -c "$((mib << 20))" /dev/urandom >"$folder/www/file"
busybox() { "$tools/root/bin/busybox" "$@"; }
tool usr/bin/iperf3 -s >/dev/null &
busybox httpd -f -p 8080 -h "$folder/www" &
for port in 7050 7051; do perl "$here/../net/net.pl" sink $port | sha256sum | cut -c 1-64 >"$folder/in-$port" & done

"$@" boot --cpus 4 --memory 768M --kernel "$kernel" --initrd "$initrd" --cmdline "console=ttyS0 loglevel=1 panic=-1" \
    --disk "path=$tools/image,ro" --net tap=one,vhost --net tap=four,queues=4,vhost --net tap=plain >"$folder/console" 2>"$folder/errors" </dev/null &
vm=$!
threads=0
while kill -0 $vm 2>/dev/null; do
    now=$(cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^vhost-' || :)
    ((now <= threads)) || threads=$now
    sleep 0.5
done
status=0
wait $vm || status=$?
sleep 1
echo "RESULT jvmm $status"
echo "RESULT threads $threads"
echo "RESULT left $(cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^vhost-' || :)"
echo "RESULT file $(sha256sum <"$folder/www/file" | cut -c 1-64)"
for port in 7050 7051; do echo "RESULT in-$port $(cat "$folder/in-$port")"; done
tr -d '\r' <"$folder/console" | grep -a RESULT
cat "$folder/errors" >&2
