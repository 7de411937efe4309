/*
 * JUnit XML that GitHub actions, GitLab and Jenkins all take: one testsuite a scenario file, one testcase a cell, unique
 * names, `error` for ERROR, three decimals. The file is written anew after every cell under another name and renamed,
 * so that a killed run has a whole one.
 */
#include "harness/report.h"

#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/wall_real.h"

enum { REWRITE_US = 1000000 };	/* not oftener, or a big run would do nothing but write */

struct report_junit {
	struct report base;
	char *path, *temporary;
	bool wide;
	char started[32];
	json_t *run;			/* what holds for all cells: name -> value, in order */
	json_t *ends;			/* array of end events, in order; of a run in rounds, one a cell */
	json_t *index;			/* of a run in rounds: file::cell -> the event in ends */
	uint64_t written_us;
};

static const char *str_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static void attribute(xmlTextWriterPtr w, const char *name, const char *value)
{
	struct buf clean;

	buf_init(&clean, 256 * 1024);
	report_clean(&clean, value);
	xmlTextWriterWriteAttribute(w, BAD_CAST name, BAD_CAST buf_str(&clean));
	buf_free(&clean);
}

static void number(xmlTextWriterPtr w, const char *name, size_t n)
{
	xmlTextWriterWriteFormatAttribute(w, BAD_CAST name, "%zu", n);
}

static void content(xmlTextWriterPtr w, const char *text)
{
	struct buf clean;

	buf_init(&clean, 256 * 1024);
	report_clean(&clean, text);
	xmlTextWriterWriteString(w, BAD_CAST buf_str(&clean));
	buf_free(&clean);
}

/* scenarios/mqtt/tls-sni.yaml -> scenarios.mqtt.tls-sni */
static void class_name(const char *file, char *out, size_t size)
{
	size_t n = 0, len = strlen(file);

	if (len > 5 && !strcmp(file + len - 5, ".yaml"))
		len -= 5;
	while (!strncmp(file, "./", 2)) {
		file += 2;
		len -= 2;
	}
	for (size_t i = *file == '/'; i < len && n + 1 < size; i++)
		out[n++] = file[i] == '/' ? '.' : file[i];
	out[n] = '\0';
}

struct counts {
	size_t tests, failures, errors, skipped;
	double time;
};

enum element { ELEMENT_NONE, ELEMENT_FAILURE, ELEMENT_ERROR, ELEMENT_SKIPPED };

/* What is set aside is skipped: no other word of JUnit leaves the run green. */
static enum element element_of(const struct report_cell *c)
{
	if (c->bad)
		return c->outcome == OUTCOME_ERROR ? ELEMENT_ERROR : ELEMENT_FAILURE;
	return c->outcome == OUTCOME_PASS ? ELEMENT_NONE : ELEMENT_SKIPPED;
}

static void count_one(struct counts *n, json_t *end)
{
	struct report_cell c;

	report_read_cell(&c, end);
	n->tests++;
	n->failures += element_of(&c) == ELEMENT_FAILURE;
	n->errors += element_of(&c) == ELEMENT_ERROR;
	n->skipped += element_of(&c) == ELEMENT_SKIPPED;
	n->time += c.took;
}

static void write_counts(xmlTextWriterPtr w, const struct counts *c)
{
	number(w, "tests", c->tests);
	number(w, "failures", c->failures);
	number(w, "errors", c->errors);
	number(w, "skipped", c->skipped);
	xmlTextWriterWriteFormatAttribute(w, BAD_CAST "time", "%.3f", c->time);
}

/* The message is the text's first line too, since GitLab long ignored the attribute. */
static void write_problem(xmlTextWriterPtr w, const char *element, const char *type, const char *message,
			  const char *text)
{
	xmlTextWriterStartElement(w, BAD_CAST element);
	attribute(w, "message", message);
	attribute(w, "type", type);
	content(w, message);
	content(w, "\n");
	content(w, text);
	xmlTextWriterEndElement(w);
}

