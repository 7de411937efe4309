/*
 * A data call from ATD*99# to NO CARRIER, over an AT channel: CONNECT and its text, PPP in data mode, ways out of it
 * (+++, ATH, DTR, the host, the modem, the network), logins, quirks. at-general 13.
 */
#include "link/world.h"
#include "modem/dialup.h"
#include "modem/net.h"
#include "tests/rig.h"
#include "tests/test_ip_host.h"
#include "tests/test_ppp_peer.h"

#define B05 "LE20B05SIM7600G22"
#define A7670 "A011B03A7670M7_F"
#define NO_CARRIER "\r\nNO CARRIER\r\n"
#define CONNECT "\r\nCONNECT 115200\r\n"
#define GONE NO_CARRIER "\r\n+PPPD: DISCONNECTED\r\n"
#define LCP "ff03c021"

static const char world_text[] =
	"schema: 1\nhosts:\n  - {match: echo.test, model: {service: echo}}\n"
	"apns:\n  - {match: private, user: me, password: secret, dns: [192.0.2.53]}\n"
	"  - {match: closed, refuse: true}\n  - {match: '*.IoT', dns: [192.0.2.1, 192.0.2.2]}\n";

static struct rig *modem_new_with(const char *profile, const char *quirk)
{
	const char *const quirks[] = { quirk, NULL };
	struct err e = { 0 };
	struct world *world = world_load_text("apns", world_text, sizeof(world_text) - 1, &e);
	struct rig *r;

	ck_assert_msg(world != NULL, "%s", e.msg);
	r = rig_new_in(profile, quirk ? quirks : NULL, world, NULL);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	return r;
}

/* Frames of the host; the modem's as hex packets. Magic numbers are taken from its first request. */
static void say(struct rig *r, const char *in)
{
	struct buf frames;

	buf_init(&frames, 1 << 16);
	peer_frame(&frames, in);
	rig_feed(r, frames.data, frames.len);
	buf_free(&frames);
}

static const char *hear(struct rig *r, struct buf *got)
{
	buf_reset(got);
	peer_unframe(got, buf_str(&r->out), r->out.len);
	buf_reset(&r->out);
	return buf_str(got);
}

static void want(struct rig *r, const char *packets)
{
	struct buf got;

	buf_init(&got, 1 << 16);
	ck_assert_str_eq(hear(r, &got), packets);
	buf_free(&got);
}

/* LCP open without a login; the magic number of the modem stays in magic. */
static void open_lcp(struct rig *r, char magic[9])
{
	struct buf got;
	char packet[200];
	const char *at;

	buf_init(&got, 1 << 16);
	say(r, LCP "01010004");
	at = strstr(hear(r, &got), "0506");
	ck_assert_ptr_nonnull(at);
	memcpy(magic, at + 4, 8);
	magic[8] = '\0';
	say(r, LCP "040000090305c22305");
	hear(r, &got);
	snprintf(packet, sizeof(packet), LCP "020100140206000000000506%s07020802", magic);
	say(r, packet);
	snprintf(packet, sizeof(packet), LCP "0b020008%s", magic);
	ck_assert_str_eq(hear(r, &got), packet);
	buf_free(&got);
}

static void open_ppp(struct rig *r)
{
	char magic[9];

	open_lcp(r, magic);
	say(r, "ff03802101010016030600000000810600000000830600000000");
	want(r, "ff03802101000004 ff0380210301001603060a40000281060a40ff0183060a40ff02");
	say(r, "ff03802102000004");
	say(r, "ff0380210102001603060a40000281060a40ff0183060a40ff02");
	want(r, "ff0380210202001603060a40000281060a40ff0183060a40ff02");
}

static struct rig *online(const char *quirk)
{
	struct rig *r = modem_new_with(B05, quirk);

	rig_row(r, "ATD*99#\r", CONNECT);
	open_ppp(r);
	return r;
}

static void escape(struct rig *r)
{
	rig_quiet(r, 1000);
	rig_row(r, "+++", "");
	rig_quiet(r, 999);
	rig_more(r, RIG_OK);
}

/* --- dialling -------------------------------------------------------------------------------------------------------
 */

