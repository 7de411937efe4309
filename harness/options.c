/*
 * Command line over HIL_* over .hil.yaml over default: each level is applied on top of the one before, and a list given
 * on a higher level replaces the lower one's. All values go through the same rows and the same setters.
 */
#include "harness/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/str.h"
#include "base/yml.h"
#include "harness/options_table.h"
#include "harness/pool.h"
#include "harness/scenario_keys.h"

enum { ROWS_MAX = 192 };

/* One level: who says it, for messages, and which lists it has begun anew. */
struct level {
	struct options *o;
	struct err *e;
	const char *before;		/* "--", or the place in .hil.yaml; comes before the name of the row */
	const char *name;		/* in place of both, or NULL */
	bool began[ROWS_MAX];
};

static int bad_value(struct level *l, const struct option_row *row, const char *value, const char *must)
{
	return err_set(l->e, -EINVAL, "%s%s: '%s' must be %s", l->name ? l->name : l->before, l->name ? "" : row->name,
		       value, must);
}

static void *at(struct level *l, const struct option_row *row)
{
	return (char *)l->o + row->at;
}

/* --- setters ------------------------------------------------------------------------------------------------- */

static int set_bool(struct level *l, const struct option_row *row, const char *value)
{
	static const char *const words[] = { "false", "0", "no", "true", "1", "yes", NULL };
	int word = value ? find_word(words, value) : 3;

	if (word < 0)
		return bad_value(l, row, value, "true or false");
	*(bool *)at(l, row) = word >= 3;
	return 0;
}

static int set_verbosity(struct level *l, const struct option_row *row, const char *value)
{
	int *verbosity = at(l, row);
	long long n = 1;

	if (value && str_to_num(value, strlen(value), 0, 2, &n))
		return bad_value(l, row, value, "a number from 0 to 2");
	if (row->type == OPTION_QUIET)
		*verbosity = n ? -1 : 0;
	else if (value || *verbosity < 0)
		*verbosity = (int)n;
	else
		++*verbosity;
	return 0;
}

static void add_string(struct level *l, struct strings *s, const char *value)
{
	s->items = pool_grow(l->o->pool, s->items, s->n, sizeof(*s->items));
	s->items[s->n++] = value;
}

static int set_strings(struct level *l, const struct option_row *row, const char *value)
{
	struct strings *s = at(l, row);

	if (!l->began[row - option_rows])
		*s = (struct strings){ 0 };
	l->began[row - option_rows] = true;
	if (row->type == OPTION_TEXTS) {
		add_string(l, s, value);
		return 0;
	}
	while (*value) {
		size_t n = strcspn(value, ",");

		if (n)
			add_string(l, s, pool_copy(l->o->pool, value, n));
		value += n + (value[n] == ',');
	}
	return 0;
}

static int set_uint(struct level *l, const struct option_row *row, const char *value)
{
	long long n = 1;
	char must[64];

	snprintf(must, sizeof(must), "a number from %u to %u", row->min, row->max);
	if (value && str_to_num(value, strlen(value), row->min, row->max, &n))
		return bad_value(l, row, value, must);
	*(unsigned *)at(l, row) = (unsigned)n;
	if (row->at_given)
		*(bool *)((char *)l->o + row->at_given) = true;
	return 0;
}

static int set_seed(struct level *l, const struct option_row *row, const char *value)
{
	long long n = 0;

	/* --shuffle alone: the seed is drawn later */
	if (!strcmp(row->name, "shuffle"))
		l->o->select.shuffle = true;
	if (!value)
		return 0;
	if (str_to_num_any(value, strlen(value), 0, LLONG_MAX, &n))
		return bad_value(l, row, value, "a number that is not negative");
	*(uint64_t *)at(l, row) = (uint64_t)n;
	*(bool *)((char *)l->o + row->at_given) = true;
	return 0;
}

static int set_scale(struct level *l, const struct option_row *row, const char *value)
{
	char *end;
	double x = strtod(value, &end);

	if (end == value || *end || !(x > 0 && x <= 1000))
		return bad_value(l, row, value, "more than 0 and at most 1000");
	*(double *)at(l, row) = x;
	return 0;
}

