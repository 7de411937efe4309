/*
 * The modem's end of PPP: packets in, packets out, at their times. Sequences are those of captured links: SIM7600
 * (esp-protocols#789, OVMS#720), its chipset's other modules (ppp#82, ppp#119), and modules that want PAP
 * (netxduo#100).
 */
#include "ppp/ppp.h"
#include "tests/test_ppp_peer.h"

#include <stdlib.h>

#include <openssl/evp.h>

#define MAGIC "910abeeb" /* of seed 1 */
#define CHALLENGE "f87171c3e08549cb679a74876f2aa5d0"
#define LCP "ff03c021"
#define REQ_OPTIONS "0206000000000506" MAGIC "07020802"
#define HOST_OPTIONS "0206000000000506586512f607020802"

struct rig {
	struct clock *clock;
	struct prng prng;
	struct ppp *ppp;
	struct buf out;		     /* bytes to the host */
	struct buf events;	     /* words: up, login:user, ip:hex, end:reason */
	const char *user, *password; /* what login() wants; NULL: everybody may */
	bool no_network;
};

static void on_out(const void *p, size_t n, void *ctx)
{
	ck_assert_int_eq(buf_add(&((struct rig *)ctx)->out, p, n), 0);
}

static bool on_login(const struct ppp_login *l, void *ctx)
{
	struct rig *r = ctx;

	buf_addf(&r->events, "login:%s ", l->auth == PPP_AUTH_NONE ? "-" : l->user);
	return !r->user || ppp_login_matches(l, r->user, r->password);
}

static bool on_network(struct ppp_network *out, void *ctx)
{
	*out = (struct ppp_network){ 0x0a400002, { 0x0a40ff01, 0x0a40ff02 } };
	return !((struct rig *)ctx)->no_network;
}

static void on_up(void *ctx)
{
	buf_adds(&((struct rig *)ctx)->events, "up ");
}

static void on_packet(const void *p, size_t n, void *ctx)
{
	struct rig *r = ctx;

	buf_adds(&r->events, "ip:");
	str_hex(&r->events, p, n);
	buf_addc(&r->events, ' ');
}

static void on_end(enum ppp_end end, void *ctx)
{
	struct rig *r = ctx;

	buf_addf(&r->events, "end:%s ", ppp_end_text(end));
	ppp_free(r->ppp);
	r->ppp = NULL;
}

static const struct ppp_config sim7600 = {
	.auth = PPP_AUTH_CHAP,
	.discard = true,
	.echo = PPP_ECHO_PEER,
	.chap_name = "UMTS_CHAP_SRVR",
	.restart_us = 3000000,
	.tries = 10,
	.end_us = 100000,
};

static struct rig *rig_new(const struct ppp_config *config)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct ppp_ops ops = { on_out, on_login, on_network, on_up, on_packet, on_end, r };

	ck_assert_ptr_nonnull(r);
	buf_init(&r->out, 1 << 16);
	buf_init(&r->events, 1 << 16);
	r->clock = clock_new_virtual();
	prng_seed(&r->prng, 1);
	r->ppp = ppp_new(config, &ops, r->clock, NULL, &r->prng);
	ck_assert_ptr_nonnull(r->ppp);
	return r;
}

static void rig_free(struct rig *r)
{
	ppp_free(r->ppp);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	clock_free(r->clock);
	buf_free(&r->out);
	buf_free(&r->events);
	free(r);
}

static void want(struct rig *r, const char *why, const char *packets)
{
	struct buf got;

	buf_init(&got, 1 << 16);
	peer_unframe(&got, buf_str(&r->out), r->out.len);
	ck_assert_msg(!strcmp(buf_str(&got), packets), "%s\n want %s\n got  %s", why, packets, buf_str(&got));
	buf_reset(&r->out);
	buf_free(&got);
}

static void want_events(struct rig *r, const char *events)
{
	ck_assert_str_eq(buf_str(&r->events), events);
	buf_reset(&r->events);
}

