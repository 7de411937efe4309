#!/bin/sh
# ppp.sh OUT - in the guest: Debian's pppd and chat dial over /dev/ttyS1 and /dev/ttyUSB0, whose other ends are emulators. Each
# session must come up with the address and name servers of the modem, ping, resolve, and fetch a file whole. One line a
# check; what the host is to do is said by lines that begin with "host:".
out=$1
cd "$(cat "$out/root")" || exit
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
failed=0
ok() { # name command...
	name=$1
	shift
	if "$@" >"$out/guest.log" 2>&1; then echo "ok - $name"; else failed=1; echo "not ok - $name"; tail -n 20 "$out/guest.log"; fi
}
b=busybox

# The files of this machine are read-only; pppd writes the name servers where the resolver is to look.
mkdir -p /run/ppp
: >/run/resolv.conf
mount --bind /run/resolv.conf /etc/resolv.conf
mount -t tmpfs etc /etc/ppp

# name port numbers...: dials and waits until the link is up, for at most so many of the guest's seconds. $pppd is its pid.
dial() { # name device number
	rm -f /run/ppp/up /run/ppp/down
	cat >/etc/ppp/ip-up <<-'U'
		#!/bin/sh
		echo "$4 $5 $DNS1 $DNS2" >/run/ppp/up.new
		mv /run/ppp/up.new /run/ppp/up
	U
	printf '#!/bin/sh\necho down >/run/ppp/down\n' >/etc/ppp/ip-down
	chmod 755 /etc/ppp/ip-up /etc/ppp/ip-down
	: >/etc/ppp/options
	pppd "$2" 115200 nodetach noauth noipdefault defaultroute usepeerdns nocrtscts local debug lcp-echo-interval 0 ipcp-restart 10 \
		lcp-restart 10 user "${4:-anybody}" password "${5:-secret}" logfile "$out/$1.pppd" ipparam "$1" connect \
		"chat -t 20 ABORT 'NO CARRIER' ABORT ERROR '' AT OK ATE0 OK 'AT+CGDCONT=1,\"IP\",\"internet\"' OK '$3' 'CONNECT 115200'" \
		>/dev/null 2>&1 &
	pppd=$!
}

is_up() {
	n=0
	while [ ! -e /run/ppp/up ]; do
		kill -0 "$pppd" 2>/dev/null && [ $n -lt 600 ] || return 1
		n=$((n + 1))
		$b usleep 200000
	done
	read -r address peer dns1 dns2 </run/ppp/up
	printf 'nameserver %s\n' "$dns1" >/run/resolv.conf
	echo "$address $peer $dns1 $dns2"
}

gone() {
	wait "$pppd"
	[ -e /run/ppp/down ]
}

hang_up() {
	kill "$pppd"
	gone
}

fetch() { # name url sum
	curl -sS --max-time 400 -o "/run/$1" "$2" && [ "$(sha256sum <"/run/$1")" = "$3" ]
}

same() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; false; }; }
fails() { # code command...
	code=$1
	shift
	"$@"
	[ $? -eq "$code" ]
}

# What holds of every link. An 8250 of QEMU lets some 30 KB/s through: it gets a smaller file.
session() { # name device number file
	dial "$1" "$2" "$3"
	ok "$1: the link comes up" is_up
	ok "$1: the address of AT+CGPADDR, pppd's own for the peer, the modem's name servers" \
		same "$address $peer $dns1 $dns2" "10.64.0.2 10.64.64.64 10.64.255.1 10.64.255.2"
	ok "$1: ping of a host of the world" $b ping -c 3 -W 20 files.test
	ok "$1: ping of a name server" $b ping -c 1 -W 20 10.64.255.2
	ok "$1: a name that is not there" fails 1 $b nslookup nobody.test
	ok "$1: a modelled server" sh -c 'curl -sS --max-time 60 http://hello.test/ | grep -q "^hello from the world$"'
	ok "$1: a port that nobody listens on is refused" fails 7 curl -sS --max-time 60 http://files.test:81/
	began=$(date +%s)
	ok "$1: $4 over HTTP, whole" fetch "$1" "http://files.test/$4" "$(cat "$out/sum.$4")"
	echo "   $1: $(($(date +%s) - began)) s"
	ok "$1: two files at once, whole" sh -c "
		curl -sS --max-time 200 http://files.test/100KB | sha256sum >/run/two & curl -sS --max-time 200 http://files.test/100KB | sha256sum >/run/one
		wait; cat /run/one; cmp /run/one /run/two && [ \"\$(cat /run/one)\" = \"$(cat "$out/sum.100KB")\" ]"
}

session ttyS1 /dev/ttyS1 'ATD*99#' 500KB
ok "ttyS1: pppd ends it" hang_up
session ttyS1-again /dev/ttyS1 'AT+CGDATA="PPP",1' 100KB
echo "host: drop"
ok "ttyS1: the network goes, and the modem ends it" gone
echo "host: up"
session ttyUSB0 /dev/ttyUSB0 'ATD*99***1#' 5MB
echo "host: terminate"
ok "ttyUSB0: the modem ends it" gone

# The same over a channel of the kernel's multiplexer, while commands run on another one.
commands() { # until $out/enough is there: each AT+CSQ has its answer; then how many there were
	stty -F /dev/gsmtty2 raw -echo clocal # this modem tells no DCD: without clocal the next line waits for it
	exec 3<>/dev/gsmtty2
	n=0
	while [ ! -e /run/enough ]; do
		printf 'AT+CSQ\r' >&3
		answer=
		while IFS= read -r line <&3; do
			line=$(printf %s "$line" | tr -d '\r')
			[ "$line" != OK ] || break
			case $line in +CSQ:*) answer=$line ;; esac
		done
		[ "$answer" = "+CSQ: 25,99" ] || { echo "AT+CSQ was answered with '$answer'"; return 1; }
		n=$((n + 1))
		$b usleep 200000
	done
	echo "$n commands" >/run/commands
	[ $n -ge 10 ]
}
if [ -e /sys/module/n_gsm ]; then
	perl ci/guest/gsm.pl /dev/ttyUSB0 >"$out/gsm.log" 2>&1 &
	gsm=$!
	n=0
	while [ ! -c /dev/gsmtty2 ] && [ $n -lt 100 ]; do
		n=$((n + 1))
		$b usleep 100000
	done
	ok "cmux: the kernel's multiplexer is on the line" grep -q '^multiplexed' "$out/gsm.log"
	commands >/run/commands.log 2>&1 &
	busy=$!
	session gsmtty1 /dev/gsmtty1 'ATD*99#' 5MB
	touch /run/enough
	ok "cmux: each command on the other channel had its answer meanwhile" wait $busy
	echo "   cmux: $(cat /run/commands)"
	ok "cmux: pppd ends it" hang_up
	kill $gsm
	wait $gsm
	ok "cmux: closed down, the modem takes commands again" grep -q '^commands again' "$out/gsm.log"
else
	echo "SKIP: no n_gsm in this guest"
fi
exit $failed
