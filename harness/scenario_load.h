/*
 * Inside the loader: tables that say which key is read how and stored where, and the reader that walks them. The
 * tables are the one source of the format: reader, JSON schema and render all go by them.
 */
#ifndef HARNESS_SCENARIO_LOAD_H
#define HARNESS_SCENARIO_LOAD_H

#include "base/yml.h"
#include "harness/pool.h"
#include "harness/scenario.h"

/* --- names and values known at load time ------------------------------------------------------------------- */

struct scope {
	const struct binding *bindings;
	size_t n;
	const struct scope *up;
};

/* The value of name in scope or above it, or NULL. */
const char *scope_find(const struct scope *scope, const char *name);

/* --- tables ------------------------------------------------------------------------------------------------ */

enum field_type {
	FIELD_TEXT,	/* const char *: template */
	FIELD_ESCAPED,	/* const char *: template with escapes, which are checked and kept */
	FIELD_NAME,	/* const char *: letters as in `names`, no variables */
	FIELD_REGEX,	/* const char *: template, compiled once to see that it can be */
	FIELD_HEX,	/* const char *: hex digits */
	FIELD_PATH,	/* const char *: a readable file, relative to the one that names it */
	FIELD_BOOL,	/* bool */
	FIELD_INT,	/* long from min to max */
	FIELD_SEED,	/* uint64_t */
	FIELD_CHANCE,	/* double, 0 < x <= 1 */
	FIELD_DURATION,	/* uint64_t, microseconds */
	FIELD_WORD,	/* enum: index in words */
	FIELD_SWITCH,	/* bool: true is the second of two words */
	FIELD_BITS,	/* unsigned: a list of words as bits */
	FIELD_TEXTS,	/* array of const char *: a list of texts */
	FIELD_ONE_OR_TEXTS,	/* the same, where a single text needs no list */
	FIELD_NAMES,	/* array of const char *: a list of names */
	FIELD_PATHS,	/* array of const char *: a path or a list of them */
	FIELD_QUIRKS,	/* array of "name=value": a mapping, or a list of such texts */
	FIELD_TWO,	/* const char *[2] */
	FIELD_VALUES,	/* array of struct binding: a mapping of scalars */
	FIELD_SAVES,	/* array of struct save */
	FIELD_WHEN,	/* bool: whether it holds */
	FIELD_OBJECT,	/* struct of table, in place */
	FIELD_POINTER,	/* pointer to a struct of table */
	FIELD_LIST,	/* array of structs of table */
	FIELD_ONE_OR_LIST,	/* the same, where a single entry needs no list */
	FIELD_STEPS,	/* array of struct step, use: worked out */
	FIELD_SHAPE	/* read elsewhere; `shape` names its schema */
};

struct table;

struct field {
	const char *key;
	enum field_type type;
	size_t at;			/* offset of the value */
	size_t at_n;			/* offset of the count of an array, or of the has_ flag; 0: none */
	const struct table *table;
	const char *const *words;	/* FIELD_WORD: its schema is `shape` when the row has one */
	long min, max;
	bool narrow;			/* FIELD_INT stored in an unsigned */
	bool plain;			/* FIELD_NAME: letters, digits and '-' only */
	bool required;
	bool grouped;			/* one of the keys of which exactly one must be there */
	bool stands_in;			/* enough without any grouped key, and allowed beside one */
	int choice;			/* what the table's choice becomes when it is there (stands_in: alone) */
	const char *only_with;		/* key that must be there too */
	const char *not_with;		/* key that must not be there too */
	const char *shape;
	bool of_file;			/* stored in struct scenario, read once */
	const char *help;
};

struct reader;

struct table {
	const char *name;		/* its definition in the schema */
	const struct field *fields;	/* ends with a NULL key */
	size_t size;
	const void *initial;		/* what the struct is before reading; NULL: zeros */
	size_t initial_size;		/* 0: size */
	const char *shorthand;		/* key that a plain scalar stands for, or NULL */
	bool has_place, has_choice;
	bool not_empty;			/* at least one key */
	size_t place;			/* struct place: of the grouped key's value, else of the mapping */
	size_t choice;			/* int */
	const struct table *other;	/* table to use when other_key is there */
	const char *other_key;
	/* Checks that need more than one key, and defaults that depend on another. */
	int (*finish)(struct reader *r, const struct yml_node *n, void *obj);
};

/* What struct cell has no room for. */
struct raw_skip {
	bool holds;
	const char *reason;
};

struct raw_xfail {
	struct xfail x;		/* first: the table's offsets start here */
	bool holds;
};

