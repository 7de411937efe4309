/* Names and their addresses: stable, reversible, and each failure with its reason; SNTP, since it is told by the same clock. */
#include "link/names.h"
#include "test_stream_rig.h"

static const char world[] =
	"schema: 1\nhosts:\n"
	"  - {match: echo.test, port: 7, model: {service: echo, latency: {dns: 40ms}}}\n"
	"  - {match: '*.wild.test', model: {service: echo}}\n"
	"  - {match: ntp.test, model: {service: ntp, latency: {trip: 20ms}}}\n"
	"  - {match: mapped.test, real: '127.0.0.1:1'}\n"
	"  - {match: '10.1.2.3', model: {service: echo}}\n";

struct answer {
	bool done;
	enum link_status status;
	char address[LINK_STREAM_ADDRESS_SIZE];
	struct why why;
};

static void on_answer(enum link_status status, const char *address, const struct why *why, void *ctx)
{
	struct answer *a = ctx;

	ck_assert(!a->done);
	a->done = true;
	a->status = status;
	str_copy(a->address, sizeof(a->address), address);
	ck_assert((why != NULL) == (status != LINK_OK));
	if (why)
		a->why = *why;
}

/* The time it took, in ms. */
static uint64_t look_up(struct rig *rig, const char *name, struct answer *a)
{
	uint64_t from = clock_now_us(rig->clock);

	memset(a, 0, sizeof(*a));
	ck_assert_ptr_nonnull(link_lookup(rig->link, name, on_answer, a));
	ck_assert(!a->done);
	while (!a->done)
		ck_assert(clock_step(rig->clock));
	return (clock_now_us(rig->clock) - from) / 1000;
}

static const struct {
	const char *name, *address;
	enum link_status status;
	unsigned ms;
	const char *why;
} rows[] = {
	{ "echo.test", "198.18.91.241", LINK_OK, 40, NULL },
	{ "ECHO.Test", "198.18.91.241", LINK_OK, 40, NULL },
	{ "a.wild.test", "198.18.211.80", LINK_OK, 150, NULL },
	{ "b.wild.test", "198.19.145.135", LINK_OK, 150, NULL },
	{ "mapped.test", "198.18.1.152", LINK_OK, 150, NULL },
	{ "10.1.2.3", "10.1.2.3", LINK_OK, 0, NULL },
	{ "192.0.2.1", "192.0.2.1", LINK_OK, 0, NULL },
	{ "2001:db8::1", "2001:db8::1", LINK_OK, 0, NULL },
	{ "no.test", "", LINK_DNS, 150, "\"no.test\" is not in the modelled world" },
	{ "", "", LINK_DNS, 150, "\"\" is not in the modelled world" },
};

START_TEST(test_rows)
{
	struct answer a;
	struct rig rig;

	rig_start(&rig, world);
	for (int again = 0; again < 2; again++) {
		ck_assert_uint_eq(look_up(&rig, rows[_i].name, &a), rows[_i].ms);
		ck_assert_int_eq(a.status, rows[_i].status);
		ck_assert_str_eq(a.address, rows[_i].address);
		if (rows[_i].why)
			ck_assert(why_says(&a.why, "dns", rows[_i].why));
	}
	rig_stop(&rig);
}
END_TEST

/* What firmware does that resolves first; and what it does with an address that it has kept from an earlier run. */
START_TEST(test_connect_by_address)
{
	struct stream_rig r;
	struct answer a;
	struct rig rig;

	rig_start(&rig, world);
	stream_rig_start(&r, &rig, NULL);
	look_up(&rig, "a.wild.test", &a);
	stream_play(&r, "open 198.18.211.80:5;until opened;send x;after 200;close;open 198.18.91.241:7;after 1000;"
			"close;open 198.18.211.81:5;until refused");
	ck_assert_str_eq(buf_str(&rig.broker),
			 "tcp a.wild.test:5 open\ntcp a.wild.test:5 < x\ntcp a.wild.test:5 closed\ntcp echo.test:7 open\n"
			 "tcp echo.test:7 closed\n");
	stream_rig_stop(&r);
	rig_stop(&rig);
}
END_TEST

