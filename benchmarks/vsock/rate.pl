# Bytes through vsock, one connection for each direction, on both sides. All are made of one block, so sums are known beforehand.
#   host AT out|in MIB     listens at AT, a Unix socket's path or a port of AF_VSOCK, for the guest; prints MiB per second as the host sees it, from the
#                          connection to the guest's word that all has come, and whether the checksums of both sides agree
#   guest PORT out|in MIB  connects to the host; sends, or takes and says the checksum
use strict;
use warnings;
use Socket qw(:all);

my ($mode, $at, $way, $mib) = @ARGV;
my $VSOCK = 40;
my $block = join('', map { chr(($_ * 7 + ($_ >> 8)) & 255) } 0 .. 65535);
$| = 1;

# a sum that costs little, as perl is slow where the machine is: positions and lengths matter to it as much as bytes
sub sum { my ($sum, $bytes) = @_; return ($sum * 31 + length($bytes) + unpack('%32V*', $bytes)) & 0xFFFFFFFF }

sub sends {
    my $to = $_[0];
    my $left = $mib * 16;
    while ($left-- > 0) {
        my $done = 0;
        while ($done < 65536) { $done += syswrite($to, $block, 65536 - $done, $done) // die "write: $!\n" }
    }
}

# whole blocks, so that both sides sum up the same pieces
sub takes {
    my $from = $_[0];
    my ($left, $sum) = ($mib * 16, 0);
    while ($left-- > 0) {
        my $bytes = '';
        while (length $bytes < 65536) { sysread($from, $bytes, 65536 - length $bytes, length $bytes) or die "read: $!\n" }
        $sum = sum($sum, $bytes);
    }
    return $sum;
}

sub expected { my $sum = 0; $sum = sum($sum, $block) for 1 .. $mib * 16; return $sum }

if ($mode eq 'guest') {
    my $to;
    socket($to, $VSOCK, SOCK_STREAM, 0) && connect($to, pack('SSLLx4', $VSOCK, 0, $at, 2)) or die "connect: $!\n";
    if ($way eq 'out') { sends($to) } else { syswrite($to, pack('V', takes($to))) }
    shutdown($to, 1);
    sysread($to, my $end, 1);
} else {
    require Time::HiRes;
    my $on;
    if ($at =~ /^\d+$/) {
        socket($on, $VSOCK, SOCK_STREAM, 0) && bind($on, pack('SSLLx4', $VSOCK, 0, $at, 0xFFFFFFFF)) or die "bind: $!";
    } else {
        socket($on, AF_UNIX, SOCK_STREAM, 0) && bind($on, pack_sockaddr_un($at)) or die "bind: $!";
    }
    listen($on, 1) or die $!;
    my $sum = expected();
    print STDERR "listening\n";
    accept(my $peer, $on) or die $!;
    my $start = Time::HiRes::time();
    my $other;
    if ($way eq 'out') {
        $other = takes($peer);
    } else {
        sends($peer);
        my $word = '';
        while (length $word < 4) { sysread($peer, $word, 4 - length $word, length $word) or die "read: $!\n" }
        $other = unpack('V', $word);
    }
    my $seconds = Time::HiRes::time() - $start;
    die "the checksums differ\n" if $other != $sum;
    printf "%.3f\n", $mib / $seconds;
}
