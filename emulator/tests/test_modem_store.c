/* The store: names that may not leave it, order, what survives a restart, broken state. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modem/store.h"

static char dir[64];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/test-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void remove_tree(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char child[512];

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, e->d_name);
		if (unlink(child))
			remove_tree(child);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static void drop_dir(void)
{
	remove_tree(dir);
}

static struct store *open_store(const char *path)
{
	struct err e = { 0 };
	struct store *s = store_new(path, &e);

	ck_assert_msg(s != NULL, "%s", e.msg);
	return s;
}

static void put_text(const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static const struct {
	const char *name;
	bool ok;
} names[] = {
	{ "a.pem", true },	  { "A_b-1.der", true }, { "with blank.pem", true }, { "caf\xc3\xa9.pem", true },
	{ "emqxsl-ca.crt", true }, { "", false },	 { ".", false },	     { "..", false },
	{ "../x.pem", false },	  { "a/b.pem", false },	 { "/etc/passwd", false },   { "a..pem", false },
	{ ".hidden", false },	  { "a\nb", false },	 { "a\x7f", false },	     { "tab\t.pem", false },
};

START_TEST(test_names)
{
	struct store *s = open_store(NULL);
	char longest[STORE_NAME_MAX + 2];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_msg(store_name_ok(names[i].name) == names[i].ok, "'%s'", names[i].name);
		ck_assert_int_eq(store_put(s, "cert", names[i].name, "x", 1), names[i].ok ? 0 : -EINVAL);
		ck_assert_int_eq(store_get(s, "cert", names[i].name) != NULL, names[i].ok);
		ck_assert_int_eq(store_put(s, names[i].name, "x", "x", 1) == 0, names[i].ok);
	}
	memset(longest, 'n', sizeof(longest));
	longest[STORE_NAME_MAX + 1] = '\0';
	ck_assert_int_eq(store_put(s, "cert", longest, "x", 1), -EINVAL);
	longest[STORE_NAME_MAX] = '\0';
	ck_assert_int_eq(store_put(s, "cert", longest, "x", 1), 0);
	store_free(s);
}
END_TEST

static void check_order(const struct store *s, const char *const *want)
{
	size_t i;

	for (i = 0; want[i]; i++) {
		ck_assert_ptr_nonnull(store_at(s, "cert", i));
		ck_assert_str_eq(store_at(s, "cert", i)->name, want[i]);
	}
	ck_assert_ptr_null(store_at(s, "cert", i));
}

START_TEST(test_order)
{
	struct store *s = open_store(NULL);

	ck_assert_int_eq(store_put(s, "cert", "z", "1", 1), 0);
	ck_assert_int_eq(store_put(s, "cert", "a", "22", 2), 0);
	ck_assert_int_eq(store_put(s, "other", "q", "", 0), 0);
	ck_assert_int_eq(store_put(s, "cert", "m", "333", 3), 0);
	check_order(s, (const char *const[]){ "z", "a", "m", NULL });
	ck_assert_int_eq(store_put(s, "cert", "a", "new", 3), 0);
	check_order(s, (const char *const[]){ "z", "a", "m", NULL });
	ck_assert_str_eq(store_get(s, "cert", "a")->data, "new");
	ck_assert_uint_eq(store_get(s, "other", "q")->len, 0);
	ck_assert_int_eq(store_delete(s, "cert", "z"), 0);
	ck_assert_int_eq(store_delete(s, "cert", "z"), -ENOENT);
	check_order(s, (const char *const[]){ "a", "m", NULL });
	store_free(s);
}
END_TEST

START_TEST(test_full)
{
	struct store *s = open_store(NULL);
	size_t half = STORE_MAX_BYTES / 2;
	char *data = calloc(1, half + 1);

	ck_assert_int_eq(store_put(s, "cert", "a", data, half), 0);
	ck_assert_int_eq(store_put(s, "cert", "b", data, half + 1), -ENOSPC);
	ck_assert_ptr_null(store_get(s, "cert", "b"));
	ck_assert_int_eq(store_put(s, "cert", "b", data, half), 0);
	ck_assert_int_eq(store_put(s, "cert", "c", data, 1), -ENOSPC);
	ck_assert_int_eq(store_put(s, "cert", "a", data, half), 0);
	ck_assert_int_eq(store_delete(s, "cert", "a"), 0);
	ck_assert_int_eq(store_put(s, "cert", "c", data, 1), 0);
	ck_assert_int_eq(store_append(s, "cert", "b", data, half), -ENOSPC);
	ck_assert_int_eq(store_append(s, "cert", "b", data, half - 1), 0);
	ck_assert_int_eq(store_append(s, "cert", "b", data, 1), -ENOSPC);
	ck_assert_uint_eq(store_get(s, "cert", "b")->len, 2 * half - 1);
	free(data);
	store_free(s);
}
END_TEST

START_TEST(test_settings)
{
	struct store *s = open_store(NULL);

	ck_assert_int_eq(store_num(s, "net.mode", 7), 7);
	ck_assert_int_eq(store_set_num(s, "net.mode", 38), 0);
	ck_assert_int_eq(store_num(s, "net.mode", 7), 38);
	ck_assert_str_eq(store_text(s, "net.mode", "none"), "none");
	ck_assert_int_eq(store_set_text(s, "net.mode", "x\ty"), 0);
	ck_assert_str_eq(store_text(s, "net.mode", ""), "x\ty");
	ck_assert_int_eq(store_num(s, "net.mode", 7), 7);
	ck_assert_int_eq(store_set_text(s, "net.mode", "\xff"), -EINVAL);
	ck_assert_int_eq(store_unset(s, "net.mode"), 0);
	ck_assert_ptr_null(store_text(s, "net.mode", NULL));
	ck_assert_int_eq(store_unset(s, "never.set"), 0);
	store_free(s);
}
END_TEST

START_TEST(test_survives)
{
	struct store *s = open_store(dir);

	ck_assert_int_eq(store_put(s, "cert", "z.pem", "one\0two", 7), 0);
	ck_assert_int_eq(store_put(s, "cert", "a.pem", "a", 1), 0);
	ck_assert_int_eq(store_put(s, "cert", "gone.pem", "a", 1), 0);
	ck_assert_int_eq(store_delete(s, "cert", "gone.pem"), 0);
	ck_assert_int_eq(store_set_num(s, "net.mode", 38), 0);
	ck_assert_int_eq(store_set_text(s, "pdp.context.1", "0\tapn"), 0);
	store_free(s);

	put_text("cert/by-hand.pem", "hand");
	s = open_store(dir);
	check_order(s, (const char *const[]){ "z.pem", "a.pem", "by-hand.pem", NULL });
	ck_assert_uint_eq(store_get(s, "cert", "z.pem")->len, 7);
	ck_assert_mem_eq(store_get(s, "cert", "z.pem")->data, "one\0two", 8);
	ck_assert_int_eq(store_num(s, "net.mode", 0), 38);
	ck_assert_str_eq(store_text(s, "pdp.context.1", ""), "0\tapn");
	store_free(s);
}
END_TEST

/* A file that grows where it stands, its time, and the walk in one pass. */
START_TEST(test_append)
{
	struct store *s = open_store(dir);
	const struct store_file *f;
	size_t pos = 0;

	ck_assert_int_eq(store_append(s, "cert", "a.pem", "one", 3), 0);
	ck_assert_int_eq(store_append(s, "cert", "a.pem", "", 0), 0);
	ck_assert_int_eq(store_append(s, "cert", "a.pem", "\0two", 4), 0);
	ck_assert_int_eq(store_append(s, "cert", "../x", "1", 1), -EINVAL);
	ck_assert_int_eq(store_put(s, "other", "b", "b", 1), 0);
	ck_assert_int_eq(store_set_time(s, "cert", "a.pem", 1700000000), 0);
	ck_assert_int_eq(store_set_time(s, "cert", "b.pem", 1700000000), -ENOENT);
	store_free(s);

	s = open_store(dir);
	f = store_next(s, "cert", &pos);
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(f->len, 7);
	ck_assert_mem_eq(f->data, "one\0two", 8);
	ck_assert_int_eq(f->time, 1700000000);
	ck_assert_ptr_null(store_next(s, "cert", &pos));
	store_free(s);
}
END_TEST

