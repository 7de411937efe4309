/*
 * Whole modems under random conversations of AT+CCH*, AT+CPING, AT+CNTP and AT+CHTP* with servers that echo, flood, stall, close and
 * reset; transparent or not, on a host that pauses. Whatever was said: no memory error, and after power-off no timer.
 */
static const char world[] =
	"schema: 1\n"
	"hosts:\n"
	"  - {match: e, model: {service: echo}}\n"
	"  - {match: s, model: {service: echo, no_sni: tls_alert}}\n"
	"  - {match: c, model: {service: chargen}}\n"
	"  - {match: m, model: {service: discard, misbehave: [mute], limits: {window: 10}}}\n"
	"  - {match: b, model: {script: [{send: hello, after: 300ms}, {expect: a, send: bye, close: close}]}}\n"
	"  - {match: r, model: {script: [{send: hi}, {after: 700ms, close: reset}]}}\n"
	"  - {match: n, model: {service: ntp}}\n"
	"  - {match: k, model: {service: ntp, misbehave: [kiss_of_death]}}\n"
	"  - {match: h, model: {http: {date: true}}}\n"
	"  - {match: p, ping: 'no', model: {}}\n";

static const char *const lines[] = {
	"AT+CCHSTART\r", "AT+CCHSTART\r", "AT+CCHSTOP\r", "AT+CCHSET=1,1\r", "AT+CCHSET=1,0\r", "AT+CCHMODE=1\r",
	"AT+CCHMODE=0\r", "AT+CCHOPEN=0,\"e\",7,1\r", "AT+CCHOPEN=0,\"e\",7,2\r", "AT+CCHOPEN=0,\"s\",7,2\r",
	"AT+CCHOPEN=1,\"c\",7,1\r", "AT+CCHOPEN=0,\"m\",7,1\r", "AT+CCHOPEN=0,\"b\",7,1\r", "AT+CCHOPEN=0,\"r\",7,1\r",
	"AT+CCHOPEN=1,\"nobody\",7,1\r", "AT+CCHOPEN=1,\"s\",7,1,5000\r", "AT+CCHCLOSE=0\r", "AT+CCHCLOSE=1\r",
	"AT+CCHSEND=0,1\ra", "AT+CCHSEND=0,12\rabcdefghijkl", "AT+CCHSEND=1,3\r", "AT+CCHRECV=0\r", "AT+CCHRECV=0,2\r",
	"AT+CCHRECV=1,0\r", "AT+CCHRECV?\r", "AT+CCHSEND?\r", "AT+CCHOPEN?\r", "AT+CCHADDR\r", "AT+CCHSSLCFG=0,3\r",
	"AT+CCHCFG=\"sendtimeout\",0,60\r", "+++", "ATO\r", "ATH\r", "AT+CSSLCFG=\"enableSNI\",0,1\r", "AT+NETOPEN\r",
	"AT+CPING=\"e\",1,2\r", "AT+CPING=\"p\",1,1,64,1000\r", "AT+CNTP=\"n\",8\r", "AT+CNTP=\"k\",0\r", "AT+CNTP\r",
	"aaaaaaaaaaaaaaaa", "a", "AT+CHTPSERV=\"ADD\",\"h\",80,1\r", "AT+CHTPSERV=\"DEL\",0\r", "AT+CHTPUPDATE\r",
};

static const char *const control[] = {
	"net drop", "net up", "broker drop close", "broker drop reset", "broker mute on", "broker mute off",
	"power cycle", "broker peer 1 send xyz", "broker peer 2 close", "broker peer 1 reset", "mute 1s",
};

#include "tests/fuzz_talk.h"
