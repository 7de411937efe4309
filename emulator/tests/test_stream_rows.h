/*
 * What a modelled and a real host of the same description must agree on: played on both, logs without times and without
 * ACKED, and DATA that comes in pieces joined.
 */
#ifndef TESTS_TEST_STREAM_ROWS_H
#define TESTS_TEST_STREAM_ROWS_H

static const struct stream_row {
	const char *what, *play, *log, *why;
} stream_rows[] = {
	{ "echo", "open echo.test:7;until opened;send abc;until abc", "opened\ndata abc\n", NULL },
	{ "echo in pieces", "open echo.test:7;until opened;send a;send b;send c;until abc", "opened\ndata abc\n", NULL },
	{ "binary", "open echo.test:7;until opened;send \\x00\\xff\\x1a\\r;until \\r", "opened\ndata \\x00\\xff\\x1a\\r\n", NULL },
	{ "greeting", "open hello.test:7;until hi", "opened\ndata hi\\r\\n\n", NULL },
	{ "refused", "open busy.test:7;until opened", "opened refused\n", NULL },
	{ "unknown name", "open no.test:7;until opened", "opened dns\n", "\"no.test\" is not in the modelled world" },
	{ "known on another port", "open echo.test:8;until opened", "opened refused\n", "has port 7" },
	{ "unknown address", "open 192.0.2.1:7;until opened", "opened refused\n", "nothing in the modelled world is at 192.0.2.1" },
	{ "no network", "down;open echo.test:7;until opened", "opened no_network\n", "the bearer is down" },
	{ "not open yet", "open echo.test:7;send abc;until opened", "took -107\nopened\n", NULL },
	{ "closed at once", "open shut.test:7;until closed", "opened\nclosed peer_closed\n", NULL },
	{ "reset at once", "open rst.test:7;until closed", "opened\nclosed reset\n", NULL },
	{ "closed after some bytes", "open few.test:7;until opened;send abc;until abc;send de;until closed",
	  "opened\ndata abcde\nclosed peer_closed\n", NULL },
	{ "reset after some bytes", "open fewer.test:7;until opened;send abc;until closed", "opened\ndata abc\nclosed reset\n", NULL },
	{ "dead when closed", "open shut.test:7;until closed;send a", "opened\nclosed peer_closed\ntook -107\n", NULL },
	{ "paused, then the data, then the close", "open few.test:7;until opened;pause;send abcde;until acked;resume;until closed",
	  "opened\ndata abcde\nclosed peer_closed\n", NULL },
	{ "paused, then the data, then the reset", "open fewer.test:7;until opened;pause;send abc;until acked;resume;until closed",
	  "opened\ndata abc\nclosed reset\n", NULL },
	{ "network lost while opening", "open echo.test:7;down;until opened", "opened no_network\n", "the bearer went down" },
	{ "network lost", "open echo.test:7;until opened;send abc;until abc;down;until closed",
	  "opened\ndata abc\nclosed no_network\n", "the bearer went down" },
	{ "network lost while paused", "open echo.test:7;until opened;pause;send abc;until acked;down;until closed",
	  "opened\nclosed no_network\n", NULL },
	{ "network lost while listening", "listen 0;until opened;down;until closed", "opened\nclosed no_network\n", NULL },
	{ "acknowledged though nobody reads", "open mute.test:7;until opened;send abc;until acked", "opened\n", NULL },
	{ "datagrams", "udp 0;until opened;to echo.test:7 abc;until abc;to echo.test:7 de;until de", "opened\ndata abcde\n", NULL },
	{ "datagrams to nowhere", "udp 0;until opened;to no.test:7 abc;to echo.test:7 de;until de", "opened\ntook -22\ndata de\n", NULL },
	{ "UDP is no TCP", "udp 0;until opened;send a;close", "opened\ntook -107\n", NULL },
	{ "TCP is no UDP", "open echo.test:7;until opened;to echo.test:7 a", "opened\ntook -107\n", NULL },
	{ "network lost while bound", "udp 0;until opened;down;until closed", "opened\nclosed no_network\n", NULL },
	{ "TLS", "tls secure.test:443;until opened;send abc;until abc", "opened\ndata abc\n", NULL },
	{ "TLS, closed after some bytes", "tls sfew.test:443;until opened;send abcde;until closed",
	  "opened\ndata abcde\nclosed peer_closed\n", NULL },
	{ "plain into a TLS port", "open secure.test:443;until opened;send GET /;until closed", "opened\nclosed peer_closed\n", NULL },
	{ "TLS to a server that echoes", "tls echo.test:7;until opened", "opened tls_failed\n", "does not speak TLS" },
	{ "TLS to a server of another chain", "tlsv secure.test:443;until opened", "opened tls_untrusted\n", NULL },
	{ "TLS, network lost", "tls secure.test:443;until opened;down;until closed", "opened\nclosed no_network\n", NULL },
	{ "TLS, paused", "tls sfew.test:443;until opened;pause;send abcde;until acked;resume;until closed",
	  "opened\ndata abcde\nclosed peer_closed\n", NULL },
};
enum { STREAM_ROWS = sizeof(stream_rows) / sizeof(stream_rows[0]) };

#endif
