/* --newer: what counts as changed, asked of a real git in a folder of its own; and the digest that a unit has. */
#include "harness/changed.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/scenario.h"
#include "harness/sources.h"

static char folder[64];

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_msg(f && fputs(text, f) >= 0, "%s", path);
	fclose(f);
}

static void shell(const char *command)
{
	ck_assert_msg(!system(command), "%s", command);
}

#define GIT "git -c user.name=t -c user.email=t@t -c init.defaultBranch=main -c commit.gpgsign=false "

static const char scenario[] = "schema: 1\nname: s\nsummary: s\ninclude: [lib/l.yaml]\n"
			       "matrix: {profile: [sim7600/B03, p/own.yaml]}\n"
			       "modem: {profile: '${profile}', world: w.yaml}\n"
			       "steps: [{use: l}, {when: {profile: sim7600/B03}, send_file: data.bin}]\n";
static const char own_profile[] = "schema: 1\nname: own\nextends: base.yaml\n";
static const char base_profile[] = "schema: 1\nname: base\nextends: LE20B03SIM7600M22\n";

/* A repository with one commit: a scenario of two cells, with all that they are made of. */
static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/test-changed-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
	setenv("GIT_CONFIG_SYSTEM", "/dev/null", 1);
	ck_assert(!mkdir("lib", 0755) && !mkdir("p", 0755) && !mkdir("sub", 0755));
	write_file("s.yaml", scenario);
	write_file("lib/l.yaml", "schema: 1\nsteps: {l: {steps: [{at: AT}]}}\n");
	write_file("p/own.yaml", own_profile);
	write_file("p/base.yaml", base_profile);
	write_file("w.yaml", "schema: 1\nhosts: []\n");
	write_file("data.bin", "x");
	write_file(".gitignore", "ignored\n");
	shell(GIT "init -q . && git add . && " GIT "commit -qm first");
}

static void teardown(void)
{
	char command[128];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	shell(command);
}

static struct scenario *load(void)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_file("s.yaml", NULL, &e);

	ck_assert_msg(s != NULL, "%s", e.msg);
	ck_assert_uint_eq(s->n_cells, 2);
	return s;
}

static const struct {
	const char *command;
	bool first, second;		/* the cell of B03, the one of p/own.yaml */
} rows[] = {
	{ "true", false, false },
	{ "touch s.yaml", false, false },
	{ "echo '# more' >> s.yaml", true, true },
	{ "echo '# more' >> lib/l.yaml", true, true },
	{ "echo '# more' >> p/own.yaml", false, true },
	{ "echo '# more' >> p/base.yaml", false, true },	/* what it extends */
	{ "echo '# more' >> w.yaml", true, true },
	{ "echo y >> data.bin", true, false },			/* the other does not send it */
	{ "echo '# more' >> s.yaml && git add . && " GIT "commit -qm second", true, true },
	{ "echo '# more' >> s.yaml && git add .", true, true },
	{ "echo x > ignored && echo x > sub/other", false, false },
	{ "git rm -q --cached w.yaml", true, true },		/* git no longer knows it */
	/* part of the program, when this is the repository it was made from */
	{ "mkdir -p emulator/profile/data && echo x > emulator/profile/data/LE20B03SIM7600M22.yaml", true, true },
	{ "mkdir -p emulator/profile/data && echo x > emulator/profile/data/sim7600.yaml", true, true },
	{ "mkdir -p emulator/profile/data && echo x > emulator/profile/data/LE11B14SIM7600M22.yaml", false, false },
	{ "mv w.yaml /tmp/w-$PPID.yaml && ln -s /tmp/w-$PPID.yaml w.yaml", true, true },	/* outside: not for git to say */
};

START_TEST(since_the_first_commit)
{
	struct err e = { 0 };
	struct changed *c;
	struct scenario *s;
	char command[64];

	shell("git tag start");
	shell(rows[_i].command);
	c = changed_since("start", &e);
	ck_assert_msg(c != NULL, "%s", e.msg);
	s = load();
	ck_assert_msg(changed_cell(c, s->cells[0]) == rows[_i].first, "%s", rows[_i].command);
	ck_assert_msg(changed_cell(c, s->cells[1]) == rows[_i].second, "%s", rows[_i].command);
	scenario_free(s);
	changed_free(c);
	snprintf(command, sizeof(command), "rm -f /tmp/w-%d.yaml", (int)getpid());
	shell(command);
}
END_TEST

