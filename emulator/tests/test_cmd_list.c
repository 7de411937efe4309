/*
 * The command tables against commands.txt, the list of all commands the fact sheets name: each is in a table or among the
 * absent ones with a reason, and no reason has outlived its command. The listing is made from the same tables.
 */
#include "tests/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool in_tables(const char *name)
{
	for (const struct at_cmd *const *t = cmd_tables(); *t; t++) {
		for (const struct at_cmd *c = *t; c->name; c++) {
			if (!strcmp(c->name, name))
				return true;
		}
	}
	return false;
}

static bool is_absent(const char *name)
{
	const struct cmd_absent *a = cmd_absent;

	while (a->name && strcmp(a->name, name))
		a++;
	return a->name != NULL;
}

/* "general 1 +CSQ"; the name in place, NULL for a comment. */
static char *name_of(char *line)
{
	char *name = strrchr(line, ' ');

	line[strcspn(line, "\n")] = '\0';
	return *line == '#' || !name ? NULL : name + 1;
}

static void for_each_line(void (*check)(const char *name, void *ctx), void *ctx)
{
	FILE *f = fopen("emulator/tests/commands.txt", "r");
	char line[256], *name;

	ck_assert_msg(f != NULL, "tests run from the top of the tree");
	while (fgets(line, sizeof(line), f)) {
		name = name_of(line);
		if (name)
			check(name, ctx);
	}
	fclose(f);
}

static void is_one_of_both(const char *name, void *ctx)
{
	int *n = ctx;

	ck_assert_msg(in_tables(name) || is_absent(name), "%s is named in a fact sheet: no table has it, cmd_absent.c has no reason",
		      name);
	++*n;
}

START_TEST(every_command_of_the_sheets)
{
	int n = 0;

	for_each_line(is_one_of_both, &n);
	ck_assert_int_gt(n, 280);
}
END_TEST

static void look_for(const char *name, void *ctx)
{
	const char **wanted = ctx;

	if (*wanted && !strcmp(*wanted, name))
		*wanted = NULL;
}

START_TEST(no_reason_is_stale)
{
	for (const struct cmd_absent *a = cmd_absent; a->name; a++) {
		const char *wanted = a->name;

		ck_assert_msg(!in_tables(a->name), "%s is there now: its row in cmd_absent.c is stale", a->name);
		ck_assert_msg(*a->why && *a->source, "%s has no reason or no source", a->name);
		for_each_line(look_for, &wanted);
		ck_assert_msg(!wanted, "%s is absent, but commands.txt does not name it", a->name);
	}
}
END_TEST

/* A row without a source would be an unfounded claim; a table without a family would not be found by word. */
START_TEST(every_row_says_where_from)
{
	for (size_t t = 0; cmd_tables()[t]; t++) {
		ck_assert_msg(cmd_family(t) && *cmd_family(t), "table %zu has no family", t);
		for (const struct at_cmd *c = cmd_tables()[t]; c->name; c++)
			ck_assert_msg(c->source && *c->source, "%s has no source", c->name);
	}
}
END_TEST

START_TEST(absent_ones_are_errors)
{
	struct rig *r = rig_new("sim7600/B04");
	char line[64];

	for (const struct cmd_absent *a = cmd_absent; a->name; a++) {
		snprintf(line, sizeof(line), "AT%s=?\r", a->name);
		rig_row(r, line, RIG_ERROR);
	}
	rig_free(r);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cmd_list");
	TCase *tc = tcase_create("tables");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, every_command_of_the_sheets);
	tcase_add_test(tc, no_reason_is_stale);
	tcase_add_test(tc, every_row_says_where_from);
	tcase_add_test(tc, absent_ones_are_errors);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