static void add_failures(struct buf *text, const struct report_cell *c)
{
	if (c->failed)
		report_failure_text(text, c, &c->failure, "");
	if (c->failed_later)
		report_failure_text(text, c, &c->later, "  ");
}

static void write_failure(xmlTextWriterPtr w, const struct report_cell *c)
{
	const char *message = c->outcome == OUTCOME_XPASS ? "passed, and was expected to fail" :
			      c->flaky			  ? "passed only when it was tried again" :
							    c->failure.what;
	struct buf text;

	buf_init(&text, 256 * 1024);
	add_failures(&text, c);
	write_problem(w, c->outcome == OUTCOME_ERROR ? "error" : "failure", c->flaky ? "flaky" : outcome_name(c->outcome),
		      message, buf_str(&text));
	buf_free(&text);
}

static void write_attempts(xmlTextWriterPtr w, const struct report_cell *c)
{
	const json_t *one;
	size_t i;

	json_array_foreach(c->attempts, i, one) {
		bool error = !strcmp(str_of(one, "outcome"), "error");
		const char *element = c->bad || !c->flaky ? (error ? "rerunError" : "rerunFailure") :
							    (error ? "flakyError" : "flakyFailure");

		write_problem(w, element, str_of(one, "outcome"), str_of(one, "text"), "");
	}
}

static void write_skipped(xmlTextWriterPtr w, const struct report_cell *c)
{
	bool aside = c->quarantined && outcome_is_bad(c->outcome);
	struct buf message;

	buf_init(&message, 4096);
	report_facets_text(&message, c);
	xmlTextWriterStartElement(w, BAD_CAST "skipped");
	if (aside || c->outcome == OUTCOME_XFAIL)
		attribute(w, "type", aside ? "quarantined" : "xfail");
	attribute(w, "message", aside ? buf_str(&message) : c->reason);
	xmlTextWriterEndElement(w);
	buf_free(&message);
}

static void write_outcome(xmlTextWriterPtr w, const struct report_cell *c)
{
	switch (element_of(c)) {
	case ELEMENT_FAILURE:
	case ELEMENT_ERROR:
		write_failure(w, c);
		break;
	case ELEMENT_SKIPPED:
		write_skipped(w, c);
		break;
	case ELEMENT_NONE:
		break;
	}
}

static void add_rounds(struct buf *text, const struct report_cell *c)
{
	json_int_t runs = json_integer_value(json_object_get(c->json, "runs"));
	json_int_t failed = json_integer_value(json_object_get(c->json, "failed"));

	if (!runs)
		return;
	buf_addf(text, "%" JSON_INTEGER_FORMAT " rounds, %" JSON_INTEGER_FORMAT " failed", runs, failed);
	if (failed)
		buf_addf(text, ", first round %u, seed %" JSON_INTEGER_FORMAT, c->round,
			 json_integer_value(json_object_get(c->json, "seed")));
	buf_addc(text, '\n');
}

/* Where the wire log is, and what the elements have no place for: the quarantine, and the failure that it covers. */
static void write_output(xmlTextWriterPtr w, const struct report_cell *c)
{
	struct buf text;

	buf_init(&text, 256 * 1024);
	if (c->quarantined) {
		report_facets_text(&text, c);
		buf_addc(&text, '\n');
	}
	if (c->quarantined && outcome_is_bad(c->outcome))
		add_failures(&text, c);
	add_rounds(&text, c);
	if (*c->wire)
		buf_addf(&text, "[[ATTACHMENT|%s]]", c->wire);
	if (text.len) {
		xmlTextWriterStartElement(w, BAD_CAST "system-out");
		content(w, buf_str(&text));
		xmlTextWriterEndElement(w);
	}
	buf_free(&text);
}

static void add_property(json_t *into, const char *name, const char *value)
{
	if (*value)
		json_object_set_new(into, name, json_string(value));
}

