# Connections for the tests of networks, on both sides.
#   source PORT | sink PORT          listens for one; standard input to it, or from it to standard output
#   send HOST PORT | receive HOST PORT   the same, as who connects
#   echo PORT                        gives everybody's bytes back, for ever
#   many HOST PORT N                 N connections to an echo at once, a line over each; prints how many were right
#   get HOST PORT PATH N             N requests by HTTP, one after the other; prints how many had the file's length and "200"
use strict;
use warnings;
use Socket qw(:all);

my ($mode, @rest) = @ARGV;
$SIG{PIPE} = 'IGNORE';

sub dial {
    my ($host, $port) = @_;
    my ($error, @found) = getaddrinfo($host, $port, { socktype => SOCK_STREAM, flags => AI_NUMERICHOST });
    die "$host: $error" if $error;
    socket(my $to, $found[0]{family}, SOCK_STREAM, 0) or die $!;
    connect($to, $found[0]{addr}) or die "$host $port: $!";
    return $to;
}

sub listener {
    socket(my $at, AF_INET6, SOCK_STREAM, 0) or die $!;
    setsockopt($at, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    setsockopt($at, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($at, pack_sockaddr_in6($_[0], IN6ADDR_ANY)) or die $!;
    listen($at, 2048) or die $!;
    return $at;
}

sub copy {
    my ($from, $to) = @_;
    while (my $n = sysread($from, my $bytes, 65536)) {
        my $done = 0;
        while ($done < $n) { $done += syswrite($to, $bytes, $n - $done, $done) // die $! }
    }
}

sub sends { copy(\*STDIN, $_[0]); shutdown($_[0], 1); sysread($_[0], my $end, 1) }

if ($mode eq 'source' || $mode eq 'sink') {
    accept(my $peer, listener($rest[0])) or die $!;
    $mode eq 'source' ? sends($peer) : copy($peer, \*STDOUT);
} elsif ($mode eq 'send') {
    sends(dial(@rest));
} elsif ($mode eq 'receive') {
    copy(dial(@rest), \*STDOUT);
} elsif ($mode eq 'echo') {
    my $at = listener($rest[0]);
    my %peers;
    while (1) {
        my $wanted = '';
        vec($wanted, fileno($_), 1) = 1 for $at, values %peers;
        select(my $ready = $wanted, undef, undef, undef);
        if (vec($ready, fileno($at), 1) && accept(my $peer, $at)) { $peers{ fileno($peer) } = $peer }
        for my $peer (values %peers) {
            next unless vec($ready, fileno($peer), 1);
            if (sysread($peer, my $bytes, 65536)) { syswrite($peer, $bytes) }
            else { delete $peers{ fileno($peer) }; close($peer) }
        }
    }
} elsif ($mode eq 'many') {
    my ($host, $port, $count) = @rest;
    my @open = map { dial($host, $port) } 1 .. $count;
    syswrite($open[$_], "line of $_\n") for 0 .. $#open;
    my $right = 0;
    for my $i (0 .. $#open) {
        my $line = '';
        while ($line !~ /\n/) { sysread($open[$i], $line, 100, length $line) or last }
        $right++ if $line eq "line of $i\n";
    }
    print "$right\n";
} elsif ($mode eq 'get') {
    my ($host, $port, $path, $count) = @rest;
    my $right = 0;
    for (1 .. $count) {
        my $to = dial($host, $port);
        syswrite($to, "GET $path HTTP/1.0\r\n\r\n");
        my $all = '';
        1 while sysread($to, $all, 65536, length $all);
        my ($length) = $all =~ /Content-Length: (\d+)/i;
        my $body = index($all, "\r\n\r\n") + 4;
        $right++ if $all =~ m{^HTTP/1\.. 200} && length($all) - $body == $length;
    }
    print "$right\n";
}
