/*
 * Bytes as a baseline, and as event lines that become the wire of a page. Held: no crash; a refusal says why and where; what
 * is taken is written so that it is taken again and says the same; every number of a wire leads to something.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/baseline.h"
#include "harness/codes.h"
#include "harness/html_page.h"
#include "harness/html_wire.h"
#include "harness/story.h"

enum { TEXT_MAX = 8 << 20, STEP_NUMBERS = 6, EVENT_NUMBERS = 3, LANES = 9 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

/* A table without cells: all that was known stays. */
static void write_baseline(const struct baseline *b, struct buf *out)
{
	static const struct grid_column none = { "", "", "" };
	struct grid *g = grid_new(&none, 0);

	baseline_write(out, b, g, NULL, 0, baseline_seed(b));
	grid_free(g);
}

static void fuzz_baseline(const char *text, size_t size)
{
	struct err e = { 0 };
	struct baseline *b = baseline_load_text("fuzz.yaml", text, size, &e), *again;
	struct buf once, twice;

	must(b || !strncmp(e.msg, "fuzz.yaml:", 10));
	if (!b)
		return;
	buf_init(&once, TEXT_MAX);
	buf_init(&twice, TEXT_MAX);
	write_baseline(b, &once);
	again = baseline_load_text("again.yaml", buf_str(&once), once.len, &e);
	must(again != NULL);
	write_baseline(again, &twice);
	must(!strcmp(buf_str(&once), buf_str(&twice)));
	baseline_free(again);
	baseline_free(b);
	buf_free(&once);
	buf_free(&twice);
}

static long number(const json_t *list, size_t i)
{
	return (long)json_integer_value(json_array_get(list, i));
}

static void check_wire(const json_t *wire, long n_texts)
{
	const json_t *events = json_object_get(wire, "e"), *steps = json_object_get(wire, "s");
	size_t n_events = json_array_size(events) / EVENT_NUMBERS;

	must(json_array_size(events) % EVENT_NUMBERS == 0 && json_array_size(steps) % STEP_NUMBERS == 0);
	for (size_t i = 0; i < n_events; i++) {
		must(number(events, EVENT_NUMBERS * i + 1) < LANES);
		must(number(events, EVENT_NUMBERS * i + 2) < n_texts);
	}
	for (size_t i = 0; i < json_array_size(steps); i += STEP_NUMBERS) {
		must((size_t)number(steps, i) <= n_events);
		must(number(steps, i + 4) < n_texts && number(steps, i + 5) < n_texts);
	}
}

static void fuzz_story(const char *text, size_t size)
{
	struct html_wires *w = html_wires_new();
	struct story *s = story_new();
	const char *end = text + size;
	struct buf codes;
	json_t *j;

	for (const char *lf; text < end; text = lf + 1) {
		lf = memchr(text, '\n', (size_t)(end - text));
		lf = lf ? lf : end - 1;
		story_feed(s, text, (size_t)(lf + 1 - text));
	}
	buf_init(&codes, 4096);
	codes_of(story_wire(s), &codes);
	buf_free(&codes);
	must(html_wires_add(w, s) == 0 && html_wires_add(w, s) == 0);
	j = html_wires_json(w);
	must(json_array_size(json_object_get(j, "wires")) == 1);
	check_wire(json_array_get(json_object_get(j, "wires"), 0), (long)json_array_size(json_object_get(j, "texts")));
	json_decref(j);
	story_free(s);
	html_wires_free(w);
}

/* Whatever it was, it is text now. */
static void fuzz_text(const char *text, size_t size)
{
	char *copy = malloc(size + 1);
	struct buf out;

	must(copy != NULL);
	memcpy(copy, text, size);
	copy[size] = '\0';
	buf_init(&out, TEXT_MAX);
	html_text(&out, copy);
	must(!strpbrk(buf_str(&out), "<>\"'"));
	buf_free(&out);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (!size)
		return 0;
	if (data[0] % 2)
		fuzz_story(text, size - 1);
	else
		fuzz_baseline(text, size - 1);
	fuzz_text(text, size - 1);
	return 0;
}
