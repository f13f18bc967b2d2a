# mapped.pl FILE shared|sync TEXT: writes TEXT to the second page of FILE through a map, with MAP_SYNC or without, and reads it by read(2).
# Ends with the errno of mmap(2) where that fails.
use strict;
use warnings;
use IO::Handle;

my ($name, $kind, $text) = @ARGV;
my ($size, $flags) = (8192, $kind eq 'sync' ? 0x80003 : 1); # MAP_SYNC | MAP_SHARED_VALIDATE, MAP_SHARED
open(my $file, '+>', $name) or die "$name: $!";
truncate($file, $size) or die "$name: $!";
my $at = syscall(9, 0, $size, 3, $flags, fileno($file), 0); # mmap(2)
exit(0 + $!) if $at == -1;
pipe(my $out, my $in) or die $!;
syswrite($in, $text) == length($text) or die $!;
syscall(0, fileno($out), $at + 4096, length($text)) == length($text) or die "the map can not be written: $!"; # read(2) into the map
unpack('P' . length($text), pack('Q', $at + 4096)) eq $text or die 'the map has something else';
if ($kind ne 'sync') {
    syscall(26, $at, $size, 4) == 0 or die "msync: $!"; # MS_SYNC
}
sysseek($file, 4096, 0);
sysread($file, my $found, length($text));
$found eq $text or die 'the file has something else';