START_TEST(test_no_leftovers)
{
	struct store *s = open_store(dir);
	char path[128];
	struct dirent *e;
	DIR *d;

	ck_assert_int_eq(store_put(s, "cert", "a.pem", "a", 1), 0);
	store_free(s);
	snprintf(path, sizeof(path), "%s/cert", dir);
	d = opendir(path);
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)))
		ck_assert_msg(!strncmp(e->d_name, ".new", 4) ? false : true, "%s", e->d_name);
	closedir(d);
}
END_TEST

static const struct {
	const char *text, *error;
} broken[] = {
	{ "{", "nv.json:1:" },
	{ "[]", "must be an object" },
	{ "{\"settings\": 3}", "must be an object" },
	{ "{\"settings\": {\"a\": 1, \"a\": 2}}", "nv.json:1:" },
};

START_TEST(test_broken)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct err e = { 0 };

		put_text("nv.json", broken[i].text);
		ck_assert_ptr_null(store_new(dir, &e));
		ck_assert_int_ne(e.code, 0);
		ck_assert_msg(strstr(e.msg, broken[i].error) != NULL, "%s", e.msg);
		ck_assert_msg(strstr(e.msg, dir) != NULL, "%s", e.msg);
	}
}
END_TEST

START_TEST(test_unreadable)
{
	struct err e = { 0 };
	char path[128];

	put_text("file", "");
	snprintf(path, sizeof(path), "%s/file", dir);
	ck_assert_ptr_null(store_new(path, &e));
	ck_assert_msg(strstr(e.msg, path) != NULL, "%s", e.msg);
	e = (struct err){ 0 };
	snprintf(path, sizeof(path), "%s/no/such", dir);
	ck_assert_ptr_null(store_new(path, &e));
	ck_assert_msg(strstr(e.msg, "No such file") != NULL, "%s", e.msg);
}
END_TEST

