/*
 * Reading an answer: ranges, bodies larger than the cache, hosts and servers that are slow, bodies that end early, and
 * the oddities of single revisions (quirks Q23).
 */
#include "modem/net.h"
#include "tests/rig_http.h"

#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

enum { BIG = 10485760 };

/* Byte i of a modelled body that is given by its size. */
static char pattern(unsigned long long i)
{
	unsigned line = (unsigned)(i - i % 16), k = i % 16;

	return k == 15 ? '\n' : k > 7 ? '.' : "0123456789abcdef"[line >> 4 * (7 - k) & 15];
}

/* The blocks of an AT+HTTPREAD taken apart: their bytes are [from, from + n) of the pattern. */
static void check_blocks(struct rig *r, unsigned long long from, size_t n, size_t block)
{
	static const char head[] = "\r\n+HTTPREAD: DATA,";
	const char *p = r->out.data, *end = p + r->out.len;
	unsigned long long at = from, wrong = 0;

	ck_assert(!strncmp(p, RIG_OK, 6));
	p += 6;
	while (end - p > (long)sizeof(head) && !memcmp(p, head, sizeof(head) - 1)) {
		size_t k = strtoul(p + sizeof(head) - 1, NULL, 10);

		ck_assert_uint_le(k, block);
		p = strstr(p + 2, "\r\n") + 2;
		for (size_t i = 0; i < k; i++)
			wrong += p[i] != pattern(at + i);
		p += k;
		at += k;
	}
	ck_assert_uint_eq(wrong, 0);
	ck_assert_uint_eq(at - from, n);
	ck_assert_str_eq(p, "\r\n+HTTPREAD: 0\r\n");
	buf_reset(&r->out);
}

static void read_part(struct rig *r, unsigned long long offset, size_t size, size_t n)
{
	static const char last[] = "\r\n+HTTPREAD: 0\r\n";
	char line[60];
	uint64_t due;

	snprintf(line, sizeof(line), "AT+HTTPREAD=%llu,%zu\r", offset, size);
	rig_feed(r, line, strlen(line));
	while (r->out.len < sizeof(last) || strcmp(r->out.data + r->out.len - sizeof(last) + 1, last)) {
		ck_assert(clock_next(r->clock, &due));
		clock_advance_to(r->clock, due);
	}
	check_blocks(r, offset, n, 1024);
}

/* The whole of ten megabytes by offsets: what the modem holds never passes its cache. */
START_TEST(big_by_offsets)
{
	enum { STEP = 65536 };
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/big");
	rig_http_action(r, 0, "200,10485760");
	rig_row(r, "AT+HTTPREAD?\r", "\r\n+HTTPREAD: LEN,10485760\r\n" RIG_OK);
	for (unsigned long long at = 0; at < BIG; at += STEP)
		read_part(r, at, STEP, STEP);
	rig_row(r, "AT+HTTPREAD=10485760,1\r", RIG_ERROR);
	/* The beginning is gone, the end is not. */
	rig_row(r, "AT+HTTPREAD=0,1\r", RIG_ERROR);
	rig_why(r, "no longer in the cache");
	read_part(r, BIG - 100, 100, 100);
	rig_free(r);
}
END_TEST

/* And by ranges, each a request of its own, as a downloader does. */
START_TEST(big_by_ranges)
{
	enum { STEP = 131072 };
	struct rig *r = rig_http_new(B04, NULL, "");
	char line[80];

	rig_http_start(r, "http://web.example/big");
	for (unsigned long long at = 0; at < BIG; at += STEP) {
		snprintf(line, sizeof(line), "AT+HTTPPARA=\"USERDATA\",\"Range: bytes=%llu-%llu\"\r", at, at + STEP - 1);
		rig_row(r, line, RIG_OK);
		rig_http_action(r, 0, "206,131072");
		rig_feed(r, "AT+HTTPREAD=0,131072\r", 21);
		clock_advance_to(r->clock, clock_now_us(r->clock) + 1000000);
		check_blocks(r, at, STEP, 1024);
	}
	rig_free(r);
}
END_TEST

START_TEST(ranges)
{
	static const struct {
		const char *from, *to, *outcome;
	} rows[] = {
		{ "0", "0", "200,2500" },	 /* none */
		{ "0", "99", "206,100" },  { "100", "199", "206,100" }, { "2400", "9999", "206,100" },
		{ "1000", "0", "206,1500" }, /* to the end */
		{ "1000", "999", "206,1500" }, { "2500", "0", "416,36" },
	};
	struct rig *r = rig_http_new(B04, NULL, "");
	char line[60];

	rig_http_start(r, "http://web.example/pattern");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line), "AT+HTTPPARA=\"BREAK\",%s\r", rows[i].from);
		rig_row(r, line, RIG_OK);
		snprintf(line, sizeof(line), "AT+HTTPPARA=\"BREAKEND\",%s\r", rows[i].to);
		rig_row(r, line, RIG_OK);
		rig_http_action(r, 0, rows[i].outcome);
	}
	rig_free(r);
}
END_TEST