static const char *const dials[] = {
	"ATD*99#\r",
	"ATDT*99#\r",
	"atdp*99#\r",
	"ATD*99##\r",
	"ATD*99***1#\r",
	"ATD*99**PPP*1#\r",
	"ATD*99*10.0.0.1*1*1#\r",
	"ATD*99**#\r",
	"AT+CGDATA=\"PPP\",1\r",
	"AT+CGDATA=\"PPP\"\r",
	"AT+CGDATA=\"ppp\"\r",
	"AT+CGDATA\r",
	"AT+CGDCONT=1,\"IP\",\"hologram\";+CGDATA=\"PPP\",1\r",
};

START_TEST(test_dials)
{
	struct rig *r = modem_new_with(B05, NULL);

	rig_feed(r, dials[_i], strlen(dials[_i]));
	rig_after(r, 60, CONNECT);
	rig_quiet(r, 60000); /* the host speaks first */
	open_ppp(r);
	ck_assert_int_eq(dialup_cid(r->modem->dialup, 0), 1);
	rig_free(r);
}
END_TEST

static const struct {
	const char *in, *out, *why;
} refused[] = {
	{ "ATD*99\r", RIG_ERROR, "is not *99" },
	{ "ATD*99*1\r", RIG_ERROR, "is not *99" },
	{ "ATD*99***0#\r", RIG_ERROR, "is not *99" },
	{ "ATD*99***25#\r", RIG_ERROR, "is not *99" },
	{ "ATD*99***180#\r", RIG_ERROR, "is not *99" },
	{ "ATD*99***x#\r", RIG_ERROR, "is not *99" },
	{ "ATD*99****1#\r", RIG_ERROR, "is not *99" },
	{ "ATD*99###\r", RIG_ERROR, "is not *99" },
	{ "ATD*99#1\r", RIG_ERROR, "is not *99" },
	{ "ATD*99**IP*1#\r", RIG_ERROR, "is not *99" },
	{ "ATD*98#\r", NO_CARRIER, "no data behind *98#" },
	{ "ATD*99***24#\r", NO_CARRIER, "context 24 is not defined" },
	{ "AT+CGDATA=\"PPP\",24\r", NO_CARRIER, "context 24 is not defined" },
	{ "AT+CGDATA=\"PPP\",25\r", RIG_ERROR, NULL },
	{ "AT+CGDATA=\"IP\",1\r", RIG_ERROR, NULL },
	{ "AT+CGDATA=PPP\r", RIG_ERROR, NULL },
	{ "AT+CGDATA?\r", RIG_ERROR, NULL },
	{ "AT+CGDATA=?\r", "\r\n+CGDATA: (\"PPP\")\r\n" RIG_OK, NULL },
	{ "ATO\r", NO_CARRIER, NULL },
	{ "ATH\r", RIG_OK, NULL },
};

START_TEST(test_refused)
{
	struct rig *r = modem_new_with(B05, NULL);

	rig_row(r, refused[_i].in, refused[_i].out);
	if (refused[_i].why)
		rig_why(r, refused[_i].why);
	rig_row(r, "AT\r", RIG_OK);
	rig_free(r);
}
END_TEST

START_TEST(test_no_service)
{
	struct rig *r = modem_new_with(B05, _i ? "dial_no_service=no_carrier" : NULL);

	rig_row(r, "AT+COPS=2\r", RIG_OK);
	rig_row(r, "ATD*99#\r", _i ? NO_CARRIER : RIG_ERROR);
	rig_row(r, "AT+CGDATA=\"PPP\",1\r", _i ? NO_CARRIER : RIG_ERROR);
	rig_why(r, "not registered");
	rig_free(r);
}
END_TEST

/* The network goes while it is dialled. */
START_TEST(test_lost_dialling)
{
	struct rig *r = modem_new_with(B05, NULL);

	rig_feed(r, "ATD*99#\r", 8);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 30000);
	net_drop(r->modem->net);
	rig_more(r, NO_CARRIER);
	rig_quiet(r, 10000);
	rig_row(r, "ATO\r", NO_CARRIER);
	rig_free(r);
}
END_TEST