/* A disk that refuses: the store stays as it was. */
START_TEST(test_disk_fails)
{
	struct store *s = open_store(dir);
	char path[128];

	ck_assert_int_eq(store_put(s, "cert", "a.pem", "old", 3), 0);
	snprintf(path, sizeof(path), "%s/cert/b.pem", dir);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	ck_assert_int_lt(store_put(s, "cert", "b.pem", "new", 3), 0);
	snprintf(path, sizeof(path), "%s/cert/a.pem", dir);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(store_append(s, "cert", "a.pem", "er", 2), -ENOENT);
	ck_assert_uint_eq(store_get(s, "cert", "a.pem")->len, 3);
	ck_assert_ptr_null(store_get(s, "cert", "b.pem"));
	check_order(s, (const char *const[]){ "a.pem", NULL });
	store_free(s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *memory = tcase_create("memory"), *disk = tcase_create("disk");
	SRunner *runner;
	int failed;

	tcase_add_test(memory, test_names);
	tcase_add_test(memory, test_order);
	tcase_add_test(memory, test_full);
	tcase_add_test(memory, test_settings);
	tcase_add_checked_fixture(disk, make_dir, drop_dir);
	tcase_add_test(disk, test_survives);
	tcase_add_test(disk, test_append);
	tcase_add_test(disk, test_no_leftovers);
	tcase_add_test(disk, test_broken);
	tcase_add_test(disk, test_unreadable);
	tcase_add_test(disk, test_disk_fails);
	suite_add_tcase(suite, memory);
	suite_add_tcase(suite, disk);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
