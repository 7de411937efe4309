/* The codec of the modelled broker: each packet whole, byte by byte and cut everywhere; each wrong one with its reason. */
#include "base/str.h"
#include "link/mqtt_packet.h"
#include "test_mqtt_bytes.h"

static void show(struct buf *out, const char *name, struct mqtt_span s)
{
	if (!s.data)
		return;
	buf_addf(out, " %s=", name);
	str_escape(out, s.data, s.len);
}

static void show_filters(struct buf *out, struct mqtt_packet p)
{
	struct mqtt_span filter;
	int qos;

	while (mqtt_next_filter(&p, &filter, &qos)) {
		buf_addc(out, ' ');
		str_escape(out, filter.data, filter.len);
		if (p.type == MQTT_SUBSCRIBE)
			buf_addf(out, ":%d", qos);
	}
}

static void show_packet(struct buf *out, const struct mqtt_packet *p)
{
	buf_addf(out, "%d", p->type);
	if (p->id)
		buf_addf(out, " m%u", p->id);
	if (p->type == MQTT_CONNECT)
		buf_addf(out, " v%d%s k%u", p->level, p->clean ? " clean" : "", p->keepalive_s);
	show(out, "id", p->client_id);
	if (p->will)
		buf_addf(out, " will%d%s", p->will_qos, p->will_retain ? " retain" : "");
	show(out, "wt", p->will_topic);
	show(out, "wp", p->will_payload);
	show(out, "u", p->user);
	show(out, "p", p->password);
	if (p->type == MQTT_PUBLISH)
		buf_addf(out, " q%d%s%s", p->qos, p->retain ? " retain" : "", p->dup ? " dup" : "");
	show(out, "t", p->topic);
	show(out, "pl", p->payload);
	show_filters(out, *p);
}

static const struct {
	const char *packet, *shown;
} good[] = {
	{ "10 r15 s4 'MQTT' 04 02 m60 s3 'abc'", "1 v4 clean k60 id=abc" },
	{ "10 r12 s4 'MQTT' 04 00 m0 s0 ''", "1 v4 k0 id=" },
	{ "10 r15 s6 'MQIsdp' 03 02 m10 s1 'c'", "1 v3 clean k10 id=c" },
	{ "10 r27 s4 'MQTT' 04 EE m60 s1 'c' s1 'w' s2 00 01 s1 'u' s2 'p' 00",
	  "1 v4 clean k60 id=c will1 retain wt=w wp=\\x00\\x01 u=u p=p\\x00" },
	{ "10 r17 s4 'MQTT' 04 82 m60 s1 'c' s2 'us'", "1 v4 clean k60 id=c u=us" },
	{ "10 r18 s6 'MQIsdp' 03 42 m60 s1 'c' s1 'p'", "1 v3 clean k60 id=c p=p" },
	{ "10 r13 s4 'MQTT' 05 02 m60 00 s0", "1 v5 k0" },
	{ "30 r3 s1 't'", "3 q0 t=t pl=" },
	{ "31 r5 s1 't' 'hi'", "3 q0 retain t=t pl=hi" },
	{ "3A r7 s1 't' m1 'hi'", "3 m1 q1 dup t=t pl=hi" },
	{ "34 r5 s1 't' m65535", "3 m65535 q2 t=t pl=" },
	{ "40 r2 m7", "4 m7" },
	{ "50 r2 m7", "5 m7" },
	{ "62 r2 m7", "6 m7" },
	{ "70 r2 m7", "7 m7" },
	{ "82 r8 m1 s3 't/1' 00", "8 m1 t/1:0" },
	{ "82 r13 m1 s1 'a' 02 s4 '+/#x' 01", "8 m1 a:2 +/#x:1" },
	{ "A2 r9 m1 s1 'a' s2 'bc'", "10 m1 a bc" },
	{ "C0 r0", "12" },
	{ "E0 r0", "14" },
};