static const struct {
	const char *set, *ok, *out;
} connects[] = {
	{ "ATX0\r", RIG_OK, "\r\nCONNECT\r\n" },
	{ "AT&E0\r", RIG_OK, "\r\nCONNECT 150000000\r\n" },
	{ "AT+CGDCONT=1,\"IP\",\"internet\";\\V1\r", RIG_OK, "\r\nCONNECT 115200/PPP/internet/50000000/150000000\r\n" },
	{ "ATV0\r", "0\r", "1\r" },
};

START_TEST(test_connect_text)
{
	struct rig *r = modem_new_with(B05, NULL);

	rig_row(r, connects[_i].set, connects[_i].ok);
	rig_row(r, "ATD*99#\r", connects[_i].out);
	open_ppp(r);
	rig_free(r);
}
END_TEST

/* --- packets
 * ------------------------------------------------------------------------------------------------------------ */

static void say_packet(struct rig *r, const struct buf *packet)
{
	struct buf hex;

	buf_init(&hex, 1 << 13);
	buf_adds(&hex, "ff030021");
	str_hex(&hex, packet->data, packet->len);
	say(r, buf_str(&hex));
	buf_free(&hex);
}

START_TEST(test_ping)
{
	struct rig *r = online(NULL);
	struct buf packet, got;

	buf_init(&packet, 2000);
	buf_init(&got, 1 << 13);
	make_echo(&packet, 0x0a40ff01, 1, "abc");
	say_packet(r, &packet);
	clock_advance_to(r->clock, clock_now_us(r->clock) + 1000000);
	ck_assert_msg(strstr(hear(r, &got), "0000") != NULL, "%s", buf_str(&got));
	ck_assert_msg(!strncmp(buf_str(&got), "ff03002145", 10), "%s", buf_str(&got));
	buf_free(&packet);
	buf_free(&got);
	rig_free(r);
}
END_TEST

/* LilyGo-Modem-Series#520. */
START_TEST(test_burst)
{
	struct rig *r = online("ppp_burst=20");
	struct buf packet;

	buf_init(&packet, 2000);
	make_udp(&packet, 5000, 0xc0000207, 7, "x", 1);
	for (int second = 0; second < 3; second++) {
		for (int i = 0; i < 20; i++)
			say_packet(r, &packet);
		rig_quiet(r, 1000);
	}
	for (int i = 0; i < 21; i++)
		say_packet(r, &packet);
	want(r, LCP "05030004");
	rig_why(r, "21 datagrams within a second");
	say(r, LCP "06030004");
	rig_more(r, GONE);
	buf_free(&packet);
	rig_free(r);
}
END_TEST

/* --- ways out
 * -------------------------------------------------------------------------------------------------------------- */

START_TEST(test_host_ends)
{
	struct rig *r = online(_i ? "dial_end_urc=false" : NULL);

	say(r, LCP "05030004");
	want(r, LCP "06030004");
	rig_more(r, _i ? NO_CARRIER : GONE);
	rig_why(r, "the host has terminated it");
	rig_row(r, "ATO\r", NO_CARRIER);
	rig_row(r, "AT+CGACT?\r", "\r\n+CGACT: 1,1\r\n+CGACT: 2,0\r\n+CGACT: 3,0\r\n" RIG_OK);
	rig_row(r, "ATD*99#\r", CONNECT);
	open_ppp(r);
	rig_free(r);
}
END_TEST

START_TEST(test_modem_ends)
{
	struct rig *r = online(NULL);

	ck_assert(dialup_terminate(r->modem->dialup));
	want(r, LCP "05030004");
	say(r, LCP "06030004");
	rig_more(r, GONE);
	ck_assert(!dialup_terminate(r->modem->dialup));
	rig_free(r);
}
END_TEST

START_TEST(test_escape)
{
	struct rig *r = online(NULL);

	escape(r);
	rig_row(r, "AT+CGPADDR=1\r", "\r\n+CGPADDR: 1,10.64.0.2\r\n" RIG_OK);
	rig_row(r, "ATD*99#\r", RIG_ERROR);
	rig_why(r, "this port has a call");
	rig_row(r, "ATO\r", CONNECT);
	say(r, LCP "0901000800000000");
	want(r, LCP "0a01000800000000");
	escape(r);
	rig_row(r, "ATH\r", RIG_OK);
	rig_quiet(r, 5000);
	rig_row(r, "ATO\r", NO_CARRIER);
	ck_assert_int_eq(dialup_state(r->modem->dialup, 0), DIALUP_IDLE);
	rig_free(r);
}
END_TEST

