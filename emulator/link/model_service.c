/* What modelled hosts do with a connection: the small services of RFC 862 to 867, SNTP (RFC 4330), and scripts. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "link/model_stream.h"

static void greet(struct model_peer *p)
{
	const struct text *greeting = &p->host->model.stream.greeting;

	model_peer_send(p, greeting->data, greeting->len);
}

/* --- echo (RFC 862), discard (863) ------------------------------------------------------------------------------------- */

static size_t echo_read(struct model_peer *p, const void *data, size_t len)
{
	size_t room = model_peer_room(p), n = len < room ? len : room;

	model_peer_send(p, data, n);
	return n;
}

static void echo_datagram(struct model_peer *p, const void *data, size_t len)
{
	model_peer_send(p, data, len);
}

static size_t quiet_read(struct model_peer *p, const void *data, size_t len)
{
	(void)p;
	(void)data;
	return len;
}

static void quiet_datagram(struct model_peer *p, const void *data, size_t len)
{
	(void)p;
	(void)data;
	(void)len;
}

/* --- chargen (864) ------------------------------------------------------------------------------------------------------- */

enum { LINE = 74, LINES = 20 };

/* Line n of the pattern: 72 printable characters, from the nth on. */
static void pattern(struct model_peer *p, char *out)
{
	enum { FIRST = ' ', COUNT = 95 };

	for (size_t i = 0; i < LINE - 2; i++)
		out[i] = (char)(FIRST + (p->column + i) % COUNT);
	memcpy(out + LINE - 2, "\r\n", 2);
	p->column = (p->column + 1) % COUNT;
}

static void chargen_run(struct model_peer *p)
{
	char block[LINE * LINES];

	while (!p->ended && p->stream && model_peer_room(p) >= sizeof(block)) {
		for (size_t i = 0; i < LINES; i++)
			pattern(p, block + i * LINE);
		model_peer_send(p, block, sizeof(block));
	}
}

static void chargen_open(struct model_peer *p)
{
	greet(p);
	chargen_run(p);
}

static void chargen_datagram(struct model_peer *p, const void *data, size_t len)
{
	char line[LINE];

	(void)data;
	(void)len;
	pattern(p, line);
	model_peer_send(p, line, sizeof(line));
}

/* --- daytime (867) ------------------------------------------------------------------------------------------------------- */

time_t model_wall_time(const struct link *l, uint32_t *microseconds)
{
	uint64_t now = clock_now_us(l->o.clock);

	if (microseconds)
		*microseconds = (uint32_t)(now % 1000000);
	return l->utc_at_start + (time_t)(now / 1000000);
}

static void send_date(struct model_peer *p)
{
	time_t now = model_wall_time(p->link, NULL);
	char text[64];
	struct tm tm;

	gmtime_r(&now, &tm);
	model_peer_send(p, text, strftime(text, sizeof(text), "%A, %B %d, %Y %H:%M:%S-UTC\r\n", &tm));
}

static void daytime_open(struct model_peer *p)
{
	send_date(p);
	model_peer_end(p, LINK_PEER_CLOSED, "daytime has said it all");
}

static void daytime_datagram(struct model_peer *p, const void *data, size_t len)
{
	(void)data;
	(void)len;
	send_date(p);
}

/* --- SNTP ----------------------------------------------------------------------------------------------------------------- */

enum { NTP_BYTES = 48, NTP_CLIENT = 3, NTP_SERVER = 4 };

