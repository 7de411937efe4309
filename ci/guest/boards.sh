#!/bin/sh
# boards.sh OUT - in the guest: the scenarios through the 8250's ttyS1 and the FTDI driver's ttyUSB0, one that changes the line's
# speed and leaves it so, and one from which the USB device is pulled. What the host is to do is said on the console, by lines that begin with "host:".
out=$1
cd "$(cat "$out/root")" || exit
hil=build/hil
export NO_COLOR=1 HOME="$out" XDG_STATE_HOME="$out/state" XDG_RUNTIME_DIR=/run XDG_CONFIG_HOME="$out/config"
failed=0

through() { # board
	# shellcheck disable=SC2046
	$hil run $(cat "$out/paths") --board "$1" --timeout-scale 5 --seed 7 --jsonl "$out/$1.jsonl" --out "$out/run-$1" -q || failed=1
}

$hil boards scan
through ttyS1
through ttyUSB0
for board in ttyS1 ttyUSB0; do
	$hil run "$out/speed.yaml" --board $board --timeout-scale 5 -q || failed=1
	$hil boards check $board || failed=1
done

# The scenario waits for a line that never comes, until the device is gone.
echo "host: pull"
$hil run "$out/pulled.yaml" --board ttyUSB0 --timeout-scale 5 --jsonl "$out/pulled.jsonl" --out "$out/run-pulled" -q
echo "pulled: exit $?"
mkfifo /run/kernel
dmesg -w >/run/kernel &
echo "host: plug"
sed -n '/disconnected from ttyUSB0/,/attached to ttyUSB0/ { /attached to ttyUSB0/q }' </run/kernel
kill $!
$hil run scenarios/field/issue-49/service.yaml --filter "B04[],]" --board ttyUSB0 --timeout-scale 5 -q || failed=1
exit $failed