/* What the modem says while the host is at commands waits; that the call is over does not. */
START_TEST(test_escaped_and_ended)
{
	struct rig *r = online(NULL);

	escape(r);
	dialup_terminate(r->modem->dialup);
	rig_more(r, GONE);
	rig_why(r, "the modem has terminated it");
	rig_row(r, "ATO\r", NO_CARRIER);
	rig_free(r);
}
END_TEST

START_TEST(test_dtr)
{
	static const char *const set[] = { "AT&D0\r", "AT&D1\r", "AT&D2\r" };
	static const char *const out[] = { "", RIG_OK, NO_CARRIER };
	struct rig *r = modem_new_with(B05, NULL);

	rig_row(r, set[_i], RIG_OK);
	rig_row(r, "ATD*99#\r", CONNECT);
	open_ppp(r);
	at_dtr_drop(r->host.channel[0]);
	rig_check(r, "DTR", out[_i], strlen(out[_i]));
	ck_assert_int_eq(dialup_state(r->modem->dialup, 0), _i == 2 ? DIALUP_IDLE : DIALUP_ONLINE);
	rig_free(r);
}
END_TEST

START_TEST(test_network_lost)
{
	struct rig *r = online(NULL);

	net_drop(r->modem->net);
	want(r, LCP "05030004");
	if (_i) {
		say(r, LCP "06030004");
		rig_more(r, GONE);
	} else { /* a host that does not answer */
		clock_advance_to(r->clock, clock_now_us(r->clock) + 3000000);
		want(r, LCP "05040004");
		rig_more(r, GONE);
	}
	rig_row(r, "ATD*99#\r", RIG_ERROR);
	rig_free(r);
}
END_TEST

START_TEST(test_power)
{
	struct rig *r = online(NULL);

	modem_power_off(r->modem);
	rig_quiet(r, 60000);
	ck_assert_uint_eq(clock_armed(r->clock), 0);
	modem_power_on(r->modem, MODEM_BOOT_WARM);
	rig_row(r, "ATE0\r", "ATE0\r" RIG_OK);
	rig_row(r, "ATD*99#\r", CONNECT);
	open_ppp(r);
	rig_free(r);
}
END_TEST

/* A context that was not up goes down with its call. */
START_TEST(test_context)
{
	struct rig *r = modem_new_with(B05, NULL);
	char magic[9];

	rig_row(r, "AT+CGDCONT=4,\"IP\",\"meter.iot\"\r", RIG_OK);
	rig_row(r, "ATD*99***4#\r", CONNECT);
	open_lcp(r, magic);
	say(r, "ff0380210101001081060000000083 06c0000201");
	want(r, "ff03802101000004 ff038021030100108106c00002018306c0000202");
	say(r, LCP "05030004");
	want(r, LCP "06030004");
	rig_row(r, "", GONE);
	rig_row(r, "AT+CGACT?\r", "\r\n+CGACT: 1,1\r\n+CGACT: 2,0\r\n+CGACT: 3,0\r\n+CGACT: 4,0\r\n" RIG_OK);
	rig_free(r);
}
END_TEST