static int set_duration(struct level *l, const struct option_row *row, const char *value)
{
	if (str_to_duration_us(value, at(l, row)))
		return bad_value(l, row, value, "a number with a unit: 250ms, 5s, 2m, 1h");
	return 0;
}

static int set_choice(struct level *l, const struct option_row *row, const char *value)
{
	int word = find_word(row->words, value);
	const char *near = word < 0 ? str_nearest(value, row->words) : NULL;
	char must[128];

	if (word < 0) {
		snprintf(must, sizeof(must), near ? "%s (did you mean '%s'?)" : "%s", row->argument, near);
		return bad_value(l, row, value, must);
	}
	*(int *)at(l, row) = word;
	return 0;
}

static int set_text(struct level *l, const struct option_row *row, const char *value)
{
	if (!*value)
		return bad_value(l, row, value, "something");
	*(const char **)at(l, row) = value;
	return 0;
}

static int set_value(struct level *l, const struct option_row *row, const char *value)
{
	static int (*const setters[])(struct level *l, const struct option_row *row, const char *value) = {
		[OPTION_FLAG] = set_bool, [OPTION_COUNT] = set_verbosity, [OPTION_QUIET] = set_verbosity,
		[OPTION_TEXT] = set_text, [OPTION_PATH] = set_text, [OPTION_TEXTS] = set_strings,
		[OPTION_WORDS] = set_strings, [OPTION_UINT] = set_uint, [OPTION_SEED] = set_seed,
		[OPTION_SCALE] = set_scale, [OPTION_DURATION] = set_duration, [OPTION_CHOICE] = set_choice,
	};

	return setters[row->type](l, row, value);
}

/* --- .hil.yaml ----------------------------------------------------------------------------------------------- */

/* The path of the nearest .hil.yaml upwards from here, or NULL. */
static const char *find_config(struct pool *p)
{
	char dir[PATH_MAX], path[PATH_MAX + 16];
	char *slash;

	if (!getcwd(dir, sizeof(dir)))
		return NULL;
	for (;;) {
		snprintf(path, sizeof(path), "%s/.hil.yaml", strcmp(dir, "/") ? dir : "");
		if (!access(path, F_OK))
			return pool_strdup(p, path);
		slash = strrchr(dir, '/');
		if (!slash || !dir[1])
			return NULL;
		slash[slash == dir] = '\0';
	}
}

static int set_from_yaml(struct level *l, const struct option_row *row, const struct yml_node *n)
{
	bool list = row->type == OPTION_TEXTS || row->type == OPTION_WORDS;
	const char *value = yml_str(n);

	if (yml_kind(n) == YML_SEQ && list) {
		for (size_t i = 0; i < yml_size(n); i++) {
			if (set_value(l, row, yml_str(yml_at(n, i))))
				return -EINVAL;
		}
		return 0;
	}
	if (yml_want(n, YML_SCALAR, l->e))
		return -EINVAL;
	if (row->type == OPTION_PATH)
		value = path_beside(l->o->pool, yml_name(n), value);
	return set_value(l, row, value);
}

static int read_strings(struct level *l, const struct yml_node *n, struct strings *out, bool paths)
{
	if (yml_want(n, YML_SEQ, l->e))
		return -EINVAL;
	for (size_t i = 0; i < yml_size(n); i++) {
		const char *s = yml_str(yml_at(n, i));

		if (yml_want(yml_at(n, i), YML_SCALAR, l->e))
			return -EINVAL;
		add_string(l, out, paths ? path_beside(l->o->pool, yml_name(n), s) : s);
	}
	return 0;
}

static int set_from_config(struct level *l, const struct yml_node *key, const struct yml_node *n, struct strings *has)
{
	char before[PATH_MAX + 48];

	if (!strcmp(yml_str(key), "paths"))
		return read_strings(l, n, &l->o->select.paths, true);
	if (!strcmp(yml_str(key), "has"))
		return read_strings(l, n, has, false);
	snprintf(before, sizeof(before), "%s:%u:%u: ", yml_name(n), yml_line(n), yml_column(n));
	l->before = before;
	return set_from_yaml(l, option_find(yml_str(key)), n);
}

