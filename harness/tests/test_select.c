/* The command line with what stands behind it, and which cells it selects. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "harness/pool.h"
#include "harness/select.h"

enum { ARGS_MAX = 24, WORDS_MAX = 512 };

static char folder[] = "/tmp/hil-test-select-XXXXXX";

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_msg(f != NULL, "%s", path);
	fputs(text, f);
	fclose(f);
}

static void clear_environment(void)
{
	static const char *const names[] = { "HIL_JOBS", "HIL_TAGS", "HIL_FAIL_FAST", "HIL_TIMEOUT_SCALE", "HIL_RUN_XFAIL",
					     "HIL_FORMAT", "CI_NODE_INDEX", "CI_NODE_TOTAL" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

/* A folder with three scenarios, things that are none, and a state folder of its own. */
static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/hil-test-select-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert(!mkdir("scenarios", 0755) && !mkdir("scenarios/net", 0755) && !mkdir("scenarios/lib", 0755) &&
		  !mkdir("scenarios/.git", 0755) && !mkdir("state", 0755) && !mkdir("state/hil", 0755));
	setenv("XDG_STATE_HOME", "state-is-relative-so-it-does-not-count", 1);
	setenv("HOME", folder, 1);
	clear_environment();
	write_file("scenarios/b.yaml", "schema: 1\nname: b\nsummary: s\ntags: [slow, tls]\nrefs: [O1]\n"
				       "matrix: {firmware: [B03, B04], sni: [0, 1]}\nsteps: [{at: AT}]\n");
	write_file("scenarios/a.yml", "schema: 1\nname: a\nsummary: s\ntags: [tls]\nsteps: [{at: AT}]\n");
	write_file("scenarios/net/c.yaml", "schema: 1\nname: c\nsummary: s\nneeds: [lab]\nmodem: {profile: LE20B03}\n"
					   "steps: [{at: AT}]\n");
	write_file("scenarios/lib/l.yaml", "not: a scenario\n");
	write_file("scenarios/.git/g.yaml", "not: a scenario\n");
	write_file("scenarios/README.md", "not a scenario\n");
}

