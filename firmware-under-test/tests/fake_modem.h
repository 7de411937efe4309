/*
 * A modem made of rows on a fake clock, for the tests of the core. Knows
 * nothing of MQTT: it answers a command with what the first fitting row
 * says, takes the bytes behind a prompt, and can lose, echo, or blurt.
 */
#ifndef TESTS_FAKE_MODEM_H
#define TESTS_FAKE_MODEM_H

#include "core/node.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_LOG_MAX 400
#define FAKE_OUT_MAX 256
#define FAKE_SENT_MAX 60000

struct fake_row {
	const char *command; /* prefix; a trailing '!' means the whole line */
	const char *reply;   /* a reply ending in '>' or "> " is a prompt */
	uint32_t late_ms;    /* the rest comes so much later ... */
	const char *late;    /* ... or after the data, when reply prompts */
	unsigned nth;	     /* only the nth time, from 1; 0: always */
};

struct fake_out {
	uint32_t at;
	const char *bytes;
};

struct fake {
	struct node node;
	struct port port;
	uint32_t now;
	const struct fake_row *rows;	   /* of the test, looked at first */
	const struct fake_row *background; /* of every test */
	unsigned seen[64];
	struct fake_out out[FAKE_OUT_MAX];
	size_t out_count;
	char line[700];
	size_t line_len;
	uint32_t data_left;
	const char *after_data;
	uint32_t after_data_ms;
	char *sent; /* every command line, one per line, data as <N> */
	size_t sent_len;
	char *log[FAKE_LOG_MAX];
	size_t log_count;
	uint8_t data[12000]; /* the last data behind a prompt */
	size_t data_len;
	bool echo;
	bool garble; /* the echo of data: every 5th byte is lost */
	bool mute;
	bool byte_by_byte;
	size_t tx_most;	     /* bytes taken per call, 0: all */
	size_t drop_to_host; /* lose the nth byte that way, from 1 */
	size_t drop_to_modem;
	size_t flip_to_modem; /* these bits of the nth byte are wrong */
	uint8_t flip_bits;
	size_t count_to_host;
	size_t count_to_modem;
	uint32_t ring; /* the modem's side passes 1 byte per ms, ring of n */
	uint32_t ring_used;
	uint32_t ring_at;
};

static const uint8_t fake_pem[] = "-----BEGIN CERTIFICATE-----\nAAAA\n";
static const struct node_message fake_hello = {"t/1", "hello"};

/* One QoS 1 message to a broker without TLS, then done. */
static inline struct node_config fake_config(void)
{
	struct node_config c = {0};

	c.host = "broker.example";
	c.port = 1883;
	c.authmode = NODE_AUTHMODE_AUTO;
	c.client_id = "dev";
	c.keepalive_s = 60;
	c.clean = true;
	c.publish = &fake_hello;
	c.publish_count = 1;
	c.qos = 1;
	c.count = 1;
	c.goal = NODE_GOAL_PUBLISHED;
	return c;
}

/* The same with TLS and a CA of 33 bytes. */
static inline struct node_config fake_config_tls(void)
{
	struct node_config c = fake_config();

	c.tls = true;
	c.port = 8883;
	c.ca.name = "ca.pem";
	c.ca.data = fake_pem;
	c.ca.size = sizeof(fake_pem) - 1;
	return c;
}

