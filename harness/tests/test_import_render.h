/* The other way round: a recording as a program would have logged it. */
#ifndef HARNESS_TESTS_TEST_IMPORT_RENDER_H
#define HARNESS_TESTS_TEST_IMPORT_RENDER_H

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "harness/wire/recording.h"

enum { ROW_BYTES = 16 };

static const uint64_t render_start_us = 58000123456u; /* 16:06:40.123456 */

typedef void (*render_line_func_t)(struct buf *out, uint64_t t_us, enum wire_from from, const char *p, size_t n);

static void clock_text(struct buf *out, uint64_t t_us, int digits)
{
	uint64_t us = render_start_us + t_us, s = us / 1000000, fraction = us % 1000000;

	buf_addf(out, "%02u:%02u:%02u", (unsigned)(s / 3600 % 24), (unsigned)(s / 60 % 60), (unsigned)(s % 60));
	for (int i = digits; i < 6; i++)
		fraction /= 10;
	if (digits)
		buf_addf(out, ".%0*u", digits, (unsigned)fraction);
}

/* Calls line() for each line of the bytes that wanted() takes, as a program sees them that ends lines at LF alone. */
static void each_line(const struct recording *r, bool host, struct buf *out, render_line_func_t line)
{
	struct buf collected;
	uint64_t begun = 0;

	buf_init(&collected, 1 << 20);
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		for (size_t k = 0; k < ev.len && (ev.from == WIRE_MODEM || (host && ev.from == WIRE_HOST)); k++) {
			if (!collected.len)
				begun = ev.t_us;
			if (ev.data[k] != '\n') {
				buf_addc(&collected, ev.data[k]);
				continue;
			}
			line(out, begun, ev.from, buf_str(&collected), collected.len);
			buf_reset(&collected);
			begun = ev.t_us;
		}
	}
	if (collected.len)
		line(out, begun, WIRE_MODEM, buf_str(&collected), collected.len);
	buf_free(&collected);
}

static void put_line(struct buf *out, const char *p, size_t n, const char *end)
{
	buf_add(out, p, n);
	buf_adds(out, end);
}

static size_t without_cr(const char *p, size_t n)
{
	while (n && p[n - 1] == '\r')
		n--;
	return n;
}

/* --- captures of what the modem sent, its echo included --------------------------------------------------------- */

static void line_plain(struct buf *out, uint64_t t_us, enum wire_from from, const char *p, size_t n)
{
	(void)t_us;
	(void)from;
	put_line(out, p, n, "\n");
}

static void render_plain(const struct recording *r, struct buf *out)
{
	each_line(r, false, out, line_plain);
}

static void render_putty(const struct recording *r, struct buf *out)
{
	buf_adds(out, "=~=~=~=~=~=~=~=~=~=~=~= PuTTY log 2023.06.29 21:14:08 =~=~=~=~=~=~=~=~=~=~=~=\r\n");
	render_plain(r, out);
}

static void render_picocom(const struct recording *r, struct buf *out)
{
	buf_adds(out, "picocom v3.1\r\n\r\nport is        : /dev/ttyUSB2\r\nflowcontrol    : none\r\nbaudrate is    : "
		      "115200\r\n"
		      "omap is        : \r\nexit is        : no\r\n\r\nType [C-a] [C-h] to see available commands\r\n"
		      "Terminal ready\r\n");
	render_plain(r, out);
	buf_adds(out, "\r\nTerminating...\r\nThanks for using picocom\r\n");
}

static void line_minicom(struct buf *out, uint64_t t_us, enum wire_from from, const char *p, size_t n)
{
	(void)t_us;
	(void)from;
	put_line(out, p, without_cr(p, n), "\n");
}

static void render_minicom(const struct recording *r, struct buf *out)
{
	buf_adds(out, "\x1b[0m\n\nWelcome to minicom 2.8\r\n\nOPTIONS: I18n \r\nPort /dev/ttyUSB2, 03:03:28\r\n\n"
		      "Press CTRL-A Z for help on special keys\r\n\n");
	each_line(r, false, out, line_minicom);
}

