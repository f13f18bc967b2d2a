# perl torture.pl DIR MAPPED SCALE: what programs do to a file system, in DIR of a share, and prints "RESULT NAME ok" or why not. MAPPED is the
# program of mapped.c, or "none" where memory maps are not to be tried. SCALE multiplies
# how often.
use strict;
use warnings;
use Fcntl qw(:DEFAULT :flock :seek);
use Errno;
use POSIX qw(:sys_wait_h);
my ($dir, $mapped, $scale) = @ARGV;
chdir $dir or die "$dir: $!\n";
$| = 1;

sub try_ {
    my ($name, $work) = @_;
    mkdir $name or die "$name: $!\n";
    chdir $name;
    eval { $work->() };
    my $why = $@;
    $why =~ s/\s+/ /g;
    print "RESULT $name ", ($why eq '' ? 'ok' : $why), "\n";
    chdir '..';
}

# several WORK: runs it in 4 processes at once, each of which gets its number; each must end well.
sub several {
    my ($work) = @_;
    my @children;
    for my $number (0 .. 3) {
        my $child = fork // die "fork: $!\n";
        if ($child == 0) {
            eval { $work->($number) };
            print STDERR "child $number: $@" if $@;
            POSIX::_exit($@ ? 1 : 0);
        }
        push @children, $child;
    }
    my $bad = 0;
    for my $child (@children) { waitpid $child, 0; $bad++ if $? }
    die "$bad of 4 processes failed\n" if $bad;
}

sub put {
    my ($file, $text) = @_;
    open my $out, '>', $file or die "$file: $!\n";
    print $out $text;
    close $out or die "close $file: $!\n";
}

sub get {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!\n";
    local $/;
    return scalar <$in> // '';
}

sub same { my ($what, $is, $should) = @_; die "$what is '$is', not '$should'\n" if $is ne $should; }

try_('writers', sub {
    several(sub {
        my ($n) = @_;
        sysopen(my $own, "own$n", O_RDWR | O_CREAT) or die "own$n: $!\n";
        sysopen(my $all, 'all', O_RDWR | O_CREAT) or die "all: $!\n";
        for my $i (0 .. 15) {
            my $block = chr(65 + $n) x 5000 . sprintf('%03d', $i);
            sysseek $own, $i * 5003, SEEK_SET;
            syswrite($own, $block) == 5003 or die "write: $!\n";
            sysseek $all, ($i * 4 + $n) * 100, SEEK_SET;
            syswrite($all, chr(65 + $n) x 100) == 100 or die "write: $!\n";
        }
    });
    for my $n (0 .. 3) { same("own$n", get("own$n"), join '', map { chr(65 + $n) x 5000 . sprintf('%03d', $_) } 0 .. 15); }
    same('all', get('all'), join('', map { chr(65 + $_) x 100 } 0 .. 3) x 16);
});

try_('renames', sub {
    put("f$_", "content $_") for 0 .. 15;
    mkdir "d$_" for 0 .. 3;
    several(sub {
        my ($n) = @_;
        for my $i (1 .. 20 * $scale) {
            my $k = $n * 4 + $i % 4;
            my ($here, $there) = ("f$k", 'd' . (($i + $n) % 4) . "/g$k");
            rename $here, $there or die "rename $here $there: $!\n";
            rename $there, $here or die "rename $there $here: $!\n";
        }
        # each takes a directory away from under nobody's feet
        mkdir "own$n";
        put("own$n/x", 'x');
        rename "own$n", "d$n/moved" or die "rename of a directory: $!\n";
        same('moved', get("d$n/moved/x"), 'x');
    });
    same("f$_", get("f$_"), "content $_") for 0 .. 15;
    put('a', 'new');
    put('b', 'old');
    rename 'a', 'b' or die "rename over: $!\n";
    same('b', get('b'), 'new');
    die "a is there still\n" if -e 'a';
    die "rename over a full directory\n" if rename 'd0', 'd1';
});

try_('links', sub {
    put('one', 'text');
    link 'one', "l$_" or die "link: $!\n" for 0 .. 9;
    same('links', (stat 'one')[3], 11);
    same('inode', (stat 'l3')[1], (stat 'one')[1]);
    symlink '../links/one', 's' or die "symlink: $!\n";
    same('readlink', readlink 's', '../links/one');
    same('through it', get('s'), 'text');
    unlink 'one', map { "l$_" } 0 .. 8;
    same('links', (stat 'l9')[3], 1);
    my $long = 'x' x 255;
    put($long, 'long');
    same('long', get($long), 'long');
    die "a name of 256 bytes\n" if open my $f, '>', 'y' x 256;
    die "mkfifo: $!\n" unless POSIX::mkfifo('fifo', 0600);
    die "no fifo\n" unless -p 'fifo';
});