static int apply_config(struct options *o, struct err *e)
{
	struct level l = { .o = o, .e = e };
	const char *path = find_config(o->pool), *keys[ROWS_MAX + 3];
	struct strings has = { 0 };
	size_t n = 0;

	if (!path)
		return 0;
	o->config = yml_load_file(path, e);
	for (const struct option_row *row = option_rows; row->name; row++)
		keys[n++] = row->name;
	keys[n++] = "paths";
	keys[n++] = "has";
	keys[n] = NULL;
	if (!o->config || yml_check_keys(yml_root(o->config), keys, e))
		return -EINVAL;
	for (size_t i = 0; i < yml_size(yml_root(o->config)); i++) {
		const struct yml_node *root = yml_root(o->config);

		if (set_from_config(&l, yml_key(root, i), yml_at(root, i), &has))
			return -EINVAL;
	}
	o->run.has = has.items;
	o->run.n_has = has.n;
	return 0;
}

/* --- environment --------------------------------------------------------------------------------------------- */

static int apply_environment(struct options *o, struct err *e)
{
	char name[64];
	struct level l = { .o = o, .e = e, .name = name };

	for (const struct option_row *row = option_rows; row->name; row++) {
		const char *value;

		snprintf(name, sizeof(name), "HIL_%s", row->name);
		for (char *c = name; *c; c++)
			*c = *c == '-' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
		value = getenv(name);
		if (value && *value && set_value(&l, row, value))
			return -EINVAL;
	}
	return 0;
}

/* --- command line -------------------------------------------------------------------------------------------- */

struct getopt_tables {
	struct option longs[ROWS_MAX + 2];
	const struct option_row *rows[ROWS_MAX + 2];
	char shorts[2 * ROWS_MAX];
};

static void make_tables(enum hil_verb verb, struct getopt_tables *t)
{
	size_t n = 0, s = 0;

	t->shorts[s++] = ':';
	t->shorts[s++] = 'h';
	t->longs[n] = (struct option){ "help", no_argument, NULL, 'h' };
	t->rows[n++] = NULL;
	for (const struct option_row *row = option_rows; row->name; row++) {
		if (!(row->verbs & 1u << verb))
			continue;
		t->longs[n] = (struct option){ row->name, !row->argument ? no_argument :
						row->optional ? optional_argument : required_argument, NULL, 1000 };
		t->rows[n++] = row;
		if (!row->letter)
			continue;
		t->shorts[s++] = row->letter;
		if (row->argument)
			t->shorts[s++] = ':';
	}
	t->longs[n] = (struct option){ 0 };
	t->shorts[s] = '\0';
}

/* Flags of the verb by name, for "did you mean". */
static int unknown_flag(enum hil_verb verb, const char *arg, struct err *e)
{
	const char *names[ROWS_MAX + 2], *near;
	char name[80];
	size_t n = 0;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(arg, "="), arg);
	if (!strncmp(name, "--", 2) && option_find(name + 2))
		return err_set(e, -EINVAL, "%s is not a flag of hil %s", name, verb_name(verb));
	names[n++] = "help";
	for (const struct option_row *row = option_rows; row->name; row++) {
		if (row->verbs & 1u << verb)
			names[n++] = row->name;
	}
	names[n] = NULL;
	near = str_nearest(name[1] == '-' ? name + 2 : name + 1, names);
	if (near)
		return err_set(e, -EINVAL, "unknown flag %s (did you mean --%s?)", name, near);
	return err_set(e, -EINVAL, "unknown flag %s (hil help %s lists them)", name, verb_name(verb));
}

static const struct option_row *row_of_letter(int letter)
{
	const struct option_row *row = option_rows;

	while (row->name && row->letter != letter)
		row++;
	return row->name ? row : NULL;
}

/* A letter, a name, or a name with a value it does not take. */
static int wrong_flag(enum hil_verb verb, char *const *argv, struct err *e)
{
	char letter[3] = { '-', (char)optopt, '\0' };

	if (optopt >= 1000)
		return err_set(e, -EINVAL, "%s: takes no value", argv[optind - 1]);
	return unknown_flag(verb, optopt ? letter : argv[optind - 1], e);
}