static const struct fake_row fake_background[] = {
	{"AT!", "\r\nOK\r\n"},
	{"ATE1!", "\r\nOK\r\n"},
	{"AT+CMEE=2!", "\r\nOK\r\n"},
	{"AT+SIMCOMATI!",
	 "\r\nManufacturer: SIMCOM INCORPORATED\r\n"
	 "Model: SIMCOM_SIM7600G-H\r\n"
	 "Revision: LE20B04SIM7600M22\r\nSIM7600M22_B04V03_210527\r\n"
	 "QCN: \r\nIMEI: 1\r\nMEID: \r\n+GCAP: +CGSM\r\n"
	 "DeviceInfo: 173,170\r\n\r\nOK\r\n"},
	{"AT+CPIN?!", "\r\n+CPIN: READY\r\n\r\nOK\r\n"},
	{"AT+CEREG?!", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n"},
	{"AT+NETOPEN?!", "\r\n+NETOPEN: 0\r\n\r\nOK\r\n"},
	{"AT+NETOPEN!", "\r\nOK\r\n", 100, "\r\n+NETOPEN: 0\r\n"},
	{"AT+NETCLOSE!", "\r\nOK\r\n", 100, "\r\n+NETCLOSE: 0\r\n"},
	{"AT+CMQTTDISC=0,60!", "\r\n+CMQTTDISC: 0,9\r\n\r\nERROR\r\n"},
	{"AT+CMQTTREL=0!", "\r\nOK\r\n"},
	{"AT+CMQTTSTOP!", "\r\n+CMQTTSTOP: 9\r\n\r\nERROR\r\n"},
	{"AT+CSSLCFG=", "\r\nOK\r\n"},
	{"AT+CMQTTSTART!", "\r\n+CMQTTSTART: 0\r\n\r\nOK\r\n"},
	{"AT+CMQTTACCQ=", "\r\nOK\r\n"},
	{"AT+CMQTTSSLCFG=0,0!", "\r\nOK\r\n"},
	{"AT+CMQTTWILLTOPIC=", "\r\n>", 0, "\r\nOK\r\n"},
	{"AT+CMQTTWILLMSG=", "\r\n>", 0, "\r\nOK\r\n"},
	{"AT+CMQTTCONNECT=", "\r\nOK\r\n", 1930, "\r\n+CMQTTCONNECT: 0,0\r\n"},
	{"AT+CMQTTSUB=", "\r\n>", 0, "\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n"},
	{"AT+CMQTTTOPIC=", "\r\n>", 0, "\r\nOK\r\n"},
	{"AT+CMQTTPAYLOAD=", "\r\n>", 0, "\r\nOK\r\n"},
	{"AT+CMQTTPUB=", "\r\nOK\r\n", 50, "\r\n+CMQTTPUB: 0,0\r\n"},
	{"AT+CMQTTDISC?!",
	 "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,1\r\n\r\nOK\r\n"},
	{"AT+CCERTLIST!", "\r\nOK\r\n"},
	{"AT+CCERTDOWN=", "\r\n>", 0, "\r\nOK\r\n"},
	{NULL},
};

static inline void fake_note(struct fake *f, const char *text, size_t len)
{
	ck_assert_uint_lt(f->sent_len + len + 2, FAKE_SENT_MAX);
	memcpy(f->sent + f->sent_len, text, len);
	f->sent_len += len;
	f->sent[f->sent_len++] = '\n';
	f->sent[f->sent_len] = '\0';
}

/* Say bytes to the node so many ms from now. */
static inline void fake_say(struct fake *f, uint32_t ms, const char *bytes)
{
	ck_assert_uint_lt(f->out_count, FAKE_OUT_MAX);
	f->out[f->out_count].at = f->now + ms;
	f->out[f->out_count].bytes = bytes;
	f->out_count++;
}

static inline bool fake_fits(const char *pattern, const char *line)
{
	size_t len = strlen(pattern);

	if (pattern[len - 1] == '!')
		return strlen(line) == len - 1 &&
		       strncmp(line, pattern, len - 1) == 0;
	return strncmp(line, pattern, len) == 0;
}

static inline bool fake_is_prompt(const char *reply)
{
	size_t len = strlen(reply);

	while (len && (reply[len - 1] == ' ' || reply[len - 1] == '\n' ||
		       reply[len - 1] == '\r'))
		len--;
	return len && reply[len - 1] == '>';
}

static inline void fake_answer(struct fake *f, const struct fake_row *row,
			       const char *line)
{
	const char *comma = strchr(line, ',');
	uint32_t len = comma ? (uint32_t)strtoul(comma + 1, NULL, 10) : 0;
	bool prompt = row->reply && fake_is_prompt(row->reply);

	if (prompt && !len) {
		fake_say(f, 0, "\r\nERROR\r\n");
		return;
	}
	if (row->reply)
		fake_say(f, 0, row->reply);
	if (prompt) {
		f->data_left = len;
		f->after_data = row->late;
		f->after_data_ms = row->late_ms;
		f->data_len = 0;
	} else if (row->late) {
		fake_say(f, row->late_ms, row->late);
	}
}

static inline bool fake_try(struct fake *f, const struct fake_row *rows,
			    const char *line, bool count)
{
	bool counted[64] = {false};

	for (size_t i = 0; rows && rows[i].command; i++) {
		if (!fake_fits(rows[i].command, line))
			continue;
		if (count && !counted[i])
			f->seen[i]++;
		counted[i] = true;
		if (rows[i].nth && rows[i].nth != f->seen[i])
			continue;
		fake_answer(f, &rows[i], line);
		/* later rows for the same command count this one as well */
		for (size_t k = i + 1; count && rows[k].command; k++) {
			if (fake_fits(rows[k].command, line))
				f->seen[k]++;
		}
		return true;
	}
	return false;
}

static inline void fake_line(struct fake *f)
{
	f->line[f->line_len] = '\0';
	f->line_len = 0;
	if (!f->line[0])
		return;
	fake_note(f, f->line, strlen(f->line));
	if (f->mute || fake_try(f, f->rows, f->line, true))
		return;
	if (!fake_try(f, f->background, f->line, false))
		fake_say(f, 0, "\r\nERROR\r\n");
}

static inline void fake_data_byte(struct fake *f, uint8_t c)
{
	char text[32];

	if (f->data_len < sizeof(f->data))
		f->data[f->data_len++] = c;
	if (--f->data_left)
		return;
	snprintf(text, sizeof(text), "<%zu>", f->data_len);
	fake_note(f, text, strlen(text));
	if (f->after_data && !f->mute)
		fake_say(f, f->after_data_ms, f->after_data);
}

static inline const char *fake_echo_of(uint8_t c)
{
	static char all[256][2];

	all[c][0] = (char)c;
	return all[c];
}

static inline void fake_byte(struct fake *f, uint8_t c)
{
	if (++f->count_to_modem == f->drop_to_modem)
		return;
	if (f->count_to_modem == f->flip_to_modem)
		c ^= f->flip_bits;
	if (f->echo && !(f->garble && f->data_left % 5 == 1))
		fake_say(f, 0, fake_echo_of(c));
	if (f->data_left) {
		fake_data_byte(f, c);
		return;
	}
	if (c == '\r') {
		fake_line(f);
		return;
	}
	if (c == '\n' || f->line_len >= sizeof(f->line) - 1)
		return;
	f->line[f->line_len++] = (char)c;
}

/* A bridge: what does not fit its ring is lost. */
static inline bool fake_ring_takes(struct fake *f)
{
	uint32_t passed = f->now - f->ring_at;

	if (!f->ring)
		return true;
	f->ring_used -= passed < f->ring_used ? passed : f->ring_used;
	f->ring_at = f->now;
	if (f->ring_used >= f->ring)
		return false;
	f->ring_used++;
	return true;
}

static inline size_t fake_tx(void *ctx, const uint8_t *p, size_t n)
{
	struct fake *f = ctx;

	if (f->tx_most && n > f->tx_most)
		n = f->tx_most;
	for (size_t i = 0; i < n; i++) {
		if (fake_ring_takes(f))
			fake_byte(f, p[i]);
	}
	return n;
}

static inline uint32_t fake_now(void *ctx)
{
	return ((struct fake *)ctx)->now;
}

static inline void fake_log(void *ctx, int level, const char *text)
{
	struct fake *f = ctx;

	if (getenv("FAKE_VERBOSE"))
		fprintf(stderr, "%8u %s\n", f->now, text);
	if (level == PORT_LOG_DEBUG)
		return;
	ck_assert_uint_lt(f->log_count, FAKE_LOG_MAX);
	f->log[f->log_count] = malloc(strlen(text) + 1);
	memcpy(f->log[f->log_count++], text, strlen(text) + 1);
}

/* rows end with {NULL}; they are looked at before the background. */
static inline struct fake *fake_new(const struct node_config *cfg,
				    const struct fake_row *rows)
{
	struct fake *f = calloc(1, sizeof(*f));

	f->sent = calloc(1, FAKE_SENT_MAX);
	f->rows = rows;
	f->background = fake_background;
	f->port.ctx = f;
	f->port.tx = fake_tx;
	f->port.now_ms = fake_now;
	f->port.log = fake_log;
	f->now = 0xfffff000u; /* the clock wraps early in every test */
	node_init(&f->node, cfg, &f->port);
	return f;
}

static inline void fake_free(struct fake *f)
{
	for (size_t i = 0; i < f->log_count; i++)
		free(f->log[i]);
	free(f->sent);
	free(f);
}

static inline void fake_deliver(struct fake *f, const char *bytes)
{
	uint8_t kept[4096];
	size_t n = 0;

	for (const char *b = bytes; *b; b++) {
		if (++f->count_to_host != f->drop_to_host)
			kept[n++] = (uint8_t)*b;
	}
	if (!f->byte_by_byte) {
		node_rx(&f->node, kept, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		node_rx(&f->node, &kept[i], 1);
		node_poll(&f->node);
	}
}

/* Deliver the first due answer; false when none is due. */
static inline bool fake_deliver_one(struct fake *f)
{
	for (size_t i = 0; i < f->out_count; i++) {
		const char *bytes = f->out[i].bytes;

		if ((int32_t)(f->out[i].at - f->now) > 0)
			continue;
		memmove(&f->out[i], &f->out[i + 1],
			(--f->out_count - i) * sizeof(f->out[0]));
		fake_deliver(f, bytes);
		return true;
	}
	return false;
}

static inline uint32_t fake_next(const struct fake *f)
{
	uint32_t ms = node_next_ms(&f->node);

	for (size_t i = 0; i < f->out_count; i++) {
		uint32_t left = f->out[i].at - f->now;

		if ((int32_t)left < 0)
			left = 0;
		if (left < ms)
			ms = left;
	}
	return ms;
}

/* Run until ms have passed or the node is done. */
static inline void fake_run(struct fake *f, uint32_t ms)
{
	uint32_t end = f->now + ms;
	unsigned idle = 0;

	while (!node_done(&f->node, NULL)) {
		uint32_t next;
		bool moved = fake_deliver_one(f);

		node_poll(&f->node);
		next = moved ? 0 : fake_next(f);
		idle = next ? 0 : idle + 1;
		ck_assert_msg(idle < 20000, "the node spins");
		if (next > end - f->now) {
			f->now = end;
			return;
		}
		f->now += next;
	}
}

/* Run until a line is logged, at most ms. */
static inline bool fake_run_until(struct fake *f, const char *text,
				  uint32_t ms)
{
	size_t from = f->log_count;
	uint32_t start = f->now;

	while (f->now - start < ms && !node_done(&f->node, NULL)) {
		uint32_t next;

		for (; from < f->log_count; from++) {
			if (strstr(f->log[from], text))
				return true;
		}
		next = fake_next(f);
		fake_run(f, next ? next : 1);
	}
	for (; from < f->log_count; from++) {
		if (strstr(f->log[from], text))
			return true;
	}
	return false;
}

/* How many log lines are, or with a trailing '*' begin with, the text. */
static inline unsigned fake_logged(const struct fake *f, const char *text)
{
	size_t len = strlen(text);
	bool prefix = len && text[len - 1] == '*';
	unsigned n = 0;

	for (size_t i = 0; i < f->log_count; i++) {
		if (prefix ? strncmp(f->log[i], text, len - 1) == 0 :
			     strcmp(f->log[i], text) == 0)
			n++;
	}
	return n;
}

/* How many lines went to the modem that begin with the text. */
static inline unsigned fake_sent(const struct fake *f, const char *text)
{
	const char *line = f->sent;
	unsigned n = 0;

	while (line && *line) {
		if (strncmp(line, text, strlen(text)) == 0)
			n++;
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return n;
}

static inline void fake_dump(const struct fake *f)
{
	for (size_t i = 0; i < f->log_count; i++)
		fprintf(stderr, "log: %s\n", f->log[i]);
	fprintf(stderr, "%s", f->sent);
}

#define FAKE_ASSERT_LOGGED(f, text) \
	do { \
		if (!fake_logged(f, text)) { \
			fake_dump(f); \
			ck_abort_msg("not logged: %s", text); \
		} \
	} while (0)

#define FAKE_ASSERT_EXIT(f, code) \
	do { \
		int exit_code_ = -1; \
		if (!node_done(&(f)->node, &exit_code_) || \
		    exit_code_ != (code)) { \
			fake_dump(f); \
			ck_abort_msg("exit %d, wanted %d", exit_code_, code); \
		} \
	} while (0)

#endif