/* Frames of the packets in (hex, blanks between), and the packets that come back. */
static void say(struct rig *r, const char *in, const char *out)
{
	struct buf frames;
	char packet[4096];

	buf_init(&frames, 1 << 16);
	for (const char *p = in; *p;) {
		size_t n = strcspn(p, " ");

		ck_assert_uint_lt(n, sizeof(packet));
		memcpy(packet, p, n);
		packet[n] = '\0';
		peer_frame(&frames, packet);
		p += n + (p[n] == ' ');
	}
	ppp_feed(r->ppp, frames.data, frames.len);
	buf_free(&frames);
	want(r, in, out);
}

static void after(struct rig *r, uint64_t ms, const char *out)
{
	uint64_t from = clock_now_us(r->clock);

	clock_advance_to(r->clock, from + ms * 1000 - 1);
	want(r, "too early", "");
	clock_advance_to(r->clock, from + ms * 1000);
	want(r, "in time", out);
}

/* Up to open LCP, the host having refused to say who it is. */
static void open_lcp(struct rig *r)
{
	say(r, LCP "01010014" HOST_OPTIONS,
	    LCP "010000190206000000000305c223050506" MAGIC "07020802 " LCP "02010014" HOST_OPTIONS);
	say(r, LCP "040000090305c22305", LCP "01010014" REQ_OPTIONS);
	say(r, LCP "02010014" REQ_OPTIONS, LCP "0b020008" MAGIC);
	want_events(r, "login:- ");
}

#define DNS "81060a40ff0183060a40ff02"

static void open_all(struct rig *r)
{
	open_lcp(r);
	say(r, "ff03802101010016030600000000810600000000830600000000", "802101000004 80210301001603060a400002" DNS);
	say(r, "ff03802103000a0a030600000000", "");
	say(r, "ff0380210300000a030600000000", "802101010004");
	say(r, "802102010004", "");
	say(r, "80210102001603060a400002" DNS, "80210202001603060a400002" DNS);
	want_events(r, "up ");
}

/* esp-protocols#789 packet by packet, but for CMUX. */
START_TEST(test_sim7600)
{
	struct rig *r = rig_new(&sim7600);

	after(r, 60000, ""); /* the host speaks first (OVMS#720) */
	open_all(r);
	ck_assert_str_eq(ppp_phase_name(r->ppp), "up");
	say(r, "ff0300214500", "");
	say(r, "ff032145", "");
	say(r, "00214501", "");
	say(r, "214502", "");
	want_events(r, "ip:4500 ip:45 ip:4501 ip:4502 ");
	ppp_send(r->ppp, "\x45\x7e", 2);
	want(r, "IP to the host", "21457e");
	ck_assert_uint_eq(ppp_counts(r->ppp).packets_in, 4);
	ck_assert_uint_eq(ppp_counts(r->ppp).bytes_out, 2);
	say(r, LCP "09100008586512f6", LCP "0a100008586512f6");
	say(r, LCP "09110009586512f601", LCP "0a110009586512f601");
	say(r, LCP "05030004", LCP "06030004");
	after(r, 99, "");
	want_events(r, "");
	after(r, 1, "");
	want_events(r, "end:the host has terminated it ");
	rig_free(r);
}
END_TEST

/* ppp#119: the challenge and its name, the host's answer, success without a message. */
static void log_in_chap(struct rig *r, const char *user, const char *password, const char *out)
{
	struct buf md, hex;
	uint8_t digest[EVP_MAX_MD_SIZE];

	buf_init(&md, 512);
	buf_init(&hex, 512);
	buf_addc(&md, 1);
	buf_adds(&md, password);
	ck_assert_int_eq(str_unhex(&md, CHALLENGE), 0);
	ck_assert_int_eq(EVP_Digest(md.data, md.len, digest, NULL, EVP_md5(), NULL), 1);
	buf_addf(&hex, "c2230201%04zx10", 21 + strlen(user));
	str_hex(&hex, digest, 16);
	str_hex(&hex, user, strlen(user));
	say(r, buf_str(&hex), out);
	buf_free(&md);
	buf_free(&hex);
}

