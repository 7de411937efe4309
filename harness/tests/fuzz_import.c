/*
 * Bytes as a log. Held: no crash; lines of segments and remarks are lines of the text and in order; a recording's bytes
 * stand in for no others of another length when redacted; its draft is a scenario.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/import/import.h"
#include "harness/import/import_draft.h"
#include "harness/import/import_report.h"
#include "harness/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

static void check_draft(const struct import *imp, size_t i)
{
	const struct import_draft d = { .name = "fuzz",
					.source = "log",
					.segment = import_segment(imp, i),
					.recording = import_recording(imp, i) };
	struct err e = { 0 };
	struct scenario *sc;
	struct buf yaml;

	buf_init(&yaml, SIZE_MAX);
	must(!import_write_draft(&d, &yaml));
	sc = scenario_load_text("draft.yaml", buf_str(&yaml), yaml.len, NULL, &e);
	if (!sc)
		fprintf(stderr, "%s\n%s", e.msg, buf_str(&yaml));
	must(sc != NULL);
	scenario_free(sc);
	buf_free(&yaml);
}

static void check_segments(const struct import *imp)
{
	unsigned before = 0;

	for (size_t i = 0; i < import_segments(imp); i++) {
		const struct import_segment *s = import_segment(imp, i);

		must(s->first_line >= before && s->last_line >= s->first_line &&
		     s->last_line <= import_line_count(imp));
		must(recording_size(import_recording(imp, i)) > 0);
		before = s->first_line;
		if (i < 2)
			check_draft(imp, i);
	}
}

static size_t bytes_of(const struct import *imp)
{
	size_t n = 0;

	for (size_t i = 0; i < import_segments(imp); i++) {
		for (size_t k = 0; k < recording_size(import_recording(imp, i)); k++)
			n += recording_at(import_recording(imp, i), k).len;
	}
	return n;
}

static void check_remarks(const struct import *imp)
{
	struct buf out;

	for (size_t i = 0; i < import_remarks(imp); i++) {
		must(import_remark(imp, i)->line <= import_line_count(imp));
		must(!i || import_remark(imp, i)->line >= import_remark(imp, i - 1)->line);
	}
	buf_init(&out, SIZE_MAX);
	import_write_report(imp, "log", true, &out);
	import_write_json(imp, "log", &out);
	buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import_options o = { 0 };
	struct err e = { 0 };
	struct import *plain, *redacted;

	if (size > 4096)
		return 0;
	plain = import_text("log", (const char *)data, size, &o, &e);
	o.redact = true;
	redacted = import_text("log", (const char *)data, size, &o, &e);
	must(plain && redacted);
	must(import_segments(plain) == import_segments(redacted) && bytes_of(plain) == bytes_of(redacted));
	check_segments(redacted);
	check_remarks(redacted);
	import_free(plain);
	import_free(redacted);
	return 0;
}
