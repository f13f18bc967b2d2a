# fsync.pl write DIR ROUND     writes and fsyncs without end, and says "ACK ROUND KIND NUMBER" when a piece must be on the disk
# fsync.pl check DIR           reads such lines, and dies unless DIR has every piece
#
# Kinds: "log" appends to one file, "file" makes a new one, "name" replaces one by rename.
use strict;
use warnings;
use IO::Handle;

my ($mode, $dir, $round) = @ARGV;
$| = 1;

# What a piece is made of: different for each, and of many lengths.
sub piece {
    my ($round, $kind, $number) = @_;
    my $line = "$kind $round $number\n";
    return substr($line x 800, 0, 4096 + $number % 7 * 512 - 1) . "\n";
}

sub store {
    my ($way, $path, $data) = @_;
    open(my $file, $way, $path) or die "$path: $!";
    print $file $data or die "$path: $!";
    $file->flush and $file->sync or die "fsync of $path: $!";
    close($file) or die "$path: $!";
}

sub sync_folder {
    open(my $folder, '<', $dir) or die "$dir: $!";
    $folder->sync or die "fsync of $dir: $!";
}

sub slurp {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path is lost: $!";
    local $/;
    my $data = <$file>;
    return defined $data ? $data : '';
}

if ($mode eq 'write') {
    if (fork() == 0) { # keep the disk busy with what nobody asked to be kept
        for (my $i = 0;; $i++) {
            open(my $file, '>', "$dir/noise" . $i % 4) or die $!;
            print $file chr(65 + $i % 26) x (1 << 20);
            close($file);
        }
    }
    for (my $i = 1;; $i++) {
        store('>>', "$dir/log$round", piece($round, 'log', $i));
        print "ACK $round log $i\n";
        if ($i % 3 == 0) {
            store('>', "$dir/file$round-$i", piece($round, 'file', $i));
            sync_folder();
            print "ACK $round file $i\n";
        }
        if ($i % 4 == 0) {
            store('>', "$dir/name$round.new", piece($round, 'name', $i));
            rename("$dir/name$round.new", "$dir/name$round") or die $!;
            sync_folder();
            print "ACK $round name $i\n";
        }
    }
}

my (%logs, %names, $count);
while (my $line = <STDIN>) {
    my ($of, $kind, $number) = $line =~ /^ACK (\d+) (log|file|name) (\d+)\n/ or die "no acknowledgement: $line";
    $count++;
    $logs{$of} = $number if $kind eq 'log';
    $names{$of} = $number if $kind eq 'name';
    slurp("$dir/file$of-$number") eq piece($of, 'file', $number) or die "file $of-$number is not as it was acknowledged\n" if $kind eq 'file';
}
for my $of (keys %logs) {
    my $expected = join('', map { piece($of, 'log', $_) } 1 .. $logs{$of});
    substr(slurp("$dir/log$of"), 0, length($expected)) eq $expected or die "log $of is not as it was acknowledged\n";
}
for my $of (keys %names) { # a later one may be there: its fsync was just not acknowledged yet
    my ($number) = slurp("$dir/name$of") =~ /^name $of (\d+)\n/ or die "name $of is damaged\n";
    $number >= $names{$of} && slurp("$dir/name$of") eq piece($of, 'name', $number) or die "name $of is not as it was acknowledged\n";
}
print "found all of $count\n";