static void open_chap(struct rig *r)
{
	say(r, LCP "01010014" HOST_OPTIONS,
	    LCP "010000190206000000000305c223050506" MAGIC "07020802 " LCP "02010014" HOST_OPTIONS);
	say(r, LCP "020000190206000000000305c223050506" MAGIC "07020802",
	    LCP "0b010008" MAGIC " c2230101002310" CHALLENGE "554d54535f434841505f53525652");
}

START_TEST(test_chap)
{
	struct rig *r = rig_new(&sim7600);

	r->user = "sora";
	r->password = "secret";
	open_chap(r);
	say(r, "802101010004", ""); /* not before the login */
	log_in_chap(r, "sora", "secret", "c22303010004");
	want_events(r, "login:sora ");
	log_in_chap(r, "sora", "secret", "c22303010004"); /* said again: the first was lost */
	want_events(r, "");
	say(r, "802101010004", "802101000004 802102010004");
	rig_free(r);
}
END_TEST

START_TEST(test_chap_wrong)
{
	struct rig *r = rig_new(&sim7600);

	r->user = "sora";
	r->password = "secret";
	open_chap(r);
	log_in_chap(r, "sora", _i ? "secret2" : "Secret", "c22304010004 " LCP "05020004");
	say(r, LCP "06020004", "");
	after(r, 100, "");
	want_events(r, "login:sora end:the login was wrong ");
	rig_free(r);
}
END_TEST

/* Nobody answers the challenge. */
START_TEST(test_chap_silence)
{
	struct rig *r = rig_new(&sim7600);

	open_chap(r);
	for (int i = 0; i < 9; i++)
		after(r, 3000, "c2230101002310" CHALLENGE "554d54535f434841505f53525652");
	after(r, 3000, LCP "05020004");
	after(r, 3000, LCP "05030004");
	after(r, 3000, "");
	after(r, 100, "");
	want_events(r, "end:the host does not answer ");
	rig_free(r);
}
END_TEST

/* A host that would rather log in with PAP says so (OVMS#720: an empty message). */
START_TEST(test_nak_to_pap)
{
	struct rig *r = rig_new(&sim7600);

	r->user = "u";
	r->password = _i ? "wrong" : "pw";
	say(r, LCP "01010014" HOST_OPTIONS,
	    LCP "010000190206000000000305c223050506" MAGIC "07020802 " LCP "02010014" HOST_OPTIONS);
	say(r, LCP "030000080304c023", LCP "010100180206000000000304c0230506" MAGIC "07020802");
	say(r, LCP "020100180206000000000304c0230506" MAGIC "07020802", LCP "0b020008" MAGIC);
	say(r, "c023010700090175027077", _i ? "c0230307000500 " LCP "05030004" : "c0230207000500");
	want_events(r, "login:u ");
	rig_free(r);
}
END_TEST

/* netxduo#100: PAP first, ids from 1, and address and control left out although the host has not asked for it. */
START_TEST(test_pap_first)
{
	struct ppp_config config = sim7600;
	struct rig *r;

	config.auth = PPP_AUTH_PAP;
	config.first_id = 1;
	config.discard = false;
	config.always_compresses = true;
	config.echo = PPP_ECHO_OWN;
	r = rig_new(&config);
	say(r, LCP "012c0008010405dc", LCP "010100180206000000000304c0230506" MAGIC "07020802 " LCP "022c0008010405dc");
	say(r, LCP "040100080304c023", LCP "01020014" REQ_OPTIONS);
	say(r, LCP "02020014" REQ_OPTIONS, "");
	say(r, "ff038021012e0016030600000000810600000000830600000000", "802101010004 8021032e001603060a400002" DNS);
	say(r, LCP "0901000c586512f600112233", LCP "0a01000c" MAGIC "00112233");
	rig_free(r);
}
END_TEST