static void check_good(const char *bytes, size_t len, const char *shown)
{
	const char *why = NULL;
	struct mqtt_packet p;
	struct buf text;
	long n;

	buf_init(&text, 4096);
	for (size_t cut = 0; cut < len; cut++) {
		/* a copy, so that the sanitizer sees a read past the cut */
		char *head = malloc(cut ? cut : 1);

		memcpy(head, bytes, cut);
		ck_assert_msg(mqtt_packet_read(head, cut, &p, &why) == 0, "%s cut at %zu: %s", shown, cut, why);
		free(head);
	}
	n = mqtt_packet_read(bytes, len, &p, &why);
	ck_assert_msg(n == (long)len, "%s: %ld of %zu, %s", shown, n, len, why ? why : "");
	show_packet(&text, &p);
	ck_assert_str_eq(buf_str(&text), shown);
	buf_free(&text);
}

START_TEST(test_good)
{
	const char *why = NULL;
	struct mqtt_packet p;
	struct buf bytes;
	size_t len;

	buf_init(&bytes, 4096);
	mqtt_bytes(&bytes, good[_i].packet);
	check_good(bytes.data, bytes.len, good[_i].shown);
	len = bytes.len;
	buf_add(&bytes, "\xff\xff", 2); /* the next packet is none of its business */
	ck_assert_int_eq(mqtt_packet_read(bytes.data, bytes.len, &p, &why), (long)len);
	buf_free(&bytes);
}
END_TEST

static const struct {
	const char *packet, *why;
} bad[] = {
	{ "00", "a packet type that MQTT 3.1.1 does not have" },
	{ "F0", "a packet type that MQTT 3.1.1 does not have" },
	{ "47", "flags of the fixed header" }, /* GET / HTTP */
	{ "16 03 01", "flags of the fixed header" }, /* a ClientHello */
	{ "80 r8 m1 s3 't/1' 00", "flags of the fixed header" },
	{ "18 r0", "flags of the fixed header" },
	{ "20 r2 00 00", "a packet that no client sends" },
	{ "D0 r0", "a packet that no client sends" },
	{ "30 FF FF FF FF", "more than four bytes" },
	{ "30 FF FF FF 7F", "too long" },
	{ "10 r0", "the packet is too short" },
	{ "10 r12 s4 'MQTS' 04 02 m60 s0", "no MQTT that a broker knows" },
	{ "10 r12 s4 'MQTT' 03 02 m60 s0", "no MQTT that a broker knows" },
	{ "10 r14 s6 'MQIsdp' 04 02 m60 s0", "no MQTT that a broker knows" },
	{ "10 r12 s4 'MQTT' 04 03 m60 s0", "the reserved flag" },
	{ "10 r12 s4 'MQTT' 04 1A m60 s0", "the will flags" },
	{ "10 r12 s4 'MQTT' 04 1E m60 s0", "the will flags" },
	{ "10 r12 s4 'MQTT' 04 22 m60 s0", "the will flags" },
	{ "10 r15 s4 'MQTT' 04 42 m60 s0 s1 'p'", "a password without a user name" },
	{ "10 r12 s4 'MQTT' 04 06 m60 s0", "the packet is too short" },
	{ "10 r12 s4 'MQTT' 04 02 m60 s9", "past the end of its packet" },
	{ "10 r13 s4 'MQTT' 04 02 m60 s0 00", "bytes behind the end" },
	{ "10 r14 s4 'MQTT' 04 02 m60 s2 'a' 00", "a NUL in it" },
	{ "36 r5 s1 't' m1", "QoS 3" },
	{ "30 r2 s0", "empty or has a wildcard" },
	{ "30 r3 s1 '#'", "empty or has a wildcard" },
	{ "30 r3 s1 '+'", "empty or has a wildcard" },
	{ "32 r3 s1 't'", "the packet is too short" },
	{ "32 r5 s1 't' m0", "packet identifier 0" },
	{ "40 r1 00", "the packet is too short" },
	{ "40 r2 m0", "packet identifier 0" },
	{ "40 r3 m1 00", "bytes behind the end" },
	{ "82 r2 m1", "no filter" },
	{ "82 r6 m0 s1 'a' 00", "packet identifier 0" },
	{ "82 r6 m1 s1 'a' 03", "QoS above 2" },
	{ "82 r5 m1 s1 'a'", "the packet is too short" },
	{ "A2 r4 m1 s1", "past the end of its packet" },
	{ "C0 r1 00", "bytes behind the end" },
};