static void teardown(void)
{
	char command[128];

	ck_assert_int_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Splits a line at blanks; the words stay alive as long as the buffer. */
static int split(const char *line, char *words, char *argv[ARGS_MAX])
{
	int argc = 0;

	snprintf(words, WORDS_MAX, "%s", line);
	for (char *word = words; word && *word && argc < ARGS_MAX - 1;) {
		char *blank = strchr(word, ' ');

		if (blank)
			*blank = '\0';
		argv[argc++] = word;
		word = blank ? blank + 1 : NULL;
	}
	argv[argc] = NULL;
	return argc;
}

struct parsed {
	struct options o;
	struct err e;
	char words[WORDS_MAX];
	int err;
};

static void parse(struct parsed *p, const char *line)
{
	char *argv[ARGS_MAX];
	int argc;

	memset(p, 0, sizeof(*p));
	argc = split(line, p->words, argv);
	p->err = options_parse(&p->o, argc, argv, &p->e);
}

/* --- wrong command lines ------------------------------------------------------------------------------------- */

static const struct {
	const char *line, *error;
} wrong[] = {
	{ "hil", "a verb is missing (hil help lists them)" },
	{ "hil chek", "unknown verb 'chek' (did you mean 'check'?)" },
	{ "hil frobnicate", "unknown verb 'frobnicate' (hil help lists them)" },
	{ "hil help rum", "unknown verb 'rum' (did you mean 'run'?)" },
	{ "hil run --filtr x", "unknown flag --filtr (did you mean --filter?)" },
	{ "hil run --filtr=x", "unknown flag --filtr (did you mean --filter?)" },
	{ "hil run --filte x", "unknown flag --filte (did you mean --filter?)" },
	{ "hil run --json", "--json is not a flag of hil run" },
	{ "hil run --json x", "--json is not a flag of hil run" },
	{ "hil list --junit x", "--junit is not a flag of hil list" },
	{ "hil list --json=x", "--json=x: takes no value" },
	{ "hil run -x", "unknown flag -x (hil help run lists them)" },
	{ "hil run a -x b", "unknown flag -x (hil help run lists them)" },
	{ "hil run --filter", "--filter needs a value" },
	{ "hil run -j", "-j needs a value" },
	{ "hil run -j 0", "--jobs: '0' must be a number from 1 to 512" },
	{ "hil run --target bord", "--target: 'bord' must be inproc|pty|qemu|board (did you mean 'board'?)" },
	{ "hil run --target board", "--target board needs --board NAME" },
	{ "hil run --max-time 20", "--max-time: '20' must be a number with a unit: 250ms, 5s, 2m, 1h" },
	{ "hil run --timeout-scale 0", "--timeout-scale: '0' must be more than 0 and at most 1000" },
	{ "hil run --seed -1", "--seed: '-1' must be a number that is not negative" },
	{ "hil run --shuffle --shard 1/2", "--shuffle with --shard needs a seed, or the shards would lose cells" },
	{ "hil run --vars none.yaml", "none.yaml: No such file or directory" },
	{ "hil run --retry 21", "--retry: '21' must be a number from 0 to 20" },
	{ "hil run --repeat 0", "--repeat: '0' must be a number from 1 to 1000000" },
	{ "hil run --soak 8", "--soak: '8' must be a number with a unit: 250ms, 5s, 2m, 1h" },
	{ "hil run --repeat 2 --pair x", "--pair compares the cells of one round: not with --repeat, --until-fail or --soak" },
	{ "hil run --unit f::c", "--unit needs --out DIR" },
	{ "hil run --unit f::c --out o --repeat 2",
	  "--unit runs a cell once: not with --repeat, --until-fail, --soak or --sweep" },
	{ "hil run --quarantine-verify", "--quarantine-verify needs --quarantine FILE" },
	{ "hil explain", "hil explain needs the id of a cell (hil list prints them)" },
	{ "hil schema x", "hil schema takes no path" },
};

START_TEST(wrong_command_lines)
{
	struct parsed p;

	parse(&p, wrong[_i].line);
	ck_assert_int_lt(p.err, 0);
	ck_assert_str_eq(p.e.msg, wrong[_i].error);
	options_free(&p.o);
}
END_TEST

START_TEST(wrong_environment)
{
	struct parsed p;

	setenv("HIL_JOBS", "many", 1);
	parse(&p, "hil run");
	ck_assert_str_eq(p.e.msg, "HIL_JOBS: 'many' must be a number from 1 to 512");
	options_free(&p.o);
}
END_TEST

START_TEST(wrong_config)
{
	struct parsed p;

	write_file(".hil.yaml", "job: 3\n");
	parse(&p, "hil run");
	ck_assert_msg(strstr(p.e.msg, "/.hil.yaml:1:1: unknown key 'job' (did you mean 'jobs'?)") != NULL, "%s", p.e.msg);
	options_free(&p.o);
	write_file(".hil.yaml", "jobs: x\n");
	parse(&p, "hil run");
	ck_assert_msg(strstr(p.e.msg, "/.hil.yaml:1:7: jobs: 'x' must be a number") != NULL, "%s", p.e.msg);
	options_free(&p.o);
}
END_TEST

/* --- levels -------------------------------------------------------------------------------------------------- */

START_TEST(defaults)
{
	struct parsed p;

	parse(&p, "hil run");
	ck_assert_int_eq(p.err, 0);
	ck_assert_int_eq(p.o.verb, VERB_RUN);
	ck_assert_int_eq(p.o.run.target, HIL_TARGET_INPROC);
	ck_assert_uint_ge(p.o.run.jobs, 1);
	ck_assert_double_eq(p.o.run.timeout_scale, 1);
	ck_assert_uint_eq(p.o.run.fail_fast, 0);
	ck_assert_str_eq(p.o.run.rerun, "");
	ck_assert_ptr_nonnull(p.o.run.emulator);
	ck_assert(!p.o.run.seed_given);
	ck_assert_uint_eq(p.o.select.paths.n, 1);
	ck_assert_str_eq(p.o.select.paths.items[0], "scenarios");
	options_free(&p.o);
}
END_TEST

START_TEST(command_line_over_environment_over_file)
{
	struct parsed p;

	write_file(".hil.yaml", "jobs: 3\ntags: [a, b]\nfail-fast: 7\nhas: [lab]\npaths: [x, /y]\nemulator: bin/emu\n");
	ck_assert_int_eq(chdir("scenarios/net"), 0);
	setenv("HIL_TAGS", "c,d,e", 1);
	setenv("HIL_FAIL_FAST", "5", 1);
	setenv("HIL_RUN_XFAIL", "true", 1);
	parse(&p, "hil run --fail-fast");
	ck_assert_msg(!p.err, "%s", p.e.msg);
	ck_assert_uint_eq(p.o.run.jobs, 3);
	ck_assert_uint_eq(p.o.select.tags.n, 3);
	ck_assert_str_eq(p.o.select.tags.items[2], "e");
	ck_assert_uint_eq(p.o.run.fail_fast, 1);
	ck_assert(p.o.run.run_xfail);
	ck_assert_str_eq(p.o.run.has[0], "lab");
	/* paths of the file are beside it, wherever hil is called */
	ck_assert_msg(strstr(p.o.select.paths.items[0], folder + 5) != NULL, "%s", p.o.select.paths.items[0]);
	ck_assert_str_eq(p.o.select.paths.items[1], "/y");
	ck_assert_msg(strstr(p.o.run.emulator, "/bin/emu") != NULL, "%s", p.o.run.emulator);
	options_free(&p.o);
	parse(&p, "hil run --tags z -j 9 one two");
	ck_assert_uint_eq(p.o.select.tags.n, 1);
	ck_assert_uint_eq(p.o.run.jobs, 9);
	ck_assert_uint_eq(p.o.run.fail_fast, 5);
	ck_assert_uint_eq(p.o.select.paths.n, 2);
	ck_assert_str_eq(p.o.select.paths.items[1], "two");
	options_free(&p.o);
}
END_TEST

START_TEST(flags_of_run)
{
	struct parsed p;

	write_file("v.yaml", "a: file\nb: file\n");
	parse(&p, "hil run x -vv --var a=flag --vars v.yaml --seed 0x10 --target pty --max-time 2m --format tap y --dut ./n");
	ck_assert_msg(!p.err, "%s", p.e.msg);
	ck_assert_int_eq(p.o.run.verbosity, 2);
	ck_assert_uint_eq(p.o.vars.n, 3);
	ck_assert_str_eq(p.o.vars.items[0], "a=file");
	ck_assert_str_eq(p.o.vars.items[2], "a=flag");
	ck_assert_uint_eq(p.o.run.seed, 16);
	ck_assert(p.o.run.seed_given);
	ck_assert_int_eq(p.o.run.target, HIL_TARGET_PTY);
	ck_assert_uint_eq(p.o.run.max_time_us, 120000000);
	ck_assert_int_eq(p.o.run.format, HIL_FORMAT_TAP);
	ck_assert_uint_eq(p.o.select.paths.n, 2);
	ck_assert_str_eq(p.o.run.rerun, "--target pty --dut ./n --var a=file --var b=file --var a=flag");
	options_free(&p.o);
}
END_TEST

START_TEST(help_is_asked_for)
{
	static const struct {
		const char *line;
		enum hil_verb verb, on;
	} asks[] = {
		{ "hil --help", VERB_HELP, VERB_COUNT }, { "hil help", VERB_HELP, VERB_COUNT },
		{ "hil help run", VERB_HELP, VERB_RUN }, { "hil run --help", VERB_HELP, VERB_RUN },
		{ "hil list -h", VERB_HELP, VERB_LIST }, { "hil --version", VERB_VERSION, VERB_COUNT },
	};
	struct parsed p;

	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		parse(&p, asks[i].line);
		ck_assert_msg(!p.err && p.o.verb == asks[i].verb && p.o.help_on == asks[i].on, "%s", asks[i].line);
		options_free(&p.o);
	}
}
END_TEST