struct raw_flaky {
	bool holds;
	long retries;
	const char *reason, *ref;
};

struct raw_defaults {
	uint64_t within_us;
	enum eol eol;
};

struct raw_cell {
	struct cell c;		/* first */
	struct raw_defaults defaults;
	const struct raw_skip *skips;
	size_t n_skips;
	const struct raw_xfail *xfails;
	size_t n_xfails;
	struct raw_flaky flaky;
};

struct raw_step {
	struct step s;		/* first */
	const char *use;	/* the other form: a named list */
	const struct binding *with;
	size_t n_with;
};

extern const struct table table_scenario, table_step, table_use, table_library, table_expect, table_any_order;
extern const char *const target_words[], *const eol_words[];
extern const char *const reserved_names[];	/* variables that hil itself gives */

/* --- reader ------------------------------------------------------------------------------------------------ */

struct source {
	struct source *next;
	const char *name;
	const char *text;
	size_t len;
	struct yml *yml;
};

/* A named step list of an included file. */
struct step_list {
	const char *name;
	const struct yml_node *params, *defaults, *steps;	/* params and defaults may be NULL */
	const struct yml_node *node;
};

struct reader {
	struct scenario *scenario;
	struct pool *pool;
	const struct scenario_options *options;
	const struct scope *scope;
	const char **late;		/* names that get their value at run time */
	size_t n_late;
	struct step_list *lists;
	size_t n_lists;
	struct source *sources;
	uint64_t within_us;		/* the default window */
	bool lenient;			/* a list is checked by itself: its parameters have no values yet */
	bool idle;			/* in a step that does not apply: files need not be there */
	bool alone;			/* the file that gives variables and fixtures is not known */
	const struct place *used_from;
	const char *prefix;		/* of step ids inside a use step, or NULL */
	unsigned depth;			/* of use inside use */
	struct err *e;
};

/* Which keys of a table to read. */
enum part { PART_ALL, PART_FILE, PART_CELL };

/* Reads the mapping (or shorthand) n by table into the zeroed obj. Returns 0 or -EINVAL with *r->e set. */
int read_object(struct reader *r, const struct yml_node *n, const struct table *t, void *obj, enum part part);

/* Checks keys, required ones, group and company, without reading values. */
int check_keys(struct reader *r, const struct yml_node *n, const struct table *t);

/* The text of scalar n with all variables known by now put in; NULL with *r->e set. Still a template. */
const char *read_template(struct reader *r, const struct yml_node *n);

/* Whether all names of mapping n have (one of) the given values in the reader's scope. */
int read_when(struct reader *r, const struct yml_node *n, bool *holds);

/* Steps of sequence n with use: worked out, appended to *steps. */
int read_steps(struct reader *r, const struct yml_node *n, struct step **steps, size_t *n_steps);

int read_fixtures(struct reader *r, const struct yml_node *n, struct cell *c);

/* Checks that what the i-th fixture (of node n) names as to: is there before it and fits. */
int check_fixture_behind(struct reader *r, const struct yml_node *n, const struct fixture *all, size_t i);

/* The keys of each kind of fixture. */
extern const struct table *const fixture_tables[FIXTURE_COUNT];

/* "unknown WHAT 'x' (did you mean 'y'?)" at n; returns -EINVAL. words ends with NULL. */
int unknown_error(struct reader *r, const struct yml_node *n, const char *what, const char *s,
		  const char *const words[]);

struct place place_of(const struct reader *r, const struct yml_node *n);

/* PATH as seen from the working directory when a file called FROM names it. */
const char *path_beside(struct pool *p, const char *from, const char *path);

/* Whether a template still waits for a value of run time. */
bool is_open(const char *text);

/* Literal text made a template: each $ doubled. */
const char *template_quote(struct pool *p, const char *text);

/* --- matrix.c ---------------------------------------------------------------------------------------------- */

/* One combination of matrix values. */
struct combination {
	const struct yml_node *node;	/* the row, or NULL */
	struct binding *bindings;
	size_t n;
	const char *id;			/* "name[B03,sni=1]" */
};

/* All combinations of matrix: (NULL: one without variables) less those of exclude: (may be NULL), in order. */
int matrix_expand(struct reader *r, const struct yml_node *matrix, const struct yml_node *exclude,
		  struct combination **out, size_t *n);

/* The variables of vars: in the reader's scope (first entry whose when: holds), command line first. */
int matrix_vars(struct reader *r, const struct yml_node *vars, struct binding **out, size_t *n);

#endif
