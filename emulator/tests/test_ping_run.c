/* AT+CPING: lines and their times, who answers and who does not, ranges, and what interrupts a run. */
#include "modem/net.h"
#include "tests/rig_world.h"

#define B04 "LE20B04V03SIM7600M22"
#define A7670 "A011B03A7670M7_F"

/* No jitter where there is nothing to vary: times are exact. */
static const char world[] =
	RIG_HOST("near.test", "{service: echo, latency: {ping: 1ms}}")
	RIG_HOST("far.test", "{service: echo, latency: {ping: 20s}}")
	"  - {match: silent.test, ping: no, model: {}}\n"
	"  - {match: there.test, ping: yes, model: {latency: {ping: 1ms}}}\n"
	"  - {match: mapped.test, real: '127.0.0.1:1'}\n"
	RIG_HOST("198.51.100.7", "{latency: {ping: 1ms}}");

#define ZEROS "\r\n+CPING: 3,0,0,0,0,0,0\r\n"
#define NEAR "198.18.117.22"

static const struct {
	const char *profile, *quirk, *in, *out, *why;
} rows[] = {
	{ B04, NULL, "AT+CPING=\"near.test\",1,1\r",
	  RIG_OK "\r\n+CPING: 1," NEAR ",64,1,255\r\n\r\n+CPING: 3,1,1,0,1,1,1\r\n", NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,2,188,1000,10000,16\r",
	  RIG_OK "\r\n+CPING: 1," NEAR ",188,1,16\r\n\r\n+CPING: 1," NEAR ",188,1,16\r\n\r\n+CPING: 3,2,2,0,1,1,1\r\n", NULL },
	/* RT-Thread's driver leaves places empty */
	{ B04, NULL, "AT+CPING=\"near.test\",1,1,32,,,64\r",
	  RIG_OK "\r\n+CPING: 1," NEAR ",32,1,64\r\n\r\n+CPING: 3,1,1,0,1,1,1\r\n", NULL },
	{ A7670, NULL, "AT+CPING=\"near.test\",1,1\r",
	  RIG_OK "\r\n+CPING: 1," NEAR ",92,1,52\r\n\r\n+CPING: 3,1,1,0,1,1,1\r\n", NULL },
	{ B04, NULL, "AT+CPING=\"198.51.100.7\",1,1\r",
	  RIG_OK "\r\n+CPING: 1,198.51.100.7,64,1,255\r\n\r\n+CPING: 3,1,1,0,1,1,1\r\n", NULL },
	{ B04, NULL, "AT+CPING=\"silent.test\",1,2\r",
	  RIG_OK "\r\n+CPING: 2\r\n\r\n+CPING: 2\r\n\r\n+CPING: 3,2,0,2,0,0,0\r\n", "answers no echo requests" },
	{ B04, NULL, "AT+CPING=\"there.test\",1,1\r",
	  RIG_OK "\r\n+CPING: 1,198.19.21.144,64,1,255\r\n\r\n+CPING: 3,1,1,0,1,1,1\r\n", NULL },
	/* answers as the world says, wherever its ports lead */
	{ B04, NULL, "AT+CPING=\"mapped.test\",1,1\r",
	  RIG_OK "\r\n+CPING: 1,198.18.1.152,64,24,255\r\n\r\n+CPING: 3,1,1,0,24,24,24\r\n", NULL },
	{ B04, NULL, "AT+CPING=\"far.test\",1,1\r", RIG_OK "\r\n+CPING: 2\r\n\r\n+CPING: 3,1,0,1,0,0,0\r\n",
	  "only 10000 are waited for" },
	{ B04, NULL, "AT+CPING=\"192.0.2.1\",1,1\r", RIG_OK "\r\n+CPING: 2\r\n\r\n+CPING: 3,1,0,1,0,0,0\r\n",
	  "modelled only" },
	{ B04, NULL, "AT+CPING=\"no.test\",1,4\r", RIG_OK ZEROS, "is not in the modelled world" },
	{ B04, NULL, "AT+CPING=\"near.test\",2,1\r", RIG_OK ZEROS, "an IPv6 address was asked for" },
	{ B04, NULL, "AT+CPING=\"2001:db8::1\",1,1\r", RIG_OK ZEROS, "an IPv4 address was asked for" },
	{ B04, NULL, "AT+CPING=?\r",
	  "\r\n+CPING: IP address,(1,2),(1-100),(4-188),(1000-10000),(10000-100000),(16-255)\r\n" RIG_OK, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\"\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"\",1\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",0\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",3\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,0\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,101\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,1,3\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,1,189\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,1,64,999\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,1,64,10001\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,1,64,1000,9999\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,1,64,1000,100001\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,1,64,1000,10000,15\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING=\"near.test\",1,1,64,1000,10000,256\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING?\r", RIG_ERROR, NULL },
	{ B04, NULL, "AT+CPING\r", RIG_ERROR, NULL },
};

