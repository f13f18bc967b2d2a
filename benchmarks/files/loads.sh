# Loads on a file system that is mounted: run LOAD FOLDER COUNT prints MiB, files or calls per second. TREE is the archive to unpack. Caches are
# emptied before each.
now() { cut -d " " -f 1 /proc/uptime; }
rate() { # rate AMOUNT FROM [TO]
    awk -v amount="$1" -v from="$2" -v to="${3-$(now)}" 'BEGIN { d = to - from; printf "%.2f\n", amount / (d > 0.01 ? d : 0.01) }'
}
run() { # run LOAD FOLDER COUNT
    cd "$2" || return
    sync
    echo 3 >/proc/sys/vm/drop_caches
    began=$(now)
    case $1 in
    write)
        dd if=/dev/zero of=large bs=1M count="$3" conv=fsync 2>/dev/null || return
        rate "$3" "$began"
        ;;
    read)
        dd if=large of=/dev/null bs=1M count="$3" 2>/dev/null || return
        rate "$3" "$began"
        ;;
    unpack)
        rm -rf tree
        mkdir tree
        began=$(now)
        tar -xf "$tree" -C tree || return
        ended=$(now)
        rate "$(find tree | wc -l)" "$began" "$ended"
        ;;
    stat)
        perl -e 'for my $i (1 .. $ARGV[0]) { my @s = lstat("files/" . ($i % 100)); @s or die "$!\n" }' "$3" || return
        rate "$3" "$began"
        ;;
    esac
}