static void line_minicom_times(struct buf *out, uint64_t t_us, enum wire_from from, const char *p, size_t n)
{
	(void)from;
	buf_adds(out, "[2023-06-29 ");
	clock_text(out, t_us, 0);
	buf_adds(out, "] ");
	put_line(out, p, without_cr(p, n), "\n");
}

static void render_minicom_times(const struct recording *r, struct buf *out)
{
	each_line(r, false, out, line_minicom_times);
}

static void line_arduino(struct buf *out, uint64_t t_us, enum wire_from from, const char *p, size_t n)
{
	(void)from;
	clock_text(out, t_us, 3);
	buf_adds(out, " -> ");
	put_line(out, p, without_cr(p, n), "\n");
}

static void render_arduino(const struct recording *r, struct buf *out)
{
	each_line(r, false, out, line_arduino);
}

/* tio stamps the first character of a line, so that empty ones have no stamp. */
static void line_tio(struct buf *out, uint64_t t_us, enum wire_from from, const char *p, size_t n)
{
	(void)from;
	if (without_cr(p, n)) {
		buf_adds(out, "\x1b[1m[");
		clock_text(out, t_us, 3);
		buf_adds(out, "] \x1b[0m");
	}
	put_line(out, p, n, "\n");
}

static void render_tio(const struct recording *r, struct buf *out)
{
	buf_adds(out, "\x1b[1m[16:06:40.000] tio v2.5\x1b[0m\r\n\x1b[1m[16:06:40.000] Press ctrl-t q to quit\x1b[0m\r\n"
		      "\x1b[1m[16:06:40.001] Connected\x1b[0m\r\n");
	each_line(r, false, out, line_tio);
}

static void line_tio_iso(struct buf *out, uint64_t t_us, enum wire_from from, const char *p, size_t n)
{
	(void)from;
	if (without_cr(p, n)) {
		buf_adds(out, "[2026-11-28T");
		clock_text(out, t_us, 3);
		buf_adds(out, "] ");
	}
	put_line(out, p, n, "\n");
}

static void render_tio_iso(const struct recording *r, struct buf *out)
{
	each_line(r, false, out, line_tio_iso);
}

static void line_teraterm(struct buf *out, uint64_t t_us, enum wire_from from, const char *p, size_t n)
{
	(void)from;
	buf_adds(out, "[Thu Jun 29 ");
	clock_text(out, t_us, 3);
	buf_adds(out, " 2023] ");
	put_line(out, p, without_cr(p, n), "\n");
}

static void render_teraterm(const struct recording *r, struct buf *out)
{
	each_line(r, false, out, line_teraterm);
}

static void line_stamped(struct buf *out, uint64_t t_us, enum wire_from from, const char *p, size_t n)
{
	(void)from;
	buf_adds(out, "2023-06-29T");
	clock_text(out, t_us, 6);
	buf_adds(out, "+0200 ");
	put_line(out, p, without_cr(p, n), "\n");
}

static void render_stamped(const struct recording *r, struct buf *out)
{
	each_line(r, false, out, line_stamped);
}

/* --- logs of both sides ----------------------------------------------------------------------------------------- */

/* Everything as it passes, host and modem in one stream, and the sketch's own lines. */
static void render_streamdebugger(const struct recording *r, struct buf *out)
{
	buf_adds(out, "[2258] ### TinyGSM Version: 0.10.7\n");
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		buf_add(out, ev.data, ev.len);
	}
	buf_adds(out, "[3001] ### Closed\n");
}

/* Lines of one direction, each with a word before it. */
static void marked(const struct recording *r, struct buf *out, const char *host, const char *modem, int digits,
		   const char *before, const char *behind)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		for (size_t k = 0; k < ev.len;) {
			size_t n = 0;

			while (k + n < ev.len && ev.data[k + n] != '\n' && ev.data[k + n] != '\r')
				n++;
			if (n) {
				buf_adds(out, before);
				if (digits)
					clock_text(out, ev.t_us, digits);
				buf_adds(out, behind);
				buf_adds(out, ev.from == WIRE_HOST ? host : modem);
				put_line(out, ev.data + k, n, "\n");
			}
			k += n + 1;
		}
	}
}

static void render_tx_rx(const struct recording *r, struct buf *out)
{
	marked(r, out, "TX: ", "RX: ", 0, "", "");
}

