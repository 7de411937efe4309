/* The provisioning page: rows of command lines, and what the machine would find at the addresses in it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "port/cortex-m/provision.h"
#include "port/host/options.h"
#include "port/qemu/page.h"

static uint8_t page[PROVISION_MAX];

static const char *text(uint32_t address)
{
	return address ? (const char *)page + (address - PROVISION_ADDRESS) : "-";
}

/* Makes the page of one line of words. */
static struct provision make(const char *line, size_t *size)
{
	char *copy = strdup(line), *argv[32], *at = copy, err[256];
	struct node_options o;
	struct provision p;
	int argc = 0;

	for (char *word = strsep(&at, " "); word; word = strsep(&at, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	ck_assert_msg(node_options_parse(argc, argv, &o, err, sizeof(err)) == OPTIONS_RUN, "%s", err);
	memset(page, 0, sizeof(page));
	ck_assert_int_eq(page_make(&o, page, size), 0);
	memcpy(&p, page, sizeof(p));
	node_options_free(&o);
	free(copy);
	return p;
}

START_TEST(head)
{
	const size_t begin = offsetof(struct provision, baud);
	size_t size;
	struct provision p = make("mqtt-node --broker h.example:8883 --tls", &size);

	ck_assert_uint_eq(p.magic, PROVISION_MAGIC);
	ck_assert_uint_eq(p.size, size);
	ck_assert_uint_eq(p.crc, provision_crc(page + begin, size - begin));
	ck_assert_uint_eq(p.baud, 115200);
	page[size - 1] ^= 1;
	ck_assert_uint_ne(p.crc, provision_crc(page + begin, size - begin));
}
END_TEST

/* The check value of CRC-32 (IEEE 802.3). */
START_TEST(crc)
{
	ck_assert_uint_eq(provision_crc((const uint8_t *)"123456789", 9), 0xcbf43926u);
}
END_TEST

START_TEST(texts)
{
	size_t size;
	struct provision p = make(
		"mqtt-node --broker h.example:1234 --user u --pass pw --client-id id --will w/t=gone --apn a", &size);

	ck_assert_str_eq(text(p.host), "h.example");
	ck_assert_uint_eq(p.port, 1234);
	ck_assert_str_eq(text(p.user), "u");
	ck_assert_str_eq(text(p.pass), "pw");
	ck_assert_str_eq(text(p.client_id), "id");
	ck_assert_str_eq(text(p.will.topic), "w/t");
	ck_assert_str_eq(text(p.will.text), "gone");
	ck_assert_str_eq(text(p.apn), "a");
	ck_assert_uint_eq(p.ca.name, 0);
	ck_assert_uint_eq(p.publish, 0);
}
END_TEST

START_TEST(lists)
{
	size_t size;
	struct provision p = make(
		"mqtt-node --broker h --subscribe a,2 --subscribe b --qos 1 --publish t/1=x --publish t/2=y --count 7",
		&size);
	struct provision_topic topics[2];
	struct provision_message messages[2];

	ck_assert_uint_eq(p.subscribe_count, 2);
	ck_assert_uint_eq(p.publish_count, 2);
	memcpy(topics, page + (p.subscribe - PROVISION_ADDRESS), sizeof(topics));
	memcpy(messages, page + (p.publish - PROVISION_ADDRESS), sizeof(messages));
	ck_assert_str_eq(text(topics[0].topic), "a");
	ck_assert_uint_eq(topics[0].qos, 2);
	ck_assert_str_eq(text(topics[1].topic), "b");
	ck_assert_uint_eq(topics[1].qos, 1);
	ck_assert_str_eq(text(messages[1].topic), "t/2");
	ck_assert_str_eq(text(messages[1].text), "y");
	ck_assert_uint_eq(p.count, 7);
	ck_assert_uint_eq(p.subscribe % 4, 0);
}
END_TEST

START_TEST(numbers)
{
	size_t size;
	struct provision p =
		make("mqtt-node --broker h --tls --sni off --authmode 0 --ciphers 0x2F --keepalive 20 --clean 0 "
		     "--retain --interval 2s --max-time 1m --give-up --seed 9 --exit-when never -v",
		     &size);

	ck_assert_uint_eq(p.tls, 1);
	ck_assert_uint_eq(p.sni, SNI_OFF);
	ck_assert_uint_eq(p.authmode, 0);
	ck_assert_uint_eq(p.ciphers, 0x2f);
	ck_assert_uint_eq(p.keepalive_s, 20);
	ck_assert_uint_eq(p.clean, 0);
	ck_assert_uint_eq(p.retain, 1);
	ck_assert_uint_eq(p.interval_ms, 2000);
	ck_assert_uint_eq(p.max_time_ms, 60000);
	ck_assert_uint_eq(p.give_up, 1);
	ck_assert_uint_eq(p.seed, 9);
	ck_assert_uint_eq(p.goal, NODE_GOAL_NEVER);
	ck_assert_uint_eq(p.verbose, 1);
	ck_assert_uint_eq(p.port, 8883);
}
END_TEST

START_TEST(too_much)
{
	static const uint8_t big[PROVISION_MAX];
	struct node_options o = { .config = { .host = "h", .client_id = "i", .ca = { "ca.pem", big, sizeof(big) } } };
	size_t size;

	ck_assert_int_eq(page_make(&o, page, &size), -1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("page");
	TCase *t = tcase_create("page");
	SRunner *sr = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_test(t, head);
	tcase_add_test(t, crc);
	tcase_add_test(t, texts);
	tcase_add_test(t, lists);
	tcase_add_test(t, numbers);
	tcase_add_test(t, too_much);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