/* Without an offset a read goes on behind the one before. */
START_TEST(sequence)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	rig_row(r, "AT+HTTPREAD=5\r", RIG_OK "\r\n+HTTPREAD: DATA,5\r\nHello\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPREAD=5\r", RIG_OK "\r\n+HTTPREAD: DATA,5\r\n, mod\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPREAD=99\r", RIG_OK "\r\n+HTTPREAD: DATA,5\r\nem!\r\n\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPREAD=1\r", RIG_ERROR);
	rig_row(r, "AT+HTTPREAD=0,1\r", RIG_OK "\r\n+HTTPREAD: DATA,1\r\nH\r\n+HTTPREAD: 0\r\n");
	rig_free(r);
}
END_TEST

/* Commands typed behind a read wait for it; its bytes are not torn. */
START_TEST(typed_ahead)
{
	static const char both[] = RIG_OK "\r\n+HTTPREAD: DATA,20\r\n00000000.......\n0000\r\n+HTTPREAD: 0\r\n"
				   "\r\n+CSQ: 25,99\r\n" RIG_OK;
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/slow");
	rig_http_action(r, 0, "200,200");
	rig_feed(r, "AT+HTTPREAD=0,20\rAT+CSQ\r", 24);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 10000000);
	rig_check(r, "(both)", both, sizeof(both) - 1);
	rig_free(r);
}
END_TEST

/* A length that nobody announced: the read ends where the body does. */
START_TEST(unknown_length)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/chunked");
	rig_http_action(r, 0, "200,0");
	rig_row(r, "AT+HTTPREAD=0,1000\r", RIG_OK "\r\n+HTTPREAD: DATA,9\r\nno length\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPREAD?\r", "\r\n+HTTPREAD: LEN,9\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* --- bodies that end early ---------------------------------------------------------------------------------------- */

START_TEST(cut_short)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/cut");
	rig_http_action(r, 0, "200,2000");
	rig_more(r, "\r\n+HTTP_PEER_CLOSED\r\n");
	rig_feed(r, "AT+HTTPREAD=0,2000\r", 19);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1000000);
	check_blocks(r, 0, 1000, 1024);
	rig_why(r, "1000 of 2000 bytes came");
	rig_why(r, "\"code\":704");
	rig_free(r);
}
END_TEST

START_TEST(stalled)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/badlength");
	rig_http_action(r, 0, "200,15");
	rig_row(r, "AT+HTTPREAD=0,15\r", RIG_OK "\r\n+HTTP_PEER_CLOSED\r\n\r\n+HTTPREAD: DATA,5\r\nshort\r\n+HTTPREAD: 0\r\n");
	rig_why(r, "announced 15 bytes, sent 5");
	rig_http_url(r, "http://web.example/stall");
	rig_row(r, "AT+HTTPPARA=\"RECVTO\",5\r", RIG_OK);
	rig_http_action(r, 0, "200,2000");
	rig_feed(r, "AT+HTTPREAD=0,2000\r", 19);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 4900000);
	ck_assert_uint_eq(r->out.len, 6);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1000000);
	ck_assert_ptr_nonnull(strstr(r->out.data, "\r\n+HTTPREAD: 0\r\n"));
	rig_why(r, "misbehaviour stall");
	rig_why(r, "\"code\":705");
	buf_reset(&r->out);
	rig_free(r);
}
END_TEST

/* The bearer goes in the middle of a read. */
START_TEST(bearer_lost)
{
	struct rig *r = rig_http_new(B04, NULL, "");

	rig_http_start(r, "http://web.example/slow");
	rig_http_action(r, 0, "200,200");
	rig_row(r, "AT+HTTPREAD=0,200\r", RIG_OK);
	net_drop(r->modem->net);
	rig_more(r, "\r\n+HTTP_NONET_EVENT\r\n\r\n+HTTPREAD: 0\r\n");
	rig_why(r, "\"code\":717");
	rig_free(r);
}
END_TEST

/* --- hosts that do not read --------------------------------------------------------------------------------------- */

static bool host_full(void *ctx)
{
	return *(bool *)ctx;
}

static struct rig *out_rig;

static void out(const void *p, size_t n, void *ctx)
{
	(void)ctx;
	rig_take_out(p, n, out_rig);
}