static void render_arrows(const struct recording *r, struct buf *out)
{
	marked(r, out, ">> ", "<< ", 0, "", "");
}

static void render_marked_times(const struct recording *r, struct buf *out)
{
	marked(r, out, "TX: ", "RX: ", 3, "[", "] ");
}

static void render_sscom(const struct recording *r, struct buf *out)
{
	marked(r, out, "\xe5\x8f\x91\xe2\x86\x92\xe2\x97\x87", "\xe6\x94\xb6\xe2\x86\x90\xe2\x97\x86", 3, "[", "]");
}

/* ESPHome's uart_debug. */
static void render_quoted(const struct recording *r, struct buf *out)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		buf_addc(out, '[');
		clock_text(out, ev.t_us, 0);
		buf_addf(out, "][D][uart_debug:158]: %s \"", ev.from == WIRE_HOST ? ">>>" : "<<<");
		for (size_t k = 0; k < ev.len; k++) {
			if (ev.data[k] == '"')
				buf_addc(out, '\\');
			str_escape(out, ev.data + k, 1);
		}
		buf_adds(out, "\"\n");
	}
}

static void render_sent_recv(const struct recording *r, struct buf *out)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		buf_addf(out, "=== %s@%" PRIu64 " ===\n", ev.from == WIRE_HOST ? "SENT" : "RECV",
			 4254 + ev.t_us / 1000);
		for (size_t k = 0; k < ev.len; k++) {
			if (ev.data[k] != '\r')
				buf_addc(out, ev.data[k]);
		}
		if (ev.from == WIRE_HOST)
			buf_addc(out, '\n');
		buf_adds(out, "==================\n");
	}
	buf_adds(out, "Init MQTT...\n");
}

/* --- dumps ------------------------------------------------------------------------------------------------------ */

static void hex_row(struct buf *out, const char *p, size_t n, size_t width)
{
	size_t start = out->len;

	for (size_t i = 0; i < n; i++)
		buf_addf(out, " %02x", (unsigned char)p[i]);
	while (out->len - start < width)
		buf_addc(out, ' ');
}

static void ascii(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, isprint((unsigned char)p[i]) ? p[i] : '.');
}

static void socat_head(struct buf *out, const struct wire_event *ev, uint64_t offset[2])
{
	bool host = ev->from == WIRE_HOST;

	buf_addf(out, "%c 2026/11/28 ", host ? '>' : '<');
	clock_text(out, ev->t_us, 6);
	buf_addf(out, "000  length=%zu from=%" PRIu64 " to=%" PRIu64 "\n", ev->len, offset[host],
		 offset[host] + ev->len - 1);
	offset[host] += ev->len;
}

static void render_socat_v(const struct recording *r, struct buf *out)
{
	uint64_t offset[2] = { 0 };

	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		socat_head(out, &ev, offset);
		for (size_t k = 0; k < ev.len; k++) {
			if (ev.data[k] == '\n' || (isprint((unsigned char)ev.data[k]) && ev.data[k] != '\\'))
				buf_addc(out, ev.data[k]);
			else
				buf_adds(out, ev.data[k] == '\r' ? "\\r" : ev.data[k] == '\\' ? "\\\\" : ".");
		}
	}
}

/* A row ends after 16 bytes, and after LF. */
static void render_socat_xv(const struct recording *r, struct buf *out)
{
	uint64_t offset[2] = { 0 };

	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		socat_head(out, &ev, offset);
		for (size_t k = 0, n; k < ev.len; k += n) {
			for (n = 0; k + n < ev.len && n < ROW_BYTES && (!n || ev.data[k + n - 1] != '\n');)
				n++;
			hex_row(out, ev.data + k, n, 3 * ROW_BYTES + 2);
			ascii(out, ev.data + k, n);
			buf_addc(out, '\n');
		}
		buf_adds(out, "--\n");
	}
}

static void render_socat_x(const struct recording *r, struct buf *out)
{
	uint64_t offset[2] = { 0 };

	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		socat_head(out, &ev, offset);
		hex_row(out, ev.data, ev.len, 0);
		buf_addc(out, '\n');
	}
}

