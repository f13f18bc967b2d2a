# labels.pl size|read|write DEVICE [TEXT]: the label area of /dev/nmem0 or another, by the ioctls of linux/ndctl.h; TEXT is its end.
use strict;
use warnings;

my ($what, $name, $text) = @ARGV;
my $room = 64;
open(my $device, '+<', $name) or die "$name: $!";

my $size = pack('L3', 0, 0, 0);
ioctl($device, 0xc00c4e04, $size) or die "size: $!"; # ND_IOCTL_GET_CONFIG_SIZE
my ($status, $bytes) = unpack('L2', $size);
$status == 0 or die "size: status $status";
if ($what eq 'size') {
    print "$bytes\n";
} elsif ($what eq 'read') {
    my $data = pack('L3', $bytes - $room, $room, 0) . "\0" x $room;
    ioctl($device, 0xc00c4e05, $data) or die "read: $!"; # ND_IOCTL_GET_CONFIG_DATA
    (unpack('L3', $data))[2] == 0 or die 'read: bad status';
    print unpack('Z*', substr($data, 12)), "\n";
} else {
    my $data = pack('L2', $bytes - $room, $room) . pack("a$room", $text) . pack('L', 0);
    ioctl($device, 0xc0084e06, $data) or die "write: $!"; # ND_IOCTL_SET_CONFIG_DATA
    unpack('L', substr($data, 8 + $room)) == 0 or die 'write: bad status';
}