/* --- selection ----------------------------------------------------------------------------------------------- */

#define B03 "b[B03,sni=0] b[B03,sni=1]"
#define B04 "b[B04,sni=0] b[B04,sni=1]"

static const struct {
	const char *flags, *ids;
} selections[] = {
	{ "", "a " B03 " " B04 " c" },
	{ "scenarios/", "a " B03 " " B04 " c" },
	{ "scenarios/net scenarios/a.yml", "c a" },
	{ "scenarios scenarios/a.yml", "a " B03 " " B04 " c" },
	{ "--filter B03", B03 },
	{ "--filter sni=1 --exclude B04", "b[B03,sni=1]" },
	{ "--filter ^scenarios/net/", "c" },
	{ "--filter B03 --filter ::c$", B03 " c" },
	{ "--exclude b.yaml", "a c" },
	{ "--tags slow", B03 " " B04 },
	{ "--tags slow,tls --not-tags slow", "a" },
	{ "--ref O1,O2", B03 " " B04 },
	{ "--firmware B03", B03 " c" },
	{ "--firmware LE20", "c" },
	{ "--shard 1/2", "a b[B03,sni=1] b[B04,sni=1]" },
	{ "--shard 2/2", "b[B03,sni=0] b[B04,sni=0] c" },
	{ "--shard 2/2 --tags slow", "b[B03,sni=1] b[B04,sni=1]" },
	{ "scenarios/b.yaml::b[B04,sni=1]", "b[B04,sni=1]" },
	{ "scenarios/b.yaml::b[B04,sni=1] scenarios/b.yaml::b[B03,sni=0] scenarios/a.yml", "b[B03,sni=0] b[B04,sni=1] a" },
	{ "--filter nothing", "" },
};