static void put32(unsigned char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Seconds since 1900 and their binary fraction. */
static void put_timestamp(unsigned char *at, time_t utc, uint32_t microseconds)
{
	static const uint32_t from_1900_to_1970 = 2208988800u;

	put32(at, (uint32_t)((uint64_t)utc + from_1900_to_1970));
	put32(at + 4, (uint32_t)(((uint64_t)microseconds << 32) / 1000000));
}

/* A server of stratum 1 that has just been set by its own clock. */
static void ntp_datagram(struct model_peer *p, const void *data, size_t len)
{
	const unsigned char *ask = data;
	unsigned char answer[NTP_BYTES] = { 0 };
	uint32_t us;
	time_t now = model_wall_time(p->link, &us);

	if (len < NTP_BYTES || (ask[0] & 7) != NTP_CLIENT) {
		trace_text(p->link->o.trace, TRACE_MODEL, "udp %s:%u: no request of an SNTP client", p->name, p->port);
		return;
	}
	answer[0] = (unsigned char)((ask[0] & 0x38) | NTP_SERVER);
	answer[1] = 1;
	answer[2] = ask[2];
	answer[3] = 0xEC; /* 2^-20 s */
	memcpy(answer + 12, "LOCL", 4);
	if (p->faults.kiss_of_death) {
		answer[1] = 0;
		memcpy(answer + 12, "RATE", 4);
	}
	put_timestamp(answer + 16, now, 0);
	memcpy(answer + 24, ask + 40, 8);
	put_timestamp(answer + 32, now, us);
	put_timestamp(answer + 40, now, us);
	model_peer_send(p, answer, sizeof(answer));
}

/* --- who hears what it cannot understand ------------------------------------------------------------------------------------ */

static size_t foreign_read(struct model_peer *p, const void *data, size_t len)
{
	(void)data;
	model_peer_end(p, LINK_PEER_CLOSED, "%.40s is modelled for AT+CFTPS* only, not for bytes of one's own", p->name);
	return len;
}

/* As an OpenSSL server does: it looks at the header of a record, and closes without an alert. */
static size_t tls_only_read(struct model_peer *p, const void *data, size_t len)
{
	enum { HEADER = 5 };

	(void)data;
	if (len < HEADER)
		return 0;
	model_peer_end(p, LINK_PEER_CLOSED, "%.40s:%u speaks TLS and the client is a plain one", p->name, p->port);
	return len;
}

static void no_cert_open(struct model_peer *p)
{
	model_peer_end(p, LINK_PEER_CLOSED, "%.40s:%u wants a client certificate", p->name, p->port);
}

const struct model_service *model_service(enum service service)
{
	static const struct model_service services[] = {
		[SERVICE_MQTT] = { .run = mqtt_server_run, .read = mqtt_server_read, .gone = mqtt_server_gone,
				   .forget = mqtt_server_forget, .has_connect = true },
		[SERVICE_ECHO] = { .open = greet, .read = echo_read, .datagram = echo_datagram },
		[SERVICE_DISCARD] = { .open = greet, .read = quiet_read, .datagram = quiet_datagram },
		[SERVICE_CHARGEN] = { .open = chargen_open, .run = chargen_run, .read = quiet_read,
				      .datagram = chargen_datagram },
		[SERVICE_DAYTIME] = { .open = daytime_open, .read = quiet_read, .datagram = daytime_datagram },
		[SERVICE_SCRIPT] = { .open = model_script_open, .run = model_script_run, .read = model_script_read,
				     .datagram = model_script_datagram },
		[SERVICE_HTTP] = { .open = http_server_open, .run = http_server_run, .read = http_server_read,
				   .forget = http_server_forget },
		[SERVICE_FTP] = { .open = greet, .read = foreign_read },
		[SERVICE_NTP] = { .read = quiet_read, .datagram = ntp_datagram },
	};

	return &services[service];
}

const struct model_service *model_service_quiet(void)
{
	static const struct model_service quiet = { .read = quiet_read, .datagram = quiet_datagram };

	return &quiet;
}

const struct model_service *model_service_tls_only(void)
{
	static const struct model_service tls_only = { .read = tls_only_read };

	return &tls_only;
}

const struct model_service *model_service_no_cert(void)
{
	static const struct model_service no_cert = { .open = no_cert_open, .read = quiet_read };

	return &no_cert;
}