/* getopt takes --json for --jsonl; an abbreviation that is right today is another flag tomorrow. */
static int check_whole(enum hil_verb verb, const struct option_row *row, char *const *argv, struct err *e)
{
	const char *arg = optarg && optarg == argv[optind - 1] ? argv[optind - 2] : argv[optind - 1];
	size_t n = strcspn(arg, "=");

	if (!strncmp(arg, "--", 2) && (n != strlen(row->name) + 2 || strncmp(arg + 2, row->name, n - 2)))
		return unknown_flag(verb, arg, e);
	return 0;
}

static bool is_flag_of(enum hil_verb verb, const char *arg)
{
	const struct option_row *row = strncmp(arg, "--", 2) ? NULL : option_find(arg + 2);

	return strncmp(arg, "--", 2) || (row && row->verbs & 1u << verb);
}

static int apply_flags(struct level *l, int argc, char **argv)
{
	struct options *o = l->o;
	struct getopt_tables t;
	const struct option_row *row;
	int index, letter;

	make_tables(o->verb, &t);
	opterr = 0;
	optind = 0;	/* glibc: begin anew, options may be parsed more than once in a process */
	for (;;) {
		letter = getopt_long(argc, argv, t.shorts, t.longs, &index);
		if (letter < 0)
			return 0;
		if (letter == 'h') {
			o->help_on = o->verb;
			o->verb = VERB_HELP;
			return 0;
		}
		if (letter == ':' && !is_flag_of(o->verb, argv[optind - 1]))
			return unknown_flag(o->verb, argv[optind - 1], l->e);
		if (letter == ':')
			return err_set(l->e, -EINVAL, "%s needs a value", argv[optind - 1]);
		if (letter == '?')
			return wrong_flag(o->verb, argv, l->e);
		row = letter == 1000 ? t.rows[index] : row_of_letter(letter);
		if (check_whole(o->verb, row, argv, l->e) || set_value(l, row, optarg))
			return -EINVAL;
	}
}

static void take_paths(struct options *o, struct level *l, int argc, char **argv)
{
	int first = optind;

	if (o->verb == VERB_EXPLAIN && first < argc)
		o->explain_id = argv[first++];
	if (o->verb == VERB_BOARDS && first < argc)
		o->boards_what = argv[first++];
	if (o->verb == VERB_BOARDS && first < argc)
		o->boards_which = argv[first++];
	if (first < argc)
		o->select.paths = (struct strings){ 0 };
	for (int i = first; i < argc; i++)
		add_string(l, &o->select.paths, argv[i]);
}

static int apply_command_line(struct options *o, int argc, char **argv, struct err *e)
{
	struct level l = { .o = o, .e = e, .before = "--" };
	int err = apply_flags(&l, argc, argv);

	if (err || o->verb == VERB_HELP)
		return err;
	if ((o->verb == VERB_SCHEMA || o->verb == VERB_RECORD) && optind < argc)
		return err_set(e, -EINVAL, "hil %s takes no path", verb_name(o->verb));
	take_paths(o, &l, argc, argv);
	if (o->verb == VERB_REPLAY && argc - optind != 1)
		return err_set(e, -EINVAL, "hil replay needs one recording");
	if (o->verb == VERB_MERGE && optind == argc)
		return err_set(e, -EINVAL, "hil merge needs results: files of hil run --jsonl, or folders of them");
	if (o->verb == VERB_COMPARE && argc - optind < 2)
		return err_set(e, -EINVAL, "hil compare needs two recordings, or two or more folders: A B");
	if (o->verb == VERB_REPRODUCE && argc - optind != 1)
		return err_set(e, -EINVAL, "hil reproduce needs one log: LOG or LOG:FIRST-LAST");
	if (o->verb == VERB_PROBE && optind < argc)
		return err_set(e, -EINVAL, "hil probe takes no path (the port is given with --port)");
	if (o->verb == VERB_PROBE && !o->port)
		return err_set(e, -EINVAL, "hil probe needs --port PORT");
	if (o->verb == VERB_IMPORT && !o->import.formats && argc - optind != 1)
		return err_set(e, -EINVAL, "hil import needs one log: a path, PATH:FIRST-LAST, or - for standard input");
	if (o->verb == VERB_EXPLAIN && !o->explain_id)
		return err_set(e, -EINVAL, "hil explain needs the id of a cell (hil list prints them)");
	return 0;
}