static void select_cells(const char *flags, char *ids, size_t size)
{
	struct parsed p;
	struct suite s;
	char line[256];
	size_t n = 0;

	snprintf(line, sizeof(line), "hil list%s%s", *flags ? " " : "", flags);
	parse(&p, line);
	ck_assert_msg(!p.err, "%s", p.e.msg);
	ck_assert_msg(!suite_load(&s, &p.o), "%s", s.errors.n ? s.errors.items[0] : "");
	ck_assert_msg(!suite_select(&s, &p.o, &p.e), "%s", p.e.msg);
	ids[0] = '\0';
	for (size_t i = 0; i < s.n_cells; i++)
		n += (size_t)snprintf(ids + n, size - n, "%s%s", i ? " " : "", s.cells[i]->id);
	suite_free(&s);
	options_free(&p.o);
}

START_TEST(selected)
{
	char ids[512];

	select_cells(selections[_i].flags, ids, sizeof(ids));
	ck_assert_str_eq(ids, selections[_i].ids);
}
END_TEST

static unsigned count_words(const char *s)
{
	unsigned n = *s != '\0';

	for (; *s; s++)
		n += *s == ' ';
	return n;
}

/* Shards by hash are disjoint and complete, whatever else is in the suite. */
START_TEST(shards_by_hash)
{
	char ids[512];
	unsigned n = 0;

	for (int i = 1; i <= 3; i++) {
		char flags[64];

		snprintf(flags, sizeof(flags), "--shard %d/3 --shard-by hash", i);
		select_cells(flags, ids, sizeof(ids));
		n += count_words(ids);
	}
	ck_assert_uint_eq(n, 6);
}
END_TEST

