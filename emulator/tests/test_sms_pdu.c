/* Octets of message units and of their alphabets: examples of public tutorials on 23.040, and every way to cut them. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/sms_pdu.h"
#include "modem/sms_text.h"
#include "tests/rig.h"

struct bytes {
	uint8_t p[400];
	size_t n;
};

static struct bytes unhex(const char *hex)
{
	struct bytes b = { .n = 0 };
	struct buf buf;

	buf_init(&buf, sizeof(b.p));
	ck_assert_int_eq(str_unhex(&buf, hex), 0);
	memcpy(b.p, buf_str(&buf), buf.len);
	b.n = buf.len;
	buf_free(&buf);
	return b;
}

static const struct {
	const char *hex;
	bool from_host;
	const char *address, *text;
	unsigned type, fo, dcs, udl;
} units[] = {
	{ "040BC87238880900F10000993092516195800AE8329BFD4697D9EC37", false, "27838890001", "hellohello", 0xc8, 4, 0,
	  10 },
	{ "11000B916407281553F80000AA0AE8329BFD4697D9EC37", true, "+46708251358", "hellohello", 0x91, 0x11, 0, 10 },
	{ "01000B915121551532F400000CC8F79D9C07E54F61363B04", true, "+15125551234", "Howdy y'all!", 0x91, 1, 0, 12 },
	{ "0405810180F60008211042811143000400680069", false, "10086", "hi", 0x81, 4, 8, 4 },
	{ "0400D0D4F29C0E000021104281114300034F7919", false, "", "", 0, 0, 0, 0 },
	{ "0407D0D4F29C0E000021104281114300034F7919", false, "Test", "Ore", 0xd0, 4, 0, 3 },
	/* Half of a long message: a header of 6 octets and a fill bit. */
	{ "44048121430000211042811143000A050003CC0201986F79", false, "1234", "Lor", 0x81, 0x44, 0, 10 },
	/* {}[]~\|^ and the euro sign take an escape each. */
	{ "01000481214300000A1B5E0D1C652F9B37", true, NULL, NULL, 0, 0, 0, 0 },
	{ "010004812143000006 3614E5BD7902", true, NULL, NULL, 0, 0, 0, 0 },
	/* UTF-16 in UCS-2. */
	{ "0100048121430008 04 D83DDE00", true, "1234", "\xf0\x9f\x98\x80", 0x81, 1, 8, 4 },
	/* Octets are shown as hex. */
	{ "0100048121430004 03 00FF7A", true, "1234", "00ff7a", 0x81, 1, 4, 3 },
	/* Validity: enhanced and absolute take seven octets. */
	{ "0900048121430004 0100000000000001 7A", true, NULL, NULL, 0, 0, 0, 0 },
	{ "1900048121430004 21104281114300 01 7A", true, "1234", "7a", 0x81, 0x19, 4, 1 },
	{ "0900048121430004 01000000000000 01 7A", true, "1234", "7a", 0x81, 9, 4, 1 },
};

static void check_unit(size_t i)
{
	struct bytes b = unhex(units[i].hex);
	uint8_t again[SMS_TPDU_MAX];
	struct buf text, address;
	struct sms_tpdu t;
	const char *bad = sms_tpdu_parse(b.p, b.n, units[i].from_host, &t);

	if (!units[i].text || !*units[i].text) {
		ck_assert_msg(bad || !units[i].address, "%s", units[i].hex);
		return;
	}
	ck_assert_msg(!bad, "%s: %s", units[i].hex, bad);
	buf_init(&text, 1000);
	buf_init(&address, 100);
	sms_ud_text(&t, &text);
	sms_address_text(&t.address, &address);
	ck_assert_str_eq(buf_str(&text), units[i].text);
	ck_assert_str_eq(buf_str(&address), units[i].address);
	ck_assert_uint_eq(t.address.type, units[i].type);
	ck_assert_uint_eq(t.fo, units[i].fo);
	ck_assert_uint_eq(t.dcs, units[i].dcs);
	ck_assert_uint_eq(t.udl, units[i].udl);
	ck_assert_uint_eq(sms_tpdu_build(&t, again), b.n);
	ck_assert_msg(!memcmp(again, b.p, b.n), "%s is not built as it was", units[i].hex);
	for (size_t cut = 0; cut < b.n; cut++)
		ck_assert_msg(sms_tpdu_parse(b.p, cut, units[i].from_host, &t), "%s cut at %zu", units[i].hex, cut);
	b.p[b.n] = 0;
	ck_assert_msg(sms_tpdu_parse(b.p, b.n + 1, units[i].from_host, &t), "%s and one more", units[i].hex);
	buf_free(&text);
	buf_free(&address);
}

START_TEST(test_units)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		check_unit(i);
}
END_TEST

START_TEST(test_report)
{
	struct bytes b = unhex("06 2A 0B916407281553F8 21104281114300 21104281214300 00");
	struct sms_tpdu t;
	uint8_t again[SMS_TPDU_MAX];

	ck_assert_ptr_null(sms_tpdu_parse(b.p, b.n, false, &t));
	ck_assert_int_eq(t.type, SMS_TYPE_REPORT);
	ck_assert_uint_eq(t.mr, 42);
	ck_assert_uint_eq(t.status, 0);
	ck_assert_uint_eq(sms_tpdu_build(&t, again), b.n);
	ck_assert_mem_eq(again, b.p, b.n);
	for (size_t cut = 0; cut < b.n; cut++)
		ck_assert_ptr_nonnull(sms_tpdu_parse(b.p, cut, false, &t));
}
END_TEST