START_TEST(run)
{
	const char *const quirks[] = { rows[_i].quirk, NULL };
	struct rig *r = rig_new_world(rows[_i].profile, quirks, world);

	rig_row(r, rows[_i].in, rows[_i].out);
	rig_quiet(r, 20000);
	if (rows[_i].why)
		rig_why(r, rows[_i].why);
	rig_free(r);
}
END_TEST

/* The name takes 150 ms; probes go out every two seconds by default, and a lost one is given up after ten. */
START_TEST(times)
{
	struct rig *r = rig_new_world(B04, NULL, world);
	uint64_t start;

	rig_row(r, "AT+CPING=\"near.test\",1,2\r", RIG_OK);
	rig_after(r, 151, "\r\n+CPING: 1," NEAR ",64,1,255\r\n");
	rig_after(r, 2151, "\r\n+CPING: 1," NEAR ",64,1,255\r\n\r\n+CPING: 3,2,2,0,1,1,1\r\n");
	rig_row(r, "AT+CPING=\"silent.test\",1,2,64,1000\r", RIG_OK);
	start = r->sent_us;
	/* nothing says that the first is given up later than the second goes out */
	rig_after(r, 10150, "\r\n+CPING: 2\r\n");
	rig_after(r, 11150, "\r\n+CPING: 2\r\n\r\n+CPING: 3,2,0,2,0,0,0\r\n");
	ck_assert_uint_eq(r->sent_us, start);
	rig_free(r);
}
END_TEST

/* The same seed, the same jitter: between what the world says and half as much again. */
START_TEST(jitter)
{
	char *first = NULL;

	for (int i = 0; i < 2; i++) {
		struct rig *r = rig_new_world(B04, NULL, RIG_HOST("usual.test", "{}"));

		rig_feed(r, "AT+CPING=\"usual.test\",1,100,64,1000\r", 37);
		clock_advance_to(r->clock, clock_now_us(r->clock) + 200000000);
		ck_assert_ptr_nonnull(strstr(buf_str(&r->out), "\r\n+CPING: 3,100,100,0,19,28,2"));
		if (first)
			ck_assert_str_eq(first, buf_str(&r->out));
		else
			first = strdup(buf_str(&r->out));
		rig_free(r);
	}
	free(first);
}
END_TEST

START_TEST(one_at_a_time)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, "AT+CPING=\"silent.test\",1,1\r", RIG_OK);
	rig_row(r, "AT+CPING=\"near.test\",1,1\r", RIG_ERROR);
	rig_why(r, "under way already");
	rig_more(r, "\r\n+CPING: 2\r\n\r\n+CPING: 3,1,0,1,0,0,0\r\n");
	rig_row(r, "AT+CPING=\"near.test\",1,1\r",
		RIG_OK "\r\n+CPING: 1," NEAR ",64,1,255\r\n\r\n+CPING: 3,1,1,0,1,1,1\r\n");
	rig_free(r);
}
END_TEST

/* Without a bearer: the summary of a PDN that does not work; a loss in the middle ends the run. */
START_TEST(network_lost)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	rig_row(r, "AT+CPING=\"silent.test\",1,3,64,1000\r", RIG_OK);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1500000);
	net_drop(r->modem->net);
	rig_more(r, "\r\n+CPING: 2\r\n\r\n+CPING: 2\r\n\r\n+CPING: 3,2,0,2,0,0,0\r\n");
	rig_row(r, "AT+CPING=\"near.test\",1,1\r", RIG_OK ZEROS);
	rig_why(r, "the bearer is down");
	net_up(r->modem->net);
	rig_quiet(r, 10000);
	rig_row(r, "AT+CPING=\"no.test\",1,1\r", RIG_OK);
	net_drop(r->modem->net);
	rig_more(r, ZEROS);
	rig_free(r);
}
END_TEST

START_TEST(reset_clears)
{
	struct rig *r = rig_new_world(B04, NULL, world);

	for (int i = 0; i < 2; i++) {
		rig_row(r, "AT+CPING=\"silent.test\",1,3\r", RIG_OK);
		if (i)
			clock_advance_to(r->clock, clock_now_us(r->clock) + 1500000);
		modem_power_off(r->modem);
		ck_assert_uint_eq(clock_armed(r->clock), 0);
		modem_power_on(r->modem, MODEM_BOOT_WARM);
		buf_reset(&r->out);
		rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	}
	rig_free(r);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, run, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, times);
	tcase_add_test(tc, jitter);
	tcase_add_test(tc, one_at_a_time);
	tcase_add_test(tc, network_lost);
	tcase_add_test(tc, reset_clears);
}

int main(void)
{
	return rig_main("ping run", add);
}
