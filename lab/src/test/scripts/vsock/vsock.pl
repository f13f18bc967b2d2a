# Connections for the tests of vsock, on both sides. AT is CID:PORT in a guest (or on a host with vhost), PORT to listen there, or the path of a Unix socket;
# with "via:PATH:PORT" a guest's port is asked for at the device's socket.
#   send AT | receive AT             standard input to it, or from it to standard output
#   ask AT TEXT                      sends that, ends its sending, and prints the answer
#   answer AT                        listens, and answers each with what it said, reversed, when its sending has ended
#   echo AT                          listens, and gives everybody's bytes back, for ever
#   many AT N                        N connections to an echo at once, a line over each; prints how many were right
#   churn AT N                       N connections, one after the other, a byte each way; prints how many were right
#   messages AT N                    N messages of growing length to an echo of messages, SOCK_SEQPACKET; prints how many came back whole
#   stuck AT                         connects and never reads; says "stuck" and waits for ever
#   flood AT                         listens, and writes to one until nothing moves for a while; prints "stuck", and waits for ever
#   killed AT                        listens, reads a little from one, and dies
#   receiver-ended AT                listens, and writes to one until that fails
use strict;
use warnings;
use Socket qw(:all);

my ($mode, $at, @rest) = @ARGV;
my $VSOCK = 40;
my $type = $mode =~ /^message/ ? SOCK_SEQPACKET : SOCK_STREAM;
$SIG{PIPE} = 'IGNORE';
$| = 1;

sub vsock { pack('SSLLx4', $VSOCK, 0, $_[1], $_[0]) }

sub dial {
    my $to;
    if ($at =~ /^via:(.*):(\d+)$/) {
        socket($to, AF_UNIX, SOCK_STREAM, 0) && connect($to, pack_sockaddr_un($1)) or die "$at: $!";
        syswrite($to, "CONNECT $2\n");
        my $line = '';
        while ($line !~ /\n/) { sysread($to, $line, 1, length $line) or die "$at: refused\n" }
        $line =~ /^OK \d+\n/ or die "$at: $line";
    } elsif ($at =~ /^(\d+):(\d+)$/) {
        socket($to, $VSOCK, $type, 0) && connect($to, vsock($1, $2)) or die "$at: $!\n";
    } else {
        socket($to, AF_UNIX, $type, 0) && connect($to, pack_sockaddr_un($at)) or die "$at: $!\n";
    }
    return $to;
}

sub listener {
    my $on;
    if ($at =~ /^\d+$/) {
        socket($on, $VSOCK, $type, 0) && bind($on, vsock(0xFFFFFFFF, $at)) or die "$at: $!";
    } else {
        unlink $at;
        socket($on, AF_UNIX, $type, 0) && bind($on, pack_sockaddr_un($at)) or die "$at: $!";
    }
    listen($on, 2048) or die $!;
    return $on;
}

sub whole { my ($to, $bytes) = @_; my $done = 0; while ($done < length $bytes) { $done += syswrite($to, $bytes, 65536, $done) // die "$at: $!\n" } }

sub copy {
    my ($from, $to) = @_;
    while (my $n = sysread($from, my $bytes, 65536)) { whole($to, $bytes) }
}

sub reply { # one line, from a connection
    my ($from, $length) = @_;
    my $got = '';
    while (length $got < $length) { sysread($from, $got, $length - length $got, length $got) or last }
    return $got;
}

if ($mode eq 'send') {
    my $to = dial();
    copy(\*STDIN, $to);
    shutdown($to, 1);
    sysread($to, my $end, 1);
} elsif ($mode eq 'receive') {
    copy(dial(), \*STDOUT);
} elsif ($mode eq 'ask') {
    my $to = dial();
    whole($to, $rest[0]);
    shutdown($to, 1);
    copy($to, \*STDOUT);
} elsif ($mode eq 'answer') {
    my $on = listener();
    while (accept(my $peer, $on)) {
        my $all = '';
        while (sysread($peer, my $bytes, 65536)) { $all .= $bytes }
        whole($peer, scalar reverse $all);
        close $peer;
    }
} elsif ($mode eq 'echo' || $mode eq 'messages-echo') {
    my $on = listener();
    my %peers;
    while (1) {
        my $wanted = '';
        vec($wanted, fileno($_), 1) = 1 for $on, values %peers;
        select(my $ready = $wanted, undef, undef, undef);
        if (vec($ready, fileno($on), 1) && accept(my $peer, $on)) { $peers{ fileno($peer) } = $peer }
        for my $peer (values %peers) {
            next unless vec($ready, fileno($peer), 1);
            if (sysread($peer, my $bytes, 262144)) { syswrite($peer, $bytes) }
            else { delete $peers{ fileno($peer) }; close($peer) }
        }
    }
} elsif ($mode eq 'many') {
    my @all = map { dial() } 1 .. $rest[0];
    my $right = 0;
    syswrite($all[$_], "line $_\n") for 0 .. $#all;
    for (0 .. $#all) { my $line = "line $_\n"; $right++ if reply($all[$_], length $line) eq $line }
    print "$right\n";
} elsif ($mode eq 'churn') {
    my $right = 0;
    for (1 .. $rest[0]) {
        my $to = dial();
        syswrite($to, 'x');
        $right++ if reply($to, 1) eq 'x';
    }
    print "$right\n";
} elsif ($mode eq 'messages') {
    my $to = dial();
    my $right = 0;
    for (1 .. $rest[0]) {
        my $message = chr(64 + $_ % 64) x (17 * $_ * $_ % 100_000 + 1);
        syswrite($to, $message) // die "$at: $!";
        sysread($to, my $back, 262144) // die "$at: $!";
        $right++ if $back eq $message;
    }
    print "$right\n";
} elsif ($mode eq 'flood') {
    accept(my $peer, listener()) or die $!;
    my ($moves, $said) = (1, 0);
    $SIG{ALRM} = sub { print "stuck\n" if !$moves && !$said++; $moves = 0; alarm 2 };
    alarm 2;
    while (1) {
        if (syswrite($peer, 'x' x 65536)) { $moves = 1 } elsif (!$!{EINTR}) { last }
    }
} elsif ($mode eq 'killed') {
    accept(my $peer, listener()) or die $!;
    sysread($peer, my $bytes, 100_000);
    kill 9, $$;
} elsif ($mode eq 'receiver-ended') {
    accept(my $peer, listener()) or die $!;
    1 while syswrite($peer, 'x' x 1000);
    print "RESULT receiver-ended yes\n";
} elsif ($mode eq 'stuck') {
    my $to = dial();
    print "stuck\n";
    sleep 1 while 1;
}