static void flows(struct at_channel *at, void *ctx)
{
	(void)at;
	(void)ctx;
	cmd_flows(&out_rig->host);
}

/* No block leaves while the last one has not been taken, and the server waits too. */
START_TEST(slow_host)
{
	struct rig *r = rig_http_new(B04, NULL, "");
	bool full = false;

	out_rig = r;
	at_free(r->host.channel[0]);
	r->host.channel[0] = at_new(cmd_tables(), r->profile, r->clock, r->trace,
				    &(struct at_hooks){ .out = out, .gate = cmd_gate, .full = host_full, .flows = flows,
							.ctx = &full },
				    &r->host);
	at_enable(r->host.channel[0], true);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_http_start(r, "http://web.example/big");
	rig_http_action(r, 0, "200,10485760");
	full = true;
	rig_feed(r, "AT+HTTPREAD=0,300000\r", 21);
	for (int i = 1; i < 5; i++) {
		clock_advance_to(r->clock, clock_now_us(r->clock) + 60000000);
		ck_assert_uint_lt(r->out.len, (size_t)i * 1100 + 10);
		ck_assert_uint_gt(r->out.len, (size_t)i * 1024);
		full = false;
		at_host_ready(r->host.channel[0]);
		full = true;
	}
	full = false;
	at_host_ready(r->host.channel[0]);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 5000000);
	check_blocks(r, 0, 300000, 1024);
	rig_free(r);
}
END_TEST

/* --- single revisions --------------------------------------------------------------------------------------------- */

START_TEST(small_cache)
{
	struct rig *r = rig_http_new(A7670, NULL, "");
	char want[40];

	rig_http_start(r, "http://web.example/big");
	rig_http_action(r, 0, "200,10485760");
	/* A far offset: what lies before it is given up. */
	rig_row(r, "AT+HTTPREAD=1000000,16\r", RIG_OK "\r\n+HTTPREAD: 16\r\n000f4240.......\n\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPREAD=0,16\r", RIG_ERROR);
	/* READMODE 1 keeps up to a megabyte. */
	rig_row(r, "AT+HTTPPARA=\"READMODE\",1\r", RIG_OK);
	rig_http_action(r, 0, "200,10485760");
	rig_row(r, "AT+HTTPREAD=1000000,16\r", RIG_OK "\r\n+HTTPREAD: 16\r\n000f4240.......\n\r\n+HTTPREAD: 0\r\n");
	snprintf(want, sizeof(want), "%.15s\n", "00000000.......");
	rig_row(r, "AT+HTTPREAD=0,16\r", RIG_OK "\r\n+HTTPREAD: 16\r\n00000000.......\n\r\n+HTTPREAD: 0\r\n");
	rig_free(r);
}
END_TEST

START_TEST(oddities)
{
	static const char *const quirks[] = { "http_tail_loss_bytes=10", "http_range_length_zero=true",
					      "http_head_length=zero", "http_head_order=ok_first", NULL };
	struct rig *r = rig_http_new(B04, quirks, "");

	rig_http_start(r, "http://web.example/hello");
	rig_http_action(r, 0, "200,15");
	rig_row(r, "AT+HTTPREAD?\r", "\r\n+HTTPREAD: LEN,15\r\n" RIG_OK);
	rig_row(r, "AT+HTTPREAD=0,15\r", RIG_OK "\r\n+HTTPREAD: DATA,5\r\nHello\r\n+HTTPREAD: 0\r\n");
	rig_row(r, "AT+HTTPREAD=5,10\r", RIG_ERROR);
	rig_http_action(r, 2, "200,0");
	rig_feed(r, "AT+HTTPHEAD\r", 12);
	ck_assert(!strncmp(r->out.data, RIG_OK "\r\n+HTTPHEAD: DATA,124\r\nHTTP/1.1 200 OK\r\n", 46));
	buf_reset(&r->out);
	rig_row(r, "AT+HTTPPARA=\"BREAKEND\",4\r", RIG_OK);
	rig_http_action(r, 0, "206,0");
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, big_by_offsets);
	tcase_add_test(tc, big_by_ranges);
	tcase_add_test(tc, ranges);
	tcase_add_test(tc, sequence);
	tcase_add_test(tc, typed_ahead);
	tcase_add_test(tc, unknown_length);
	tcase_add_test(tc, cut_short);
	tcase_add_test(tc, stalled);
	tcase_add_test(tc, bearer_lost);
	tcase_add_test(tc, slow_host);
	tcase_add_test(tc, small_cache);
	tcase_add_test(tc, oddities);
}

int main(void)
{
	return rig_main("http read", add);
}
