/*
 * Random conversations with AT+CIP* and a random world: whatever happens, each link is in one state, buffers stay
 * within their bounds, the modem answers AT, and when it is switched off nothing is left. Seeded, so that a failure
 * repeats.
 */
#include "base/prng.h"
#include "tests/test_cip_rig.h"

enum { RUNS = 40, STEPS = 120 };

static const char *const commands[] = {
	"AT+NETOPEN\r",
	"AT+NETOPEN\r",
	"AT+NETCLOSE\r",
	"AT+NETOPEN?\r",
	"AT+IPADDR\r",
	"AT+CIPMODE=1\r",
	"AT+CIPMODE=0\r",
	"AT+CIPRXGET=0\r",
	"AT+CIPRXGET=1\r",
	"AT+CIPSENDMODE=0\r",
	"AT+CIPSENDMODE=1\r",
	"AT+CIPHEAD=0\r",
	"AT+CIPHEAD=1\r",
	"AT+CIPCCFG=0,0,0,1,0,0,500\r",
	"AT+CIPCCFG=3,1000,0,0,1,0,500\r",
	"AT+CIPTIMEOUT=3000,3000,3000\r",
	"AT+CIPOPEN=#,\"TCP\",\"echo.test\",7\r",
	"AT+CIPOPEN=#,\"TCP\",\"hello.test\",7\r",
	"AT+CIPOPEN=#,\"TCP\",\"chargen.test\",19\r",
	"AT+CIPOPEN=#,\"TCP\",\"once.test\",80\r",
	"AT+CIPOPEN=#,\"TCP\",\"mute.test\",7\r",
	"AT+CIPOPEN=#,\"TCP\",\"far.test\",7\r",
	"AT+CIPOPEN=#,\"TCP\",\"small.test\",7\r",
	"AT+CIPOPEN=#,\"TCP\",\"lost.test\",7\r",
	"AT+CIPOPEN=#,\"UDP\",,,500#\r",
	"AT+CIPOPEN=#,\"UDP\",\"echo.test\",7,500#\r",
	"AT+CIPOPEN?\r",
	"AT+CIPCLOSE?\r",
	"AT+CIPCLOSE=#\r",
	"AT+CIPCLOSE=#\r",
	"AT+CIPSEND=#,4\r",
	"AT+CIPSEND=#,4\r",
	"AT+CIPSEND=#,1500\r",
	"AT+CIPSEND=#,\r",
	"AT+CIPSEND=#,3,\"echo.test\",7\r",
	"AT+CIPRXGET=2,#\r",
	"AT+CIPRXGET=2,#,7\r",
	"AT+CIPRXGET=3,#\r",
	"AT+CIPRXGET=4,#\r",
	"AT+CIPACK=#\r",
	"AT+SERVERSTART=8#,1\r",
	"AT+SERVERSTART=8#,2\r",
	"AT+SERVERSTOP=1\r",
	"AT+SERVERSTOP=2\r",
	"AT+SERVERSTART?\r",
	"AT+CDNSGIP=\"echo.test\"\r",
	"AT+CDNSGHNAME=\"198.18.91.241\"\r",
	"ATO\r",
	"ATH\r",
	"AT+CFUN=0\r",
	"AT+CFUN=1\r",
	"GETx",
	"abcd",
	"\x1a",
	"\x1b",
	"a\x03\x1a",
	"+++",
	"\r",
	"AT\r",
};

static const char *const worlds[] = {
	"drop close",
	"drop reset",
	"refuse on",
	"refuse off",
	"mute on",
	"mute off",
	"connect 80",
	"connect 81 203.0.113.9:4711",
	"peer 1 send hello",
	"peer 2 send x",
	"peer 3 close",
	"peer 4 reset",
	"peer 5 send 0123456789",
};

static void say(struct rig *r, struct prng *p)
{
	const char *text = commands[prng_below(p, sizeof(commands) / sizeof(commands[0]))];
	char line[128];
	size_t n = strlen(text);

	memcpy(line, text, n);
	for (size_t i = 0; i < n; i++) {
		if (line[i] == '#')
			line[i] = (char)('0' + prng_below(p, 3));
	}
	rig_feed(r, line, n);
}

static void happen(struct rig *r, struct prng *p)
{
	struct buf reply;

	switch (prng_below(p, 8)) {
	case 0:
		net_drop(r->modem->net);
		break;
	case 1:
		net_up(r->modem->net);
		break;
	case 2:
		at_settings(r->host.channel[0])->dtr = (int)prng_below(p, 3);
		at_dtr_drop(r->host.channel[0]);
		break;
	default:
		buf_init(&reply, 65536);
		link_control(r->link, worlds[prng_below(p, sizeof(worlds) / sizeof(worlds[0]))], &reply);
		buf_free(&reply);
		break;
	}
}

static void check(const struct rig *r, unsigned seed)
{
	const struct socket *s = r->modem->socket;

	for (int i = 0; i < SOCKET_LINKS; i++) {
		const struct socket_link *l = socket_link(s, i);
		const struct socket_chunk *c;
		size_t n = 0;

		STAILQ_FOREACH (c, &l->rx, entry)
			n += c->len - c->taken;
		ck_assert_msg(n == l->rx_bytes, "seed %u: %zu bytes wait, %zu counted", seed, n, l->rx_bytes);
		ck_assert_msg(n < 8000, "seed %u: link %d keeps %zu", seed, i, n);
		ck_assert_msg(!l->stream || l->state != SOCKET_FREE, "seed %u: a free link has a stream", seed);
		ck_assert_msg(l->tx.len <= 65536, "seed %u: %zu to be sent", seed, l->tx.len);
	}
}

/* Whatever is open ends: links with their network, prompts by what they want; then the modem listens. */
static void must_answer(struct rig *r, unsigned seed)
{
	char filler[1600];

	memset(filler, '\r', sizeof(filler));
	net_drop(r->modem->net);
	for (int i = 0; i < 3; i++) { /* what was typed ahead may have opened a prompt again */
		rig_feed(r, filler, sizeof(filler));
		rig_feed(r, "\x1a", 1);
		clock_advance_to(r->clock, clock_now_us(r->clock) + 200000000);
	}
	buf_reset(&r->out);
	rig_feed(r, "\rAT\r", 4);
	ck_assert_msg(strstr(buf_str(&r->out), RIG_OK) != NULL, "seed %u: no OK but %s", seed, buf_str(&r->out));
}

START_TEST(test_random)
{
	for (unsigned seed = (unsigned)_i * RUNS; seed < ((unsigned)_i + 1) * RUNS; seed++) {
		static const char *const profiles[] = { B05, A7670, LE11 };
		struct rig *r = cip_new_closed(profiles[seed % 3], QUIRKS("cip_rx_buffer_bytes=3000"));
		struct prng p;

		prng_seed(&p, seed);
		for (int i = 0; i < STEPS; i++) {
			if (prng_below(&p, 4))
				say(r, &p);
			else
				happen(r, &p);
			clock_advance_to(r->clock, clock_now_us(r->clock) + prng_below(&p, 4) * prng_below(&p, 500000));
			check(r, seed);
			buf_reset(&r->out);
			buf_reset(&r->why);
		}
		must_answer(r, seed);
		modem_power_off(r->modem);
		check(r, seed);
		rig_free(r);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, test_random, 0, 4);
}

int main(void)
{
	return rig_main("cmd_cip_random", add);
}