static void write_properties(xmlTextWriterPtr w, const json_t *properties)
{
	const char *name;
	json_t *value;

	if (!json_object_size(properties))
		return;
	xmlTextWriterStartElement(w, BAD_CAST "properties");
	json_object_foreach((json_t *)(uintptr_t)properties, name, value) {
		xmlTextWriterStartElement(w, BAD_CAST "property");
		attribute(w, "name", name);
		attribute(w, "value", json_string_value(value));
		xmlTextWriterEndElement(w);
	}
	xmlTextWriterEndElement(w);
}

/* What the cell has for itself: its revision, the digest of what it is made of, the seed that it ran with. */
static void write_own_properties(struct report_junit *j, xmlTextWriterPtr w, const struct report_cell *c)
{
	json_t *own = json_object(), *matrix = json_object_get(c->json, "matrix"), *value;
	const char *board = str_of(j->run, "board"), *name;
	char seed[32];

	snprintf(seed, sizeof(seed), "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(c->json, "seed")));
	add_property(own, "profile", c->profile);
	add_property(own, "board", board);
	add_property(own, "digest", str_of(c->json, "digest"));
	add_property(own, "seed", c->round ? seed : str_of(j->run, "seed"));
	json_object_foreach(matrix, name, value) {
		if (!json_object_get(own, name))
			add_property(own, name, json_string_value(value));
	}
	write_properties(w, own);
	json_decref(own);
}

static void write_case(struct report_junit *j, xmlTextWriterPtr w, json_t *end)
{
	struct report_cell c;
	char class[512];

	report_read_cell(&c, end);
	class_name(c.file, class, sizeof(class));
	xmlTextWriterStartElement(w, BAD_CAST "testcase");
	attribute(w, "classname", class);
	xmlTextWriterStartAttribute(w, BAD_CAST "name");
	content(w, c.target);
	content(w, " ");
	content(w, c.cell);
	xmlTextWriterEndAttribute(w);
	xmlTextWriterWriteFormatAttribute(w, BAD_CAST "time", "%.3f", c.took);
	if (j->wide) {
		attribute(w, "file", c.file);
		number(w, "line", c.line);
		write_own_properties(j, w, &c);
	}
	write_outcome(w, &c);
	if (c.attempts)
		write_attempts(w, &c);
	write_output(w, &c);
	xmlTextWriterEndElement(w);
}

/* All cells of the file that cell i is the first of. */
static void write_suite(struct report_junit *j, xmlTextWriterPtr w, size_t first)
{
	const char *file = str_of(json_array_get(j->ends, first), "file");
	struct counts counts = { 0 };
	char class[512];
	json_t *end;
	size_t i;

	json_array_foreach(j->ends, i, end) {
		if (!strcmp(str_of(end, "file"), file))
			count_one(&counts, end);
	}
	class_name(file, class, sizeof(class));
	xmlTextWriterStartElement(w, BAD_CAST "testsuite");
	attribute(w, "name", class);
	write_counts(w, &counts);
	attribute(w, "timestamp", j->started);
	write_properties(w, j->run);
	json_array_foreach(j->ends, i, end) {
		if (!strcmp(str_of(end, "file"), file))
			write_case(j, w, end);
	}
	xmlTextWriterEndElement(w);
}

static bool is_first_of_file(const json_t *ends, size_t i)
{
	const char *file = str_of(json_array_get(ends, i), "file");

	for (size_t k = 0; k < i; k++) {
		if (!strcmp(str_of(json_array_get(ends, k), "file"), file))
			return false;
	}
	return true;
}

static int write_document(struct report_junit *j, xmlTextWriterPtr w)
{
	struct counts counts = { 0 };
	json_t *end;
	size_t i;

	json_array_foreach(j->ends, i, end)
		count_one(&counts, end);
	xmlTextWriterSetIndent(w, 1);
	xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
	xmlTextWriterStartElement(w, BAD_CAST "testsuites");
	attribute(w, "name", "hil");
	write_counts(w, &counts);
	json_array_foreach(j->ends, i, end) {
		if (is_first_of_file(j->ends, i))
			write_suite(j, w, i);
	}
	return xmlTextWriterEndDocument(w);
}

static void write_file(struct report_junit *j)
{
	xmlTextWriterPtr w = xmlNewTextWriterFilename(j->temporary, 0);
	int n = w ? write_document(j, w) : -1;

	xmlFreeTextWriter(w);
	if (n < 0 || rename(j->temporary, j->path))
		fprintf(stderr, "hil: %s: cannot be written\n", j->path);
	j->written_us = wall_us();
}

static void junit_run(struct report *base, const struct report_run *run)
{
	struct report_junit *j = (struct report_junit *)base;

	snprintf(j->started, sizeof(j->started), "%.31s", run->started);
	add_property(j->run, "target", run->target);
	add_property(j->run, "seed", run->seed);
	add_property(j->run, "board", run->board);
	add_property(j->run, "dut", run->dut);
}

/* How much an event has to say for its cell. */
static int weight(const struct report_cell *c)
{
	return c->bad ? 3 : c->quarantined && outcome_is_bad(c->outcome) ? 2 : c->flaky ? 1 : 0;
}

static void count_up(json_t *into, const json_t *from, const struct report_cell *c)
{
	json_int_t runs = json_integer_value(json_object_get(from, "runs"));
	json_int_t failed = json_integer_value(json_object_get(from, "failed"));
	double took = runs ? json_number_value(json_object_get(from, "took")) : 0;

	json_object_set_new(into, "runs", json_integer(runs + 1));
	json_object_set_new(into, "failed", json_integer(failed + (weight(c) > 1)));
	json_object_set_new(into, "took", json_real(took + c->took));
}

/*
 * GitLab drops the second of two equal names, and a night of rounds would be a file nobody can read: a cell is one testcase,
 * the first of its worst rounds, with the time of all.
 */
static void keep_worst(struct report_junit *j, const struct report_cell *c)
{
	struct report_cell before = { 0 };
	struct buf key;
	json_t *kept;

	buf_init(&key, 64 * 1024);
	buf_addf(&key, "%s::%s", c->file, c->cell);
	kept = json_object_get(j->index, buf_str(&key));
	if (!kept) {
		kept = json_copy(c->json);
		json_array_append_new(j->ends, kept);
		json_object_set(j->index, buf_str(&key), kept);
		count_up(kept, NULL, c);
	} else {
		json_t *counts = json_copy(kept);

		report_read_cell(&before, kept);
		if (weight(c) > weight(&before)) {
			json_object_clear(kept);
			json_object_update(kept, c->json);
		}
		count_up(kept, counts, c);
		json_decref(counts);
	}
	buf_free(&key);
}

static void junit_cell(struct report *base, const struct report_cell *c)
{
	struct report_junit *j = (struct report_junit *)base;

	if (c->round)
		keep_worst(j, c);
	else
		json_array_append(j->ends, c->json);
	if (wall_us() - j->written_us > REWRITE_US)
		write_file(j);
}

static void junit_done(struct report *base, const struct report_totals *t)
{
	(void)t;
	write_file((struct report_junit *)base);
}

static void junit_free(struct report *base)
{
	struct report_junit *j = (struct report_junit *)base;

	json_decref(j->index);
	json_decref(j->run);
	json_decref(j->ends);
	free(j->path);
	free(j->temporary);
	free(j);
}

struct report *report_junit_new(const char *path, bool wide, struct err *e)
{
	static const struct report_ops ops = {
		.run = junit_run, .cell = junit_cell, .done = junit_done, .free = junit_free,
	};
	struct report_junit *j = calloc(1, sizeof(*j));
	FILE *probe;

	if (!j)
		return NULL;
	j->base.ops = &ops;
	j->wide = wide;
	j->ends = json_array();
	j->index = json_object();
	j->run = json_object();
	j->path = strdup(path);
	if (asprintf(&j->temporary, "%s.%d", path, (int)getpid()) < 0)
		j->temporary = NULL;
	probe = j->temporary ? fopen(j->temporary, "we") : NULL;
	if (probe && j->path && j->ends) {
		fclose(probe);
		return &j->base;
	}
	err_set(e, -errno, "%s: %s", path, strerror(errno));
	junit_free(&j->base);
	return NULL;
}