/* ppp#119: its own magic number before the host's whole packet. */
START_TEST(test_echo_both)
{
	struct ppp_config config = sim7600;
	struct rig *r;

	config.echo = PPP_ECHO_BOTH;
	r = rig_new(&config);
	say(r, LCP "0900000821e96b39", ""); /* LCP is not open */
	open_lcp(r);
	say(r, LCP "0900000821e96b39", LCP "0a00000c" MAGIC "21e96b39");
	rig_free(r);
}
END_TEST

/* What an open link answers to single packets. */
static const struct {
	const char *in, *out;
} answers[] = {
	{ "80fd0101000f1a0478001804780015032f", LCP "0803001580fd0101000f1a0478001804780015032f" },
	{ "80570101000e010a0011223344556677", LCP "0803001480570101000e010a0011223344556677" },
	{ "005760", LCP "08030007005760" },
	{ "5760", LCP "08030007005760" },
	{ "002d0102", LCP "08030008002d0102" },
	{ LCP "0e0500060102", LCP "0703000a0e0500060102" }, /* an unknown code */
	{ LCP "0b06000800000000", "" },
	{ LCP "0a06000800000000", "" },
	{ LCP "0906", "" },		/* too short for a head */
	{ LCP "09060007586512", "" },	/* no magic number */
	{ LCP "09060009586512f6", "" }, /* longer than its frame */
	{ LCP "09060003586512f6", "" },
	{ LCP "09060008586512f6ffff", LCP "0a060008586512f6" }, /* padding */
	{ "c023010700090175027077", "" },			/* not asked for */
	{ "80210c050004", "8021070100080c050004" },
	/* options of IPCP: what is refused comes before what is changed */
	{ "8021010100100206002d0f01030600000000", "802101010004 80210401000a0206002d0f01" },
	{ "802101010010810600000000820600000000", "802101010004 80210401000a820600000000" },
	{ "80210101000a03060a400003", "802101010004 80210301000a03060a400002" },
	{ "80210101000a030400000000", "" }, /* impossible lengths */
	{ "80210101000803060a40", "" },
	{ "8021010100080304c0a8", "802101010004 8021040100080304c0a8" },
	{ "802101010004", "802101010004 802102010004" },
};

START_TEST(test_answers)
{
	struct rig *r = rig_new(&sim7600);

	open_lcp(r);
	say(r, "802101000004", "802101000004 802102000004");
	say(r, "802102000004", "");
	say(r, answers[_i].in, answers[_i].out);
	rig_free(r);
}
END_TEST

/* Options of LCP that the modem does not take, or not so. */
static const struct {
	const char *in, *out;
} options[] = {
	{ LCP "010100090305c22305", LCP "040100090305c22305" },
	{ LCP "0101000c0304c0230408c02500", "" },
	{ LCP "010100100304c0230408c02500000000", LCP "040100100304c0230408c02500000000" },
	{ LCP "010100070d0306", LCP "040100070d0306" },
	{ LCP "01010007070380", LCP "04010007070380" },
	{ LCP "01010008010405dc", LCP "02010008010405dc" },
	{ LCP "01010004", LCP "02010004" },
	{ LCP "0101000a0506" MAGIC, LCP "0301000a0506f89371c1" }, /* an echo of ours */
};

START_TEST(test_options)
{
	struct rig *r = rig_new(&sim7600);
	char out[512];

	snprintf(out, sizeof(out), LCP "010000190206000000000305c223050506" MAGIC "07020802 %s", options[_i].out);
	say(r, options[_i].in, *options[_i].out ? out : "");
	rig_free(r);
}
END_TEST