static void jpnevulator(const struct recording *r, struct buf *out, const char *host, const char *modem)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		if (!host && ev.from == WIRE_HOST)
			continue;
		buf_adds(out, "2026-11-28 ");
		clock_text(out, ev.t_us, 6);
		buf_addf(out, ":%s%s\r\n", host ? " " : "", ev.from == WIRE_HOST ? host : modem);
		for (size_t k = 0; k < ev.len; k += ROW_BYTES) {
			size_t n = ev.len - k < ROW_BYTES ? ev.len - k : ROW_BYTES, start = out->len;

			for (size_t b = 0; b < n; b++)
				buf_addf(out, b ? " %02X" : "%02X", (unsigned char)ev.data[k + b]);
			while (out->len - start < 3 * ROW_BYTES - 1)
				buf_addc(out, ' ');
			buf_addc(out, '\t');
			ascii(out, ev.data + k, n);
			buf_adds(out, "\r\n");
		}
	}
}

static void render_jpnevulator(const struct recording *r, struct buf *out)
{
	jpnevulator(r, out, "/dev/ttyUSB0", "/dev/ttyUSB1");
}

static void render_jpnevulator_one(const struct recording *r, struct buf *out)
{
	jpnevulator(r, out, NULL, "");
}

static void all_modem_bytes(const struct recording *r, struct buf *out)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		if (ev.from == WIRE_MODEM)
			buf_add(out, ev.data, ev.len);
	}
}

static void render_hexdump(const struct recording *r, struct buf *out)
{
	struct buf all;

	buf_init(&all, 1 << 20);
	all_modem_bytes(r, &all);
	for (size_t k = 0; k < all.len; k += ROW_BYTES) {
		size_t n = all.len - k < ROW_BYTES ? all.len - k : ROW_BYTES, start = out->len;

		buf_addf(out, "%08zx ", k);
		hex_row(out, all.data + k, n < 8 ? n : 8, 0);
		if (n > 8) {
			buf_addc(out, ' ');
			hex_row(out, all.data + k + 8, n - 8, 0);
		}
		while (out->len - start < 60)
			buf_addc(out, ' ');
		buf_addc(out, '|');
		ascii(out, all.data + k, n);
		buf_adds(out, "|\n");
	}
	buf_addf(out, "%08zx\n", all.len);
	buf_free(&all);
}

static void render_xxd(const struct recording *r, struct buf *out)
{
	struct buf all;

	buf_init(&all, 1 << 20);
	all_modem_bytes(r, &all);
	for (size_t k = 0; k < all.len; k += ROW_BYTES) {
		size_t n = all.len - k < ROW_BYTES ? all.len - k : ROW_BYTES, start = out->len;

		buf_addf(out, "%08zx: ", k);
		for (size_t b = 0; b < n; b++)
			buf_addf(out, b % 2 ? "%02x " : "%02x", (unsigned char)all.data[k + b]);
		while (out->len - start < 51)
			buf_addc(out, ' ');
		ascii(out, all.data + k, n);
		buf_addc(out, '\n');
	}
	buf_free(&all);
}

/* esp_modem's own dumps, with a word before each that says whose it is. */
static void render_esp_idf(const struct recording *r, struct buf *out)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);
		uint64_t ms = 910 + ev.t_us / 1000;

		buf_addf(out, "\x1b[0;32mD (%" PRIu64 ") esp-modem: %s:\x1b[0m\n", ms,
			 ev.from == WIRE_HOST ? "writing" : "reading");
		for (size_t k = 0; k < ev.len; k += ROW_BYTES) {
			size_t n = ev.len - k < ROW_BYTES ? ev.len - k : ROW_BYTES;

			buf_addf(out, "D (%" PRIu64 ") esp-modem: 0x3ffb9be4  ", ms);
			hex_row(out, ev.data + k, n, 3 * ROW_BYTES + 2);
			buf_addc(out, '|');
			ascii(out, ev.data + k, n);
			buf_adds(out, "|\n");
		}
		buf_addf(out, "I (%" PRIu64 ") main: still here\n", ms);
	}
}

static void render_jsonl(const struct recording *r, struct buf *out)
{
	recording_head(out, r);
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		recording_line(out, &ev);
	}
}

