/*
 * Whole modems under random conversations of AT+HTTP*, and of HTTP by hand over a socket, with sites that are slow, that
 * lie and that go; on a host that pauses. Whatever was said: no memory error, and after power-off no timer.
 */
static const char world[] =
	"schema: 1\n"
	"hosts:\n"
	"  - match: w\n"
	"    port: 80\n"
	"    model:\n"
	"      http:\n"
	"        idle: 2s\n"
	"        pages:\n"
	"          - {path: /a, text: hello}\n"
	"          - {path: /big, bytes: 400000}\n"
	"          - {path: /slow, bytes: 3000, rate: 1000}\n"
	"          - {path: /late, text: late, delay: 3s}\n"
	"          - {path: /echo, echo: true, limit: 60}\n"
	"          - {path: /chunks, bytes: 5000, chunked: true}\n"
	"          - {path: /bye, text: bye, close: true}\n"
	"          - {path: /never, misbehave: no_response}\n"
	"          - {path: /close, misbehave: close}\n"
	"          - {path: /garbage, misbehave: garbage}\n"
	"          - {path: /cut, bytes: 200000, misbehave: cut}\n"
	"          - {path: /stall, bytes: 2000, misbehave: stall}\n"
	"          - {path: /short, text: short, misbehave: bad_length}\n"
	"  - {match: s, port: 443, model: {no_sni: tls_alert, http: {pages: [{path: /, text: safe}]}}}\n";

#define URL(path) "AT+HTTPPARA=\"URL\",\"http://w" path "\"\r"
#define SEND(n, text) "AT+CIPSEND=0," #n "\r" text

static const char *const lines[] = {
	"AT+HTTPINIT\r", "AT+HTTPINIT\r", "AT+HTTPTERM\r", "AT+HTTPACTION=0\r", "AT+HTTPACTION=0\r", "AT+HTTPACTION=1\r",
	"AT+HTTPACTION=2\r", "AT+HTTPACTION=3\r", "AT+HTTPACTION=4\r", "AT+HTTPHEAD\r", "AT+HTTPREAD?\r",
	"AT+HTTPREAD=0,500000\r", "AT+HTTPREAD=1000\r", "AT+HTTPREAD=100000,5000\r", "AT+HTTPREAD=399990,20\r",
	"AT+HTTPDATA=5,10\r", "AT+HTTPDATA=61,10\r", "hello", "AT\r", URL("/a"), URL("/big"), URL("/slow"), URL("/late"),
	URL("/echo"), URL("/chunks"), URL("/bye"), URL("/never"), URL("/close"), URL("/garbage"), URL("/cut"),
	URL("/stall"), URL("/short"), URL(":81/"), "AT+HTTPPARA=\"URL\",\"https://s\"\r",
	"AT+HTTPPARA=\"BREAK\",10\r", "AT+HTTPPARA=\"BREAKEND\",300000\r", "AT+HTTPPARA=\"BREAK\",0\r",
	"AT+HTTPPARA=\"USERDATA\",\"Range: bytes=-9\"\r", "AT+HTTPPARA=\"CONNECTTO\",20\r", "AT+HTTPPARA?\r",
	"AT+HTTPREADFILE=\"f\",3\r", "AT+HTTPREADFILE=\"f.pem\",4\r", "AT+HTTPPOSTFILE=\"f\",3\r",
	"AT+HTTPPOSTFILE=\"f\",3,1,1\r", "AT+CSSLCFG=\"enableSNI\",0,1\r", "AT+NETOPEN\r",
	"AT+CIPOPEN=0,\"TCP\",\"w\",80\r", "AT+CIPCLOSE=0\r", SEND(19, "GET /a HTTP/1.1\r\n\r\n"),
	SEND(21, "GET /big HTTP/1.1\r\n\r\n"), SEND(10, "POST /echo"), SEND(35, " HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
	SEND(6, "GET /\n"), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

static const char *const control[] = {
	"net drop", "net up", "broker drop close", "broker drop reset", "broker mute on", "broker mute off",
	"power cycle", "broker sessions", "mute 1s",
};

#include "tests/fuzz_talk.h"