/* Requests without an answer are said again, with a new identifier, until the modem gives up. */
START_TEST(test_retransmission)
{
	struct rig *r = rig_new(&sim7600);
	char again[128];

	say(r, LCP "01010004", LCP "010000190206000000000305c223050506" MAGIC "07020802 " LCP "02010004");
	for (int i = 1; i < 10; i++) {
		snprintf(again, sizeof(again), LCP "01%02x00190206000000000305c223050506" MAGIC "07020802", i);
		after(r, 3000, again);
	}
	after(r, 3000, "");
	after(r, 100, "");
	want_events(r, "end:the host does not answer ");
	rig_free(r);
}
END_TEST

/* A modem that speaks first. */
START_TEST(test_active)
{
	struct ppp_config config = sim7600;
	struct rig *r;

	config.active = true;
	r = rig_new(&config);
	want(r, "first", LCP "010000190206000000000305c223050506" MAGIC "07020802");
	say(r, LCP "040000090305c22305", LCP "01010014" REQ_OPTIONS);
	say(r, LCP "02010014" REQ_OPTIONS, "");
	say(r, LCP "01010004", LCP "02010004 " LCP "0b020008" MAGIC " ff03802101000004");
	rig_free(r);
}
END_TEST

/* ppp_close(): the host answers, or never does. */
START_TEST(test_close)
{
	struct rig *r = rig_new(&sim7600);

	open_all(r);
	ppp_close(r->ppp, PPP_END_CLOSED);
	want(r, "close", LCP "05030004");
	ppp_close(r->ppp, PPP_END_LOGIN);
	say(r, "2145", "");
	ppp_send(r->ppp, "\x45", 1);
	want(r, "no packets", "");
	if (_i) {
		after(r, 3000, LCP "05040004");
		after(r, 3000, "");
	} else {
		say(r, LCP "06030004", "");
	}
	after(r, 100, "");
	want_events(r, "end:the modem has terminated it ");
	rig_free(r);
}
END_TEST

/* Before anything was said there is nobody to tell. */
START_TEST(test_close_early)
{
	struct rig *r = rig_new(&sim7600);

	ppp_close(r->ppp, PPP_END_CLOSED);
	after(r, 100, "");
	want_events(r, "end:the modem has terminated it ");
	rig_free(r);
}
END_TEST

START_TEST(test_no_network)
{
	struct rig *r = rig_new(&sim7600);

	r->no_network = true;
	open_lcp(r);
	say(r, "802101010004", LCP "05030004");
	say(r, LCP "06030004", "");
	after(r, 100, "");
	want_events(r, "end:the network gives no address ");
	rig_free(r);
}
END_TEST

/* The host terminates while it negotiates, or negotiates anew. */
START_TEST(test_host_ends_early)
{
	struct rig *r = rig_new(&sim7600);

	say(r, LCP "01010004", LCP "010000190206000000000305c223050506" MAGIC "07020802 " LCP "02010004");
	say(r, LCP "05020004", LCP "06020004");
	after(r, 100, "");
	want_events(r, "end:the host has terminated it ");
	rig_free(r);
}
END_TEST

START_TEST(test_again)
{
	struct rig *r = rig_new(&sim7600);

	open_all(r);
	say(r, LCP "01050014" HOST_OPTIONS, LCP "01030014" REQ_OPTIONS " " LCP "02050014" HOST_OPTIONS);
	ck_assert(!ppp_is_up(r->ppp));
	say(r, LCP "02030014" REQ_OPTIONS, LCP "0b040008" MAGIC);
	want_events(r, "login:- ");
	say(r, "802101060004", "802101020004 802102060004");
	say(r, "802102020004", "");
	want_events(r, "up ");
	rig_free(r);
}
END_TEST