/* One cell takes as long as all others together. */
START_TEST(shards_by_time)
{
	static const char *const rest[] = { "net/c.yaml::c", "b.yaml::b[B03,sni=0]" };
	char ids[512];
	FILE *f = fopen("took", "w");

	fprintf(f, "{\"inproc %s/scenarios/a.yml::a\": 50.0", folder);
	for (size_t i = 0; i < 2; i++)
		fprintf(f, ", \"inproc %s/scenarios/%s\": 5.0", folder, rest[i]);
	fprintf(f, ", \"inproc %s/scenarios/b.yaml::b[B03,sni=1]\": 10.0", folder);
	fprintf(f, ", \"inproc %s/scenarios/b.yaml::b[B04,sni=0]\": 10.0", folder);
	fprintf(f, ", \"inproc %s/scenarios/b.yaml::b[B04,sni=1]\": 10.0}", folder);
	fclose(f);
	select_cells("--shard 1/2 --shard-by time --durations took", ids, sizeof(ids));
	ck_assert_str_eq(ids, "a");
	select_cells("--shard 2/2 --shard-by time --durations took", ids, sizeof(ids));
	ck_assert_str_eq(ids, "b[B03,sni=0] b[B03,sni=1] b[B04,sni=0] b[B04,sni=1] c");
	/* where nothing is known, as many each */
	select_cells("--shard 1/2 --shard-by time --durations none", ids, sizeof(ids));
	ck_assert_uint_eq(count_words(ids), 3);
}
END_TEST

START_TEST(shard_of_the_ci)
{
	char ids[512];

	setenv("CI_NODE_INDEX", "2", 1);
	setenv("CI_NODE_TOTAL", "2", 1);
	select_cells("--shard auto", ids, sizeof(ids));
	ck_assert_str_eq(ids, "b[B03,sni=0] b[B04,sni=0] c");
}
END_TEST

START_TEST(shuffle_has_a_seed)
{
	char one[512], two[512], other[512];

	select_cells("--shuffle=7", one, sizeof(one));
	select_cells("--shuffle=7", two, sizeof(two));
	select_cells("--shuffle=8", other, sizeof(other));
	ck_assert_str_eq(one, two);
	ck_assert_str_ne(one, other);
	ck_assert_uint_eq(count_words(one), 6);
}
END_TEST

/* What the last run in this folder left behind. */
static void remember_failed(const char *list)
{
	struct parsed p;
	char state[256];

	snprintf(state, sizeof(state), "%s/state", folder);
	setenv("XDG_STATE_HOME", state, 1);
	parse(&p, "hil list");
	write_file(p.o.run.failed_list, list);
	options_free(&p.o);
}

START_TEST(failed_last_time)
{
	char list[512], ids[512];

	snprintf(list, sizeof(list), "%s/scenarios/b.yaml::b[B04,sni=0]\n%s/scenarios/net/c.yaml::c\n/gone.yaml::x\n", folder,
		 folder);
	remember_failed(list);
	select_cells("--failed", ids, sizeof(ids));
	ck_assert_str_eq(ids, "b[B04,sni=0] c");
	/* however the files are named */
	select_cells("--failed ./scenarios/net/../b.yaml", ids, sizeof(ids));
	ck_assert_str_eq(ids, "b[B04,sni=0]");
	/* the others of the list are not meant: no error */
	select_cells("--failed --filter net/c --allow-empty", ids, sizeof(ids));
	ck_assert_str_eq(ids, "c");
}
END_TEST

START_TEST(nothing_failed_last_time)
{
	static const struct {
		const char *list, *error;
	} rows[] = {
		{ "", "--failed: everything passed last time" },
		{ "/gone.yaml::x\n", "--failed: none of the 1 cells that did not pass last time is here (/gone.yaml::x)" },
		{ "/gone.yaml::x\n/gone.yaml::y\n",
		  "--failed: none of the 2 cells that did not pass last time is here (/gone.yaml::x, ...)" },
	};
	struct suite s;
	struct parsed p;

	remember_failed(rows[_i].list);
	parse(&p, "hil list --failed");
	ck_assert_int_eq(suite_load(&s, &p.o), 0);
	ck_assert_int_eq(suite_select(&s, &p.o, &p.e), -ENOENT);
	ck_assert_str_eq(p.e.msg, rows[_i].error);
	suite_free(&s);
	options_free(&p.o);
}
END_TEST