/* --- the verb ------------------------------------------------------------------------------------------------ */

static int find_verb(const char *word, enum hil_verb *verb, struct err *e)
{
	const char *names[VERB_COUNT + 1], *near;

	for (int v = 0; v < VERB_COUNT; v++) {
		names[v] = verb_name((enum hil_verb)v);
		if (!strcmp(names[v], word)) {
			*verb = (enum hil_verb)v;
			return 0;
		}
	}
	names[VERB_COUNT] = NULL;
	near = str_nearest(word, names);
	if (near)
		return err_set(e, -EINVAL, "unknown verb '%s' (did you mean '%s'?)", word, near);
	return err_set(e, -EINVAL, "unknown verb '%s' (hil help lists them)", word);
}

/* True when the first word settles everything. */
static bool read_verb(struct options *o, int argc, char **argv, struct err *e, int *err)
{
	*err = 0;
	o->verb = VERB_HELP;
	o->help_on = VERB_COUNT;
	if (argc < 2) {
		*err = err_set(e, -EINVAL, "a verb is missing (hil help lists them)");
		return true;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return true;
	if (!strcmp(argv[1], "--version")) {
		o->verb = VERB_VERSION;
		return true;
	}
	*err = find_verb(argv[1], &o->verb, e);
	if (!*err && o->verb == VERB_HELP && argc > 2 && argv[2][0] != '-')
		*err = find_verb(argv[2], &o->help_on, e);
	return *err || o->verb == VERB_HELP || o->verb == VERB_VERSION;
}

/* --- defaults that need the rest ----------------------------------------------------------------------------- */

/* sim7600-emu beside this program, or else wherever PATH has it. */
static const char *default_emulator(struct pool *p)
{
	static const char name[] = "sim7600-emu";
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *beside;

	if (n < 0)
		return name;
	self[n] = '\0';
	beside = path_beside(p, self, name);
	return access(beside, X_OK) ? name : pool_strdup(p, beside);
}

static uint64_t draw_seed(void)
{
	uint32_t seed = 1;

	/* short enough to be typed again */
	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		return 1;
	return seed % 1000000;
}

/* The pairs of --vars before those of --var, so that a later one wins. */
static int read_vars_file(struct options *o, struct err *e)
{
	struct level l = { .o = o, .e = e };
	struct strings given = o->vars;
	const struct yml_node *root;
	struct buf b;

	o->vars_yml = yml_load_file(o->vars_file, e);
	if (!o->vars_yml || yml_want(yml_root(o->vars_yml), YML_MAP, e))
		return -EINVAL;
	root = yml_root(o->vars_yml);
	o->vars = (struct strings){ 0 };
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < yml_size(root); i++) {
		buf_reset(&b);
		buf_addf(&b, "%s=%s", yml_str(yml_key(root, i)), yml_str(yml_at(root, i)));
		add_string(&l, &o->vars, pool_strdup(o->pool, buf_str(&b)));
	}
	buf_free(&b);
	for (size_t i = 0; i < given.n; i++)
		add_string(&l, &o->vars, given.items[i]);
	return 0;
}

static void add_flag(struct buf *b, const char *flag, const char *value)
{
	bool plain = !value[strcspn(value, " \t\"'$\\*?[](){}<>|;&!`~#")];

	if (value[0])
		buf_addf(b, plain ? " --%s %s" : " --%s '%s'", flag, value);
}