/* --- logins
 * ------------------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *quirk, *auth, *user, *password;
	bool good;
} logins[] = {
	{ NULL, NULL, "me", "secret", true },
	{ NULL, NULL, "me", "Secret", false },
	{ NULL, NULL, "you", "secret", false },
	{ "ppp_login_fail=now", NULL, "me", "secret", true },
	{ "ppp_login_fail=now", NULL, "me", "wrong", false },
	{ NULL, "AT+CGAUTH=1,1,\"secret\",\"me\"\r", "", "", true },
	{ NULL, "AT+CGAUTH=1,1,\"me\",\"secret\"\r", "", "", false },
	{ "cgauth_order=user_first", "AT+CGAUTH=1,1,\"me\",\"secret\"\r", "", "", true },
	{ NULL, "AT+CGAUTH=1,0\r", "", "", false },
};

static void add_text(struct buf *hex, const char *text)
{
	buf_addf(hex, "%02zx", strlen(text));
	str_hex(hex, text, strlen(text));
}

START_TEST(test_login)
{
	bool now = logins[_i].quirk && strstr(logins[_i].quirk, "now");
	struct rig *r = modem_new_with(B05, logins[_i].quirk);
	struct buf packet, got;
	char magic[9], text[200];

	buf_init(&packet, 2000);
	buf_init(&got, 1 << 13);
	rig_row(r, "AT+CGDCONT=1,\"IP\",\"Private\"\r", RIG_OK);
	if (logins[_i].auth)
		rig_row(r, logins[_i].auth, RIG_OK);
	rig_row(r, "ATD*99#\r", CONNECT);
	say(r, LCP "01010004");
	memcpy(magic, strstr(hear(r, &got), "0506") + 4, 8);
	magic[8] = '\0';
	say(r, LCP "030000080304c023");
	hear(r, &got);
	snprintf(text, sizeof(text), LCP "0201001802060000000003 04c0230506%s07020802", magic);
	say(r, text);
	hear(r, &got);
	buf_addf(&packet, "ff03c023010700%02zx", 6 + strlen(logins[_i].user) + strlen(logins[_i].password));
	add_text(&packet, logins[_i].user);
	add_text(&packet, logins[_i].password);
	say(r, buf_str(&packet));
	if (!logins[_i].good && now) {
		want(r, "ff03c0230307000500 " LCP "05030004");
	} else {
		want(r, "ff03c0230207000500");
		say(r, "ff03802101010004");
		want(r, logins[_i].good ? "ff03802101000004 ff03802102010004" : LCP "05030004");
	}
	if (!logins[_i].good)
		rig_why(r, "the access point wants another user");
	buf_free(&packet);
	buf_free(&got);
	rig_free(r);
}
END_TEST

START_TEST(test_apn_refuses)
{
	struct rig *r = modem_new_with(B05, NULL);
	char magic[9];

	rig_row(r, "AT+CGDCONT=1,\"IP\",\"closed\"\r", RIG_OK);
	rig_row(r, "ATD*99#\r", CONNECT);
	open_lcp(r, magic);
	say(r, "ff03802101010004");
	want(r, LCP "05030004");
	rig_why(r, "the access point refuses: context 1, APN \\\"closed\\\", apns:6");
	say(r, LCP "06030004");
	rig_more(r, GONE);
	rig_free(r);
}
END_TEST

/* The A7670 asks for PAP, counts from 1 (LilyGo-Modem-Series#520). */
START_TEST(test_a7670)
{
	struct rig *r = modem_new_with(A7670, NULL);
	struct buf got;

	buf_init(&got, 1 << 13);
	rig_row(r, "ATD*99#\r", CONNECT);
	say(r, LCP "010100140206000000000506 38eae66e 07020802");
	ck_assert_msg(!strncmp(hear(r, &got), LCP "010100180206000000000304c0230506", 40), "%s", buf_str(&got));
	buf_free(&got);
	rig_free(r);
}
END_TEST

#define LOOP(test, rows) tcase_add_loop_test(tc, test, 0, sizeof(rows) / sizeof((rows)[0]))

static void add(TCase *tc)
{
	LOOP(test_dials, dials);
	LOOP(test_refused, refused);
	tcase_add_loop_test(tc, test_no_service, 0, 2);
	tcase_add_test(tc, test_lost_dialling);
	LOOP(test_connect_text, connects);
	tcase_add_test(tc, test_ping);
	tcase_add_test(tc, test_burst);
	tcase_add_loop_test(tc, test_host_ends, 0, 2);
	tcase_add_test(tc, test_modem_ends);
	tcase_add_test(tc, test_escape);
	tcase_add_test(tc, test_escaped_and_ended);
	tcase_add_loop_test(tc, test_dtr, 0, 3);
	tcase_add_loop_test(tc, test_network_lost, 0, 2);
	tcase_add_test(tc, test_power);
	tcase_add_test(tc, test_context);
	LOOP(test_login, logins);
	tcase_add_test(tc, test_apn_refuses);
	tcase_add_test(tc, test_a7670);
}

int main(void)
{
	return rig_main("dialup", add);
}
