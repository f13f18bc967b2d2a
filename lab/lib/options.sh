# The options of lab/run and its kin. Sourced after common.sh.

# print_help: the comment at the script's top.
print_help() { sed -n '2,/^[^#]/{/^[^#]/q;s/^#$//;s/^# //;p}' "$0"; }

# accepts NAME: does the script's own help know the option?
accepts() { print_help | grep -qwFe "$1"; }

# parse_options ARG...: sets the variables below, and words to what is left, from the first word that is no option on.
parse_options() {
    memory='' update='' initrd='' init='' job='' fresh='' cpus=2 scratch='' stdin='' verbose='' kernel_words='' qemu_words=() words=()
    while (($# > 0)); do
        case $1 in
        --) shift && break ;;
        -h | --help) print_help && exit 0 ;;
        --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
        -?*) accepts "$1" || usage_error "no option $1" ;;
        *) break ;;
        esac
        case $1 in
        -i | --stdin) stdin=yes && shift && continue ;;
        -v | --verbose) verbose=yes && shift && continue ;;
        --fresh) fresh=yes && shift && continue ;;
        --update) update=yes && shift && continue ;;
        --print) shift && continue ;;
        esac
        (($# > 1)) || usage_error "$1 needs a value"
        case $1 in
        -t | --timeout) whole "$2" && timeout=$2 || usage_error "$1 wants a number of seconds, not '$2'" ;;
        -m | --memory) whole "$2" && memory=$2 || usage_error "$1 wants a number of MiB, not '$2'" ;;
        -c | --cpus) whole "$2" && cpus=$2 || usage_error "$1 wants a number, not '$2'" ;;
        -o | --owner) whole "$2" && owner=$2 || usage_error "$1 wants a process id, not '$2'" ;;
        -s | --scratch) scratch=$(readlink -e -- "$2") && [[ -d $scratch && -w $scratch ]] || usage_error "$1: '$2' is no directory that can be written to" ;;
        -f | --file) file=$2 ;;
        --kernel-arg) kernel_words+=" $2" ;;
        --qemu-arg) qemu_words+=("$2") ;;
        --initrd) initrd=$2 ;;
        --init) init=$2 ;;
        --job) job=$2 ;;
        *) usage_error "no option $1" ;;
        esac
        shift 2
    done
    words=("$@")
}