START_TEST(test_bad)
{
	const char *why = NULL;
	struct mqtt_packet p;
	struct buf bytes;

	buf_init(&bytes, 4096);
	mqtt_bytes(&bytes, bad[_i].packet);
	ck_assert_int_eq(mqtt_packet_read(bytes.data, bytes.len, &p, &why), -1);
	ck_assert_msg(strstr(why, bad[_i].why), "%s: %s", bad[_i].packet, why);
	buf_free(&bytes);
}
END_TEST

/* Each length of the remaining length, at both ends; the longest that is taken, and one more. */
START_TEST(test_lengths)
{
	static const size_t lens[] = { 0, 1, 124, 125, 16380, 16381, 100000, MQTT_PACKET_MAX - 3 };
	struct mqtt_span topic = { "t", 1 }, payload;
	char *data = calloc(1, MQTT_PACKET_MAX);
	const char *why = NULL;
	struct mqtt_packet p;
	struct buf out;

	memset(data, 'x', MQTT_PACKET_MAX);
	buf_init(&out, MQTT_PACKET_MAX * 2);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		payload = (struct mqtt_span){ data, lens[i] };
		buf_reset(&out);
		ck_assert_int_eq(mqtt_write_publish(&out, 0, topic, payload, 0, true, false), 0);
		ck_assert_int_eq(mqtt_packet_read(out.data, out.len - 1, &p, &why), 0);
		ck_assert_int_eq(mqtt_packet_read(out.data, out.len, &p, &why), (long)out.len);
		ck_assert(p.retain && p.payload.len == lens[i]);
	}
	payload.len++;
	buf_reset(&out);
	mqtt_write_publish(&out, 0, topic, payload, 0, false, false);
	ck_assert_int_eq(mqtt_packet_read(out.data, out.len, &p, &why), -1);
	buf_free(&out);
	free(data);
}
END_TEST

START_TEST(test_written)
{
	struct mqtt_span topic = { "t", 1 }, payload = { "hi", 2 };
	struct buf out, want;

	buf_init(&out, 4096);
	buf_init(&want, 4096);
	mqtt_write_connack(&out, false, 0);
	mqtt_write_connack(&out, true, 0);
	mqtt_write_connack(&out, false, 5);
	mqtt_write_publish(&out, 0, topic, payload, 0, false, false);
	mqtt_write_publish(&out, 258, topic, payload, 2, true, true);
	mqtt_write_ack(&out, MQTT_PUBACK, 1);
	mqtt_write_ack(&out, MQTT_PUBREC, 2);
	mqtt_write_ack(&out, MQTT_PUBREL, 3);
	mqtt_write_ack(&out, MQTT_PUBCOMP, 4);
	mqtt_write_ack(&out, MQTT_UNSUBACK, 5);
	mqtt_write_ack(&out, MQTT_PINGRESP, 0);
	mqtt_write_suback(&out, 6, (const unsigned char *)"\x01\x80", 2);
	mqtt_bytes(&want, "20 r2 00 00  20 r2 01 00  20 r2 00 05  30 r5 s1 't' 'hi'  3D r7 s1 't' m258 'hi'  40 r2 m1  50 r2 m2"
			  "  62 r2 m3  70 r2 m4  B0 r2 m5  D0 r0  90 r4 m6 01 80");
	ck_assert_uint_eq(out.len, want.len);
	ck_assert_int_eq(memcmp(out.data, want.data, out.len), 0);
	buf_free(&out);
	buf_free(&want);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("mqtt_packet");
	TCase *t = tcase_create("packets");
	SRunner *runner = srunner_create(s);
	int failed;

	tcase_add_loop_test(t, test_good, 0, sizeof(good) / sizeof(good[0]));
	tcase_add_loop_test(t, test_bad, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(t, test_lengths);
	tcase_add_test(t, test_written);
	suite_add_tcase(s, t);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
