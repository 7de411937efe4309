/* Names of the real world, and the libraries that are loaded for it. */
#include "base/str.h"
#include "link/real_libs.h"
#include "link/real_lookup.h"
#include "tests/test_real_rig.h"

#define NO_HOSTS "schema: 1\nhosts: []\n"

struct answer {
	struct real_rig rig;
	struct real_lookup *k;
	bool done;
	enum link_status status;
	char address[256];
	struct why why;
};

static void on_answer(enum link_status status, const char *address, const struct why *why, void *ctx)
{
	struct answer *a = ctx;

	ck_assert(!a->done);
	a->done = true;
	a->status = status;
	ck_assert(str_copy(a->address, sizeof(a->address), address));
	if (why)
		a->why = *why;
}

static void ask(struct answer *a, const char *name)
{
	memset(a, 0, sizeof(*a));
	real_rig_start(&a->rig, NO_HOSTS);
	a->k = real_lookup_start(a->rig.link, name, on_answer, a);
	ck_assert_ptr_nonnull(a->k);
	ck_assert(!a->done); /* never from inside the call */
}

static void ask_name(struct answer *a, const char *address)
{
	memset(a, 0, sizeof(*a));
	real_rig_start(&a->rig, NO_HOSTS);
	a->k = real_lookup_name_start(a->rig.link, address, on_answer, a);
	ck_assert_ptr_nonnull(a->k);
	ck_assert(!a->done);
}

/* What 127.0.0.1 is called is this machine's to say. */
START_TEST(test_name)
{
	struct answer a;

	ask_name(&a, "127.0.0.1");
	real_rig_wait(&a.rig, &a.done);
	ck_assert_int_eq(a.status, LINK_OK);
	ck_assert(*a.address && strcmp(a.address, "127.0.0.1"));
	real_rig_stop(&a.rig);
	ask_name(&a, "no address");
	real_rig_wait(&a.rig, &a.done);
	ck_assert_int_eq(a.status, LINK_DNS);
	ck_assert_msg(real_why_says(&a.why, "dns", "\"no address\" has no name"), "%s", a.why.step[0].text);
	real_rig_stop(&a.rig);
	for (int i = 0; i < 2; i++) {
		ask_name(&a, i ? "127.0.0.1" : "no address");
		real_lookup_cancel(a.k);
		real_rig_stop(&a.rig);
	}
}
END_TEST

static const struct {
	const char *name;
	enum link_status status;
	const char *address, *why;
} rows[] = {
	{ "127.0.0.1", LINK_OK, "127.0.0.1", NULL },
	{ "192.0.2.7", LINK_OK, "192.0.2.7", NULL },
	{ "::1", LINK_OK, "::1", NULL },
	{ "localhost", LINK_OK, "127.0.0.1", NULL },
	{ "no-such-name.invalid", LINK_DNS, "", "\"no-such-name.invalid\" has no address: " },
	{ "", LINK_DNS, "", "has no address" },
};

START_TEST(test_answer)
{
	struct answer a;

	ask(&a, rows[_i].name);
	real_rig_wait(&a.rig, &a.done);
	ck_assert_int_eq(a.status, rows[_i].status);
	ck_assert_str_eq(a.address, rows[_i].address);
	ck_assert_int_eq(a.why.n != 0, rows[_i].why != NULL);
	if (rows[_i].why)
		ck_assert_msg(real_why_says(&a.why, "dns", rows[_i].why), "%s", a.why.step[0].text);
	real_rig_stop(&a.rig);
}
END_TEST

/* Given up at once and after a turn of the loop; the request still under way must not touch what is gone. */
START_TEST(test_cancel)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "no-such-name.invalid" };
	struct answer a;

	ask(&a, names[_i / 2]);
	if (_i % 2)
		loop_poll(a.rig.loop);
	if (!a.done)
		real_lookup_cancel(a.k);
	real_rig_stop(&a.rig);
}
END_TEST

START_TEST(test_libraries)
{
	struct why why = { 0 };
	struct real_rig r;
	const struct real_mosquitto *m;
	const struct real_curl *c;

	real_rig_start(&r, NO_HOSTS);
	m = real_mosquitto(r.link, &why);
	ck_assert_msg(m, "%s", why.step[0].text);
	ck_assert_ptr_eq(real_mosquitto(r.link, &why), m);
	ck_assert_str_eq(m->strerror(MOSQ_ERR_SUCCESS), "No error.");
	c = real_curl(r.link, &why);
	ck_assert_msg(c, "%s", why.step[0].text);
	ck_assert_ptr_eq(real_curl(r.link, &why), c);
	ck_assert_str_eq(c->easy_strerror(CURLE_OK), "No error");
	ck_assert_uint_eq(why.n, 0);
	real_rig_stop(&r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("real lookup");
	TCase *t = tcase_create("lookup");

	tcase_add_loop_test(t, test_answer, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test(t, test_cancel, 0, 6);
	tcase_add_test(t, test_name);
	tcase_add_test(t, test_libraries);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return real_rig_main(s);
}