START_TEST(wrong_selections)
{
	static const struct {
		const char *line, *error;
	} lines[] = {
		{ "hil list --filter (", "--filter '(': not a regex: missing closing parenthesis at character 2" },
		{ "hil list --exclude [", "--exclude '[': not a regex: missing terminating ] for character class at "
					  "character 2" },
		{ "hil list --shard 3/2", "--shard '3/2' must be I/N with 1 <= I <= N, or auto" },
		{ "hil list --failed", "--failed: nothing is known of an earlier run in this folder" },
		{ "hil list --shard auto", "--shard auto: none of CI_NODE_INDEX, BUILDKITE_PARALLEL_JOB, "
					   "CIRCLE_NODE_INDEX, TEST_SHARD_INDEX is set with its total" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct parsed p;
		struct suite s;

		parse(&p, lines[i].line);
		ck_assert_int_eq(suite_load(&s, &p.o), 0);
		ck_assert_int_lt(suite_select(&s, &p.o, &p.e), 0);
		ck_assert_str_eq(p.e.msg, lines[i].error);
		suite_free(&s);
		options_free(&p.o);
	}
}
END_TEST

/* Every wrong file is reported, not only the first, and two scenarios of one name are wrong. */
START_TEST(all_errors_are_kept)
{
	struct parsed p;
	struct suite s;

	write_file("scenarios/a2.yaml", "schema: 1\nname: a\nsummary: s\nsteps: [{at: AT}]\n");
	write_file("scenarios/x.yaml", "schema: 1\nname: x\nsummary: s\n");
	parse(&p, "hil list scenarios none.yaml");
	ck_assert_int_lt(suite_load(&s, &p.o), 0);
	ck_assert_uint_eq(s.errors.n, 3);
	ck_assert_str_eq(s.errors.items[0], "scenarios/a2.yaml:2:7: name 'a' is in scenarios/a.yml too");
	ck_assert_str_eq(s.errors.items[1], "scenarios/x.yaml:1:1: key 'steps' is missing");
	ck_assert_str_eq(s.errors.items[2], "none.yaml: No such file or directory");
	suite_free(&s);
	options_free(&p.o);
}
END_TEST

START_TEST(needs_and_reasons)
{
	struct parsed p;
	struct suite s;

	parse(&p, "hil list --filter ::a$");
	suite_load(&s, &p.o);
	suite_select(&s, &p.o, &p.e);
	ck_assert_ptr_null(s.entries[0].left_out);
	ck_assert_str_eq(s.entries[5].left_out, "--filter does not match");
	ck_assert_str_eq(s.entries[5].cell->skip_reason, "needs lab, which .hil.yaml does not list under has:");
	suite_free(&s);
	options_free(&p.o);
	write_file(".hil.yaml", "has: [lab]\n");
	parse(&p, "hil list");
	suite_load(&s, &p.o);
	ck_assert_ptr_null(s.entries[5].cell->skip_reason);
	suite_free(&s);
	options_free(&p.o);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("select");
	TCase *tc = tcase_create("rows");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, wrong_command_lines, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, wrong_environment);
	tcase_add_test(tc, wrong_config);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, command_line_over_environment_over_file);
	tcase_add_test(tc, flags_of_run);
	tcase_add_test(tc, help_is_asked_for);
	tcase_add_loop_test(tc, selected, 0, sizeof(selections) / sizeof(selections[0]));
	tcase_add_test(tc, shards_by_hash);
	tcase_add_test(tc, shards_by_time);
	tcase_add_test(tc, shard_of_the_ci);
	tcase_add_test(tc, shuffle_has_a_seed);
	tcase_add_test(tc, failed_last_time);
	tcase_add_loop_test(tc, nothing_failed_last_time, 0, 3);
	tcase_add_test(tc, wrong_selections);
	tcase_add_test(tc, all_errors_are_kept);
	tcase_add_test(tc, needs_and_reasons);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