/* What a rerun of one cell needs beside file, filter and seed. */
static const char *rerun_flags(struct options *o)
{
	const struct option_row *target = option_find("target");
	struct buf b;
	char *text;

	buf_init(&b, 1 << 16);
	if (o->run.target != HIL_TARGET_INPROC)
		add_flag(&b, "target", target->words[o->run.target]);
	add_flag(&b, "profile", o->run.profile ? o->run.profile : "");
	add_flag(&b, "dut", o->run.dut ? o->run.dut : "");
	add_flag(&b, "board", o->run.board ? o->run.board : "");
	for (size_t i = 0; i < o->vars.n; i++)
		add_flag(&b, "var", o->vars.items[i]);
	text = pool_strdup(o->pool, b.len ? b.data + 1 : "");
	buf_free(&b);
	return text;
}

static int check_unit(struct options *o, struct err *e)
{
	if (!o->run.out)
		return err_set(e, -EINVAL, "--unit needs --out DIR");
	if (o->run.repeat || o->run.until_fail || o->run.soak_us || o->sweep.n)
		return err_set(e, -EINVAL, "--unit runs a cell once: not with --repeat, --until-fail, --soak or --sweep");
	if (!o->run.attempt)
		o->run.attempt = 1;
	return 0;
}

static int finish(struct options *o, struct err *e)
{
	struct level l = { .o = o, .e = e };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (o->vars_file && read_vars_file(o, e))
		return -EINVAL;
	if (!o->select.paths.n)
		add_string(&l, &o->select.paths, "scenarios");
	if (o->run.pair && (o->run.repeat || o->run.until_fail || o->run.soak_us))
		return err_set(e, -EINVAL, "--pair compares the cells of one round: not with --repeat, --until-fail or --soak");
	if (o->unit && check_unit(o, e))
		return -EINVAL;
	if (o->run.quarantine_verify && !o->quarantine_file)
		return err_set(e, -EINVAL, "--quarantine-verify needs --quarantine FILE");
	if (o->verb == VERB_MATRIX && o->run.dut && !strncmp(o->run.dut, "board:", 6))
		return err_set(e, -EINVAL, "--dut board:NAME is one board: hil run alone takes it");
	if (o->run.board)
		o->run.target = HIL_TARGET_BOARD;
	if (o->run.target == HIL_TARGET_BOARD && !o->run.board && o->verb == VERB_RUN)
		return err_set(e, -EINVAL, "--target board needs --board NAME");
	if (o->select.shuffle && !o->select.shuffle_seed_given && o->select.shard)
		return err_set(e, -EINVAL, "--shuffle with --shard needs a seed, or the shards would lose cells");
	if (o->sweep.n && (o->run.repeat || o->run.until_fail || o->run.soak_us))
		return err_set(e, -EINVAL, "the points of --sweep are those of one seed: not with --repeat, --until-fail or --soak");
	if (!o->run.jobs)
		o->run.jobs = cores > 0 ? (unsigned)cores : 1;
	if (!o->run.seed_given)
		o->run.seed = draw_seed();
	if (!o->select.shuffle_seed_given)
		o->select.shuffle_seed = draw_seed();
	if (!o->run.emulator)
		o->run.emulator = default_emulator(o->pool);
	o->run.junit_wide = o->junit_flavour;
	o->run.shuffled = o->select.shuffle;
	o->run.shuffle_seed = o->select.shuffle_seed;
	o->run.rerun = rerun_flags(o);
	o->run.failed_list = state_path(o->pool, "failed");
	if (!o->run.durations)
		o->run.durations = state_path(o->pool, "durations");
	return 0;
}

int options_parse(struct options *o, int argc, char **argv, struct err *e)
{
	int err;

	*o = (struct options){ .run.timeout_scale = 1, .replay = { .match = 1, .timing = "fast" } };
	o->pool = pool_new();
	if (read_verb(o, argc, argv, e, &err))
		return err;
	err = apply_config(o, e);
	if (!err)
		err = apply_environment(o, e);
	if (!err)
		err = apply_command_line(o, argc - 1, argv + 1, e);
	if (!err && o->verb != VERB_HELP)
		err = finish(o, e);
	return err;
}

void options_free(struct options *o)
{
	yml_free(o->config);
	yml_free(o->vars_yml);
	pool_free(o->pool);
}