# Kata #9700: open, unlink, and then everything that has a descriptor and no name.
try_('unlinked', sub {
    sysopen(my $f, 'gone', O_RDWR | O_CREAT) or die "$!\n";
    syswrite $f, 'a' x 10000;
    unlink 'gone' or die "unlink: $!\n";
    truncate $f, 5000 or die "ftruncate: $!\n";
    same('size', (stat $f)[7], 5000);
    sysseek $f, 4999, SEEK_SET;
    syswrite($f, 'bc') == 2 or die "write: $!\n";
    sysseek $f, 4998, SEEK_SET;
    sysread $f, my $text, 10;
    same('text', $text, 'abc');
    chmod 0600, $f or die "fchmod: $!\n";
    same('mode', (stat $f)[2] & 07777, 0600);
    put('gone', 'another');
    same('size', (stat $f)[7], 5001);
    same('another', get('gone'), 'another');
    close $f or die "close: $!\n";
});

try_('locks', sub {
    put('count', '0');
    several(sub {
        for my $i (1 .. 5 * $scale) {
            sysopen(my $f, 'count', O_RDWR) or die "$!\n";
            # struct flock: type, whence, start, length, pid
            my $lock = pack('s s x4 q q i x4', F_WRLCK, SEEK_SET, 0, 0, 0);
            # Not F_SETLKW: where an unlock and the next one's lock overtake each other, Linux's client sleeps 30 s (P9_LOCK_TIMEOUT).
            until (fcntl $f, F_SETLK, my $asked = $lock) {
                die "lock: $!\n" unless $!{EAGAIN} || $!{EACCES};
                select undef, undef, undef, 0.01;
            }
            sysread $f, my $number, 100;
            sysseek $f, 0, SEEK_SET;
            syswrite $f, $number + 1;
            $lock = pack('s s x4 q q i x4', F_UNLCK, SEEK_SET, 0, 0, 0);
            fcntl($f, F_SETLK, $lock) or die "unlock: $!\n";
        }
    });
    same('count', get('count'), 20 * $scale);
});

try_('xattrs', sub {
    put('file', '');
    my ($file, $name, $value) = ("file\0", "user.test\0", 'v' x 300);
    syscall(188, $file, $name, $value, 300, 0) == 0 or die "setxattr: $!\n";
    my $buffer = "\0" x 400;
    same('length', syscall(191, $file, $name, $buffer, 400), 300);
    same('value', substr($buffer, 0, 300), $value);
    my $got = syscall(194, $file, $buffer, 400);
    same('list', join(' ', grep { $_ eq 'user.test' } split /\0/, substr($buffer, 0, $got)), 'user.test');
    syscall(197, $file, $name) == 0 or die "removexattr: $!\n";
    die "it is there still\n" if syscall(191, $file, $name, $buffer, 400) >= 0;
});

try_('sparse', sub {
    sysopen(my $f, 'hole', O_RDWR | O_CREAT) or die "$!\n";
    sysseek $f, 5_000_000_000, SEEK_SET;
    syswrite $f, 'end';
    close $f;
    my @s = stat 'hole';
    same('size', $s[7], 5_000_000_003);
    open my $in, '<', 'hole';
    sysseek $in, 4_999_999_998, SEEK_SET;
    sysread $in, my $text, 10;
    same('end', $text, "\0\0end");
});

try_('times', sub {
    put('file', 'x');
    utime 1000, 2000, 'file' or die "utime: $!\n";
    my @s = stat 'file';
    same('times', "$s[8] $s[9]", '1000 2000');
    chmod 06751, 'file';
    same('mode', sprintf('%o', (stat 'file')[2] & 07777), '6751');
    chown 12, 34, 'file' or die "chown: $!\n";
    @s = stat 'file';
    same('owner', "$s[4] $s[5]", '12 34');
});

try_('many', sub {
    my $count = 200 * $scale;
    put("name-$_", $_) for 1 .. $count;
    opendir my $d, '.';
    my @names = grep { !/^\.\.?$/ } readdir $d;
    closedir $d;
    same('names', scalar @names, $count);
    my %seen;
    $seen{$_}++ for @names;
    same('different ones', scalar keys %seen, $count);
    # removed while it is read, as rm -r does
    opendir $d, '.';
    my $removed = 0;
    while (defined(my $name = readdir $d)) {
        next if $name =~ /^\./;
        unlink $name or die "unlink $name: $!\n";
        $removed++;
    }
    same('removed', $removed, $count);
    my $deep = join '/', ('d') x 60;
    my $path = '';
    for (1 .. 60) { $path .= 'd/'; mkdir $path or die "$path: $!\n" }
    put("${path}x", 'deep');
    same('deep', get("$deep/x"), 'deep');
});

try_('fsync', sub {
    require IO::Handle;
    open my $f, '>', 'file' or die "$!\n";
    print $f 'text';
    $f->flush;
    $f->sync or die "fsync: $!\n";
    my ($here, $buffer) = (".\0", "\0" x 200);
    syscall(137, $here, $buffer) == 0 or die "statfs: $!\n";
    my ($type, $bsize, $blocks) = unpack 'q q q', $buffer;
    die "no size\n" unless $bsize > 0 && $blocks > 0;
});

if ($mapped ne 'none') {
    try_('mapped', sub { system($mapped, 'file') == 0 or die "status $?\n" });
}