/* --- around other looks ----------------------------------------------------------------------------------------- */

static void quoted(const struct buf *in, struct buf *out)
{
	for (size_t i = 0; i < in->len;) {
		size_t n = strcspn(in->data + i, "\n");

		buf_adds(out, "> ");
		put_line(out, in->data + i, without_cr(in->data + i, n), "\n");
		i += n + 1;
	}
}

/* A mail that cites a mail that cites a serial monitor. */
static void render_mail(const struct recording *r, struct buf *out)
{
	struct buf once, twice;

	buf_init(&once, 1 << 20);
	buf_init(&twice, 1 << 20);
	render_arduino(r, &once);
	quoted(&once, &twice);
	buf_adds(out, "Hello,\n\nthis is what our customer sent us, can you have a look?\n\n> On Thu, 29 Jun 2023, "
		      "Somebody wrote:\n");
	quoted(&twice, out);
	buf_adds(out, "\nKind regards\n");
	buf_free(&once);
	buf_free(&twice);
}

/* A thread with prose, a code block, and an answer by somebody else. */
static void render_markdown(const struct recording *r, struct buf *out)
{
	buf_adds(out, "# It does not connect\n\nsomebody commented 1 year ago\n\nI tried this with a new SIM card and "
		      "got:\n\n```\n");
	each_line(r, false, out, line_minicom);
	buf_adds(out,
		 "```\n\nIs that a bug?\n\nsomeone commented 1 year ago\n\n@somebody please try another broker.\n");
}

static void render_bare_cr(const struct recording *r, struct buf *out)
{
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		for (size_t k = 0; k < ev.len && ev.from == WIRE_MODEM; k++)
			buf_addc(out, ev.data[k] == '\n' ? '\r' : ev.data[k]);
	}
}

static const struct render_row {
	const char *look, *format;
	void (*render)(const struct recording *r, struct buf *out);
	bool timed;
	bool exact;   /* bytes and directions are in it: the echo, too */
	bool counted; /* says how many bytes there are, so that a line that is missing is missed */
} render_rows[] = {
	{ "plain", "plain", render_plain, false, false },
	{ "lines ended by CR alone", "plain", render_bare_cr, false, false },
	{ "putty", "putty", render_putty, false, false },
	{ "picocom", "picocom", render_picocom, false, false },
	{ "minicom", "minicom", render_minicom, false, false },
	{ "minicom with times", "minicom", render_minicom_times, true, false },
	{ "arduino", "arduino", render_arduino, true, false },
	{ "tio", "tio", render_tio, true, false },
	{ "tio, iso8601", "tio", render_tio_iso, true, false },
	{ "teraterm", "teraterm", render_teraterm, true, false },
	{ "stamped", "stamped", render_stamped, true, false },
	{ "streamdebugger", "streamdebugger", render_streamdebugger, false, false },
	{ "TX and RX", "marked", render_tx_rx, false, false },
	{ ">> and <<", "marked", render_arrows, false, false },
	{ "TX and RX with times", "marked", render_marked_times, true, false },
	{ "sscom", "sscom", render_sscom, true, false },
	{ "uart_debug", "quoted", render_quoted, true, true },
	{ "SENT@ and RECV@", "sent-recv", render_sent_recv, true, false },
	{ "socat -v", "socat", render_socat_v, true, true, true },
	{ "socat -x -v", "socat", render_socat_xv, true, true, true },
	{ "socat -x", "socat", render_socat_x, true, true, true },
	{ "jpnevulator, two ports", "jpnevulator", render_jpnevulator, true, true },
	{ "jpnevulator, one port", "jpnevulator", render_jpnevulator_one, true, false },
	{ "hexdump -C", "hexdump", render_hexdump, false, false, true },
	{ "xxd", "xxd", render_xxd, false, false },
	{ "esp_modem", "esp-idf", render_esp_idf, true, true },
	{ "jsonl", "jsonl", render_jsonl, true, true },
	{ "mail around mail around arduino", "arduino", render_mail, true, false },
	{ "markdown in a thread", "plain", render_markdown, false, false },
};

enum { RENDER_ROWS = sizeof(render_rows) / sizeof(render_rows[0]) };

#endif