static const struct {
	const char *hex, *text;
	size_t used;
	unsigned type;
} centres[] = {
	{ "00", "", 1, 0 },
	{ "07917283010010F5", "+27381000015", 8, 0x91 },
	{ "0681214365870921", "1234567890", 7, 0x81 },
	{ "01", NULL, 0, 0 },
	{ "0C91", NULL, 0, 0 },
	{ "0391F221", NULL, 0, 0 },
};

START_TEST(test_centres)
{
	for (size_t i = 0; i < sizeof(centres) / sizeof(centres[0]); i++) {
		struct bytes b = unhex(centres[i].hex);
		struct sms_address a;
		uint8_t again[SMS_SCA_MAX];
		struct buf text;

		ck_assert_msg(sms_sca_parse(b.p, b.n, &a) == centres[i].used, "%s", centres[i].hex);
		if (!centres[i].text)
			continue;
		buf_init(&text, 64);
		sms_address_text(&a, &text);
		ck_assert_str_eq(buf_str(&text), centres[i].text);
		ck_assert_uint_eq(a.type, centres[i].type);
		ck_assert_uint_eq(sms_sca_build(&a, again), centres[i].used);
		ck_assert_mem_eq(again, b.p, centres[i].used);
		buf_free(&text);
	}
}
END_TEST

/* Every septet comes back, packed behind any number of bits; those bits stay. */
START_TEST(test_packing)
{
	for (size_t bit = 0; bit < 16; bit++) {
		for (size_t n = 0; n <= 128; n++) {
			uint8_t septet[128], back[128], p[130] = { 0 };

			for (size_t i = 0; i < n; i++)
				septet[i] = (uint8_t)(127 - i);
			sms_gsm_pack(septet, n, p, bit);
			sms_gsm_unpack(p, bit, back, n);
			ck_assert_mem_eq(back, septet, n);
			ck_assert_uint_eq(p[sms_gsm_octets(n, bit)], 0);
			ck_assert_uint_eq(p[0] & ((1u << (bit < 8 ? bit : 8)) - 1), 0);
		}
	}
}
END_TEST

/* Both ways for every character there is; what the alphabet has twice is written the short way. */
START_TEST(test_alphabet)
{
	size_t has = 0;

	for (uint32_t c = 0; c < 0x10000; c++) {
		uint8_t septet[2];
		uint16_t back[2];
		size_t n = sms_gsm_encode((uint16_t)c, septet);

		if (!n)
			continue;
		has++;
		ck_assert_uint_eq(sms_gsm_decode(septet, n, back), 1);
		ck_assert_uint_eq(back[0], c);
	}
	ck_assert_uint_eq(has, 127 + 10);
}
END_TEST

static const struct {
	const char *text;
	long n;
} utf8[] = {
	{ "", 0 },
	{ "a", 1 },
	{ "\xc3\xa9", 1 },
	{ "\xe2\x82\xac", 1 },
	{ "\xf0\x9f\x98\x80", 2 },
	{ "\xc3", -EINVAL },
	{ "\xc0\x80", -EINVAL },
	{ "\xed\xa0\x80", -EINVAL },
	{ "\xf5\x80\x80\x80", -EINVAL },
	{ "\x80", -EINVAL },
	{ "abcdefghi", -ENOSPC },
};

START_TEST(test_utf8)
{
	for (size_t i = 0; i < sizeof(utf8) / sizeof(utf8[0]); i++) {
		uint16_t c[8];
		struct buf back;

		ck_assert_msg(sms_utf8_decode(utf8[i].text, strlen(utf8[i].text), c, 8) == utf8[i].n, "row %zu", i);
		if (utf8[i].n < 0)
			continue;
		buf_init(&back, 64);
		sms_utf8_encode(c, (size_t)utf8[i].n, &back);
		ck_assert_str_eq(buf_str(&back), utf8[i].text);
		buf_free(&back);
	}
}
END_TEST

START_TEST(test_times)
{
	uint8_t time[SMS_TIME_OCTETS];
	struct buf text;

	buf_init(&text, 64);
	sms_time_set(time, 1600000000, -14); /* 2020-09-13 12:26:40 UTC */
	sms_time_text(time, &text);
	ck_assert_str_eq(buf_str(&text), "20/09/13,08:56:40-14");
	ck_assert(sms_time_parse(time, "99/03/29,15:16:59+08", 20));
	ck_assert_mem_eq(time, ((uint8_t[]){ 0x99, 0x30, 0x92, 0x51, 0x61, 0x95, 0x80 }), 7);
	ck_assert(!sms_time_parse(time, "99/03/29,15:16:59*08", 20));
	ck_assert(!sms_time_parse(time, "99/03/29,15:16:59+0", 19));
	buf_free(&text);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, test_units);
	tcase_add_test(tc, test_report);
	tcase_add_test(tc, test_centres);
	tcase_add_test(tc, test_packing);
	tcase_add_test(tc, test_alphabet);
	tcase_add_test(tc, test_utf8);
	tcase_add_test(tc, test_times);
}

int main(void)
{
	return rig_main("sms_pdu", add);
}