START_TEST(test_peer_address)
{
	struct link_stream_info info;
	struct stream_rig r;
	struct rig rig;

	rig_start(&rig, world);
	stream_rig_start(&r, &rig, NULL);
	stream_play(&r, "open echo.test:7;until opened;send abc;send d;until data abc;after 1000");
	link_stream_info(r.stream, &info);
	ck_assert_str_eq(info.peer, "198.18.91.241");
	ck_assert_uint_eq(info.peer_port, 7);
	ck_assert_uint_ge(info.local_port, 49152);
	ck_assert_uint_eq(info.sent, 4);
	ck_assert_uint_eq(info.acked, 4);
	ck_assert_uint_eq(info.received, 4);
	ck_assert_ptr_null(info.tls_version);
	stream_rig_stop(&r);
	rig_stop(&rig);
}
END_TEST

START_TEST(test_ends)
{
	struct answer a = { 0 };
	struct rig rig;

	rig_start(&rig, world);
	link_lookup_cancel(link_lookup(rig.link, "echo.test", on_answer, &a));
	link_lookup_cancel(NULL);
	rig_wait_ms(&rig, 1000);
	ck_assert(!a.done);
	ck_assert_ptr_nonnull(link_lookup(rig.link, "echo.test", on_answer, &a));
	link_set_network(rig.link, false);
	rig_wait_ms(&rig, 0);
	ck_assert_int_eq(a.status, LINK_NO_NETWORK);
	look_up(&rig, "192.0.2.1", &a);
	ck_assert_int_eq(a.status, LINK_NO_NETWORK);
	rig_stop(&rig);
}
END_TEST

/* More names than are remembered, some of them with the hash of another: each address leads to one name only. */
START_TEST(test_many)
{
	enum { MANY = 3000, KEPT = 1024 };
	char name[64], address[LINK_STREAM_ADDRESS_SIZE];
	struct rig rig;

	rig_start(&rig, world);
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "n%d.wild.test", i);
		names_address(rig.link, name, address);
		ck_assert_str_eq(names_find(rig.link, address), name);
		ck_assert(!strncmp(address, "198.18.", 7) || !strncmp(address, "198.19.", 7));
	}
	for (int i = MANY - KEPT; i < MANY; i++) {
		snprintf(name, sizeof(name), "N%d.Wild.test", i);
		names_address(rig.link, name, address);
		ck_assert_ptr_nonnull(names_find(rig.link, address));
		ck_assert_int_eq(strcasecmp(names_find(rig.link, address), name), 0);
	}
	ck_assert_ptr_null(names_find(rig.link, "198.17.255.255"));
	ck_assert_ptr_null(names_find(rig.link, "198.20.0.0"));
	ck_assert_ptr_null(names_find(rig.link, "2001:db8::1"));
	rig_stop(&rig);
}
END_TEST

/* --- SNTP (RFC 4330 section 4), at a time whose seconds since 1900 are 0xED004000 ------------------------------------------- */

#define REQUEST "\\x1b" "\\x00\\x06" ZEROS_37 "\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\x08"
#define ZEROS_37 Z Z Z "\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
#define Z "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"

START_TEST(test_sntp)
{
	static const char want[] =
		"data \\x1c\\x01\\x06\\xec\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00LOCL"
		"\\xed\\x00@\\x02\\x00\\x00\\x00\\x00" /* set: whole seconds */
		"\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\x08"
		"\\xed\\x00@\\x02\\x82\\x8f\\\\(" /* 2.51 s after the start */
		"\\xed\\x00@\\x02\\x82\\x8f\\\\(\n";
	struct stream_rig r;
	struct rig rig;

	rig_start(&rig, world);
	link_set_time(rig.link, (time_t)0xED004000 - 2208988800);
	stream_rig_start(&r, &rig, NULL);
	stream_play(&r, "udp 0;until opened;after 2500;to ntp.test:123 " REQUEST ";until data");
	ck_assert_msg(strstr(buf_str(&r.log), want), "%s", buf_str(&r.log));
	buf_reset(&r.log);
	stream_play(&r, "to ntp.test:123 short;to ntp.test:123 \\x1c\\x00\\x06" ZEROS_37 "\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\x08;after 1000");
	ck_assert_str_eq(buf_str(&r.log), "");
	stream_rig_stop(&r);
	rig_stop(&rig);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("link_lookup");
	TCase *t = tcase_create("names");

	tcase_add_loop_test(t, test_rows, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, test_connect_by_address);
	tcase_add_test(t, test_peer_address);
	tcase_add_test(t, test_ends);
	tcase_add_test(t, test_many);
	tcase_add_test(t, test_sntp);
	suite_add_tcase(s, t);
	return rig_main(s);
}