/* A host without IPCP, and one that ends IPCP alone. */
START_TEST(test_no_ipcp)
{
	struct rig *r = rig_new(&sim7600);

	open_all(r);
	if (_i) {
		say(r, "802105090004", "802106090004");
	} else {
		say(r, LCP "080900068021", "802105020004");
		after(r, 3000, "802105030004");
	}
	after(r, 3000, LCP "05030004");
	say(r, LCP "06030004", "");
	after(r, 100, "");
	want_events(r, "end:the host has terminated it ");
	rig_free(r);
}
END_TEST

/* VJ compression that is agreed to and not understood (esp-protocols#789). */
START_TEST(test_vj)
{
	struct ppp_config config = sim7600;
	struct rig *r;

	config.takes_vj = true;
	r = rig_new(&config);
	open_lcp(r);
	say(r, "80210101000a0206002d0f01", "802101000004 80210201000a0206002d0f01");
	say(r, "802102000004", "");
	say(r, "002f4500 002d0102 002d0304", "");
	want_events(r, "up ");
	rig_free(r);
}
END_TEST

/* The same conversation in one piece, byte by byte, and cut in two everywhere, among noise. */
static void conversation(struct buf *in)
{
	buf_adds(in, "AT\r");
	peer_frame(in, LCP "01010014" HOST_OPTIONS);
	peer_frame(in, LCP "040000090305c22305");
	peer_frame(in, LCP "02010014" REQ_OPTIONS);
	buf_adds(in, "\r\nRDY\r\n");
	peer_frame(in, "ff03802101010004");
	peer_frame(in, "802102000004");
	peer_frame(in, "2145");
}

static void converse(const struct buf *in, size_t cut, size_t step, struct buf *out)
{
	struct rig *r = rig_new(&sim7600);
	size_t n;

	for (size_t at = 0; at < in->len; at += n) {
		n = at < cut ? cut - at : step;
		n = n < in->len - at ? n : in->len - at;
		ppp_feed(r->ppp, in->data + at, n);
	}
	peer_unframe(out, r->out.data, r->out.len);
	want_events(r, "login:- up ip:45 ");
	rig_free(r);
}

START_TEST(test_cuts)
{
	struct buf in, whole, cut;

	buf_init(&in, 4096);
	buf_init(&whole, 8192);
	buf_init(&cut, 8192);
	conversation(&in);
	converse(&in, in.len, 1, &whole);
	converse(&in, 0, 1, &cut);
	ck_assert_str_eq(buf_str(&whole), buf_str(&cut));
	for (size_t at = 1; at < in.len; at++) {
		buf_reset(&cut);
		converse(&in, at, in.len, &cut);
		ck_assert_str_eq(buf_str(&whole), buf_str(&cut));
	}
	buf_free(&in);
	buf_free(&whole);
	buf_free(&cut);
}
END_TEST

#define LOOP(test, rows) tcase_add_loop_test(tc, test, 0, sizeof(rows) / sizeof((rows)[0]))

int main(void)
{
	Suite *suite = suite_create("ppp_link");
	TCase *tc = tcase_create("ppp_link");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, test_sim7600);
	tcase_add_test(tc, test_chap);
	tcase_add_loop_test(tc, test_chap_wrong, 0, 2);
	tcase_add_test(tc, test_chap_silence);
	tcase_add_loop_test(tc, test_nak_to_pap, 0, 2);
	tcase_add_test(tc, test_pap_first);
	tcase_add_test(tc, test_echo_both);
	LOOP(test_answers, answers);
	LOOP(test_options, options);
	tcase_add_test(tc, test_retransmission);
	tcase_add_test(tc, test_active);
	tcase_add_loop_test(tc, test_close, 0, 2);
	tcase_add_test(tc, test_close_early);
	tcase_add_test(tc, test_no_network);
	tcase_add_test(tc, test_host_ends_early);
	tcase_add_test(tc, test_again);
	tcase_add_loop_test(tc, test_no_ipcp, 0, 2);
	tcase_add_test(tc, test_vj);
	tcase_add_test(tc, test_cuts);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
