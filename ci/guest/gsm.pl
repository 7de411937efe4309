#!/usr/bin/perl
# gsm.pl TTY - asks the modem on TTY for a multiplexer and hands the line to the kernel's own (n_gsm): /dev/gsmtty1 to 4 are its
# channels until SIGTERM comes; then the modem is told (CLD), and has to answer AT as before. ldattach of util-linux does the first
# half, but Linux 6.1 refuses its configuration (k has to be 0).
use strict;
use warnings;
use POSIX;
$| = 1;

my ($path) = @ARGV;
use constant { N_TTY => 0, N_GSM0710 => 21, TIOCSETD => 0x5423, GSMIOC_GETCONF => 0x804C4700, GSMIOC_SETCONF => 0x404C4701 };
use constant B115200 => 0x1002;

sysopen(my $tty, $path, O_RDWR | O_NOCTTY) or die "$path: $!\n";

sub raw {
	my $t = POSIX::Termios->new;
	$t->getattr(fileno $tty);
	$t->setiflag(0);
	$t->setoflag(0);
	$t->setlflag(0);
	$t->setcflag(CS8 | CREAD | CLOCAL);
	$t->setospeed(B115200);
	$t->setispeed(B115200);
	$t->setattr(fileno $tty, TCSANOW) or die "$path: $!\n";
}

sub ask {
	my ($line) = @_;
	my $said = '';
	alarm 30;
	syswrite $tty, "$line\r";
	while ($said !~ /\r\nOK\r\n$/) {
		sysread $tty, $said, 100, length $said or die "$path: $!\n";
	}
	alarm 0;
}

sub discipline {
	my $n = pack 'i', $_[0];
	ioctl $tty, TIOCSETD, $n or die "TIOCSETD: $!\n";
}

raw;
ask 'AT+CMUX=0';
discipline N_GSM0710;
my $conf = "\0" x 76;
ioctl $tty, GSMIOC_GETCONF, $conf or die "GSMIOC_GETCONF: $!\n";
my @c = unpack 'L19', $conf;
@c[1, 2, 7, 8, 9] = (0, 1, 127, 127, 0); # the basic option, this end begins, frames of 127 octets both ways, k
$conf = pack 'L19', @c;
ioctl $tty, GSMIOC_SETCONF, $conf or die "GSMIOC_SETCONF: $!\n";
print "multiplexed\n";

my $end = POSIX::SigSet->new(SIGTERM);
my $before = POSIX::SigSet->new;
$SIG{TERM} = sub { };
sigprocmask(SIG_BLOCK, $end, $before);
sigsuspend($before);
discipline N_TTY;
raw;
syswrite $tty, "\xf9\x03\xef\x05\xc3\x01\xf2\xf9";
select undef, undef, undef, 1;
tcflush fileno $tty, TCIFLUSH;
ask 'AT';
print "commands again\n";