/* The names are those below the top, wherever one stands. */
START_TEST(from_a_folder_below)
{
	struct err e = { 0 };
	struct changed *c;

	write_file("w.yaml", "other\n");
	ck_assert_int_eq(chdir("sub"), 0);
	write_file("new", "x\n");
	c = changed_since("HEAD", &e);
	ck_assert_msg(c != NULL, "%s", e.msg);
	ck_assert(changed_file(c, "../w.yaml"));
	ck_assert(changed_file(c, "new"));
	ck_assert(!changed_file(c, "../s.yaml"));
	changed_free(c);
}
END_TEST

START_TEST(no_answer)
{
	struct err unknown = { 0 }, flag = { 0 }, none = { 0 }, missing = { 0 };
	char *path = strdup(getenv("PATH"));

	ck_assert_ptr_null(changed_since("nope", &unknown));
	ck_assert_str_eq(unknown.msg, "--newer: git says: fatal: bad revision 'nope'");
	ck_assert_ptr_null(changed_since("--output=x", &flag));
	ck_assert_str_eq(flag.msg, "--newer '--output=x' must be a revision");
	shell("rm -rf .git");
	setenv("GIT_CEILING_DIRECTORIES", "/tmp", 1);
	ck_assert_ptr_null(changed_since("HEAD", &none));
	ck_assert_msg(strstr(none.msg, "--newer: git says: fatal: not a git repository") == none.msg, "%s", none.msg);
	setenv("PATH", "/nowhere", 1);
	ck_assert_ptr_null(changed_since("HEAD", &missing));
	setenv("PATH", path, 1);
	free(path);
	ck_assert_str_eq(missing.msg, "--newer: git: No such file or directory");
}
END_TEST

/* --- digests --------------------------------------------------------------------------------------------------- */

static void digests(char first[DIGEST_TEXT_MAX], char second[DIGEST_TEXT_MAX])
{
	struct scenario *s = load();

	json_t *profiles = json_object();
	char again[DIGEST_TEXT_MAX];

	source_digest(s->cells[0], profiles, first);
	source_digest(s->cells[1], profiles, second);
	source_digest(s->cells[1], NULL, again);
	ck_assert_str_eq(second, again);
	json_decref(profiles);
	ck_assert_uint_eq(strlen(first), DIGEST_TEXT_MAX - 1);
	ck_assert_str_ne(first, second);
	scenario_free(s);
}

static const struct {
	const char *command;
	bool first, second;
} effects[] = {
	{ "touch s.yaml", false, false },
	{ "sed -i 's/summary: s/summary: t/' s.yaml", true, true },
	{ "sed -i 's/at: AT/at: ATI/' lib/l.yaml", true, true },
	{ "echo 'identity: {imei: \"861111111111111\"}' >> p/base.yaml", false, true },
	{ "echo '# a word' >> p/base.yaml", false, false },	/* the values count */
	{ "echo '# a word' >> w.yaml", true, true },
	{ "echo y >> data.bin", true, false },
};

START_TEST(what_changes_a_digest)
{
	char first[2][DIGEST_TEXT_MAX], second[2][DIGEST_TEXT_MAX];

	digests(first[0], second[0]);
	shell(effects[_i].command);
	digests(first[1], second[1]);
	ck_assert_msg((strcmp(first[0], first[1]) != 0) == effects[_i].first, "%s", effects[_i].command);
	ck_assert_msg((strcmp(second[0], second[1]) != 0) == effects[_i].second, "%s", effects[_i].command);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("changed");
	TCase *tc = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, since_the_first_commit, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(tc, from_a_folder_below);
	tcase_add_test(tc, no_answer);
	tcase_add_loop_test(tc, what_changes_a_digest, 0, sizeof(effects) / sizeof(effects[0]));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
