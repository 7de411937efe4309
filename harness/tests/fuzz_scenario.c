/*
 * Bytes as a scenario file, and as a pattern with a stream to look in. Held: no crash; a refusal says why; what is
 * taken renders to a file that is taken again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/match.h"
#include "harness/scenario.h"
#include "harness/scenario_render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

static void load_again(const struct cell *cell)
{
	json_t *j = render_cell(cell);
	struct err e = { 0 };
	struct buf text;

	buf_init(&text, 1 << 22);
	if (!render_yaml(j, &text)) {
		struct scenario *again = scenario_load_text("fuzz.yaml", text.data, text.len, NULL, &e);

		if (!again)
			fprintf(stderr, "%s\n%s", e.msg, text.data);
		must(again != NULL);
		scenario_free(again);
	}
	json_decref(j);
	buf_free(&text);
}

static void fuzz_loader(const char *text, size_t size)
{
	struct err e = { 0 };
	struct scenario *s = scenario_load_text("fuzz.yaml", text, size, NULL, &e);

	must(s || (e.code && e.msg[0]));
	for (size_t i = 0; s && i < s->n_cells && i < 3; i++)
		load_again(s->cells[i]);
	scenario_free(s);
}

/* The first byte chooses the kind; a line of its own is the pattern, the rest is what it is searched in. */
static void fuzz_match(const char *text, size_t size)
{
	char *pattern = strndup(text + 1, strcspn(text + 1, "\n"));
	const char *rest = text + 1 + strlen(pattern);
	size_t n = size - 1 - strlen(pattern);
	struct err e = { 0 };
	struct match *m = match_new((enum pattern_kind)(text[0] % 3), pattern, &e);
	struct match_hit hit;

	must(m || e.msg[0]);
	if (m && match_find(m, rest, n, 0, text[0] & 4, &hit))
		must(hit.start[0] <= hit.end[0] && hit.end[0] <= n);
	match_free(m);
	free(pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size || size > 4096)
		return 0;
	text = calloc(1, size + 1);
	if (text)
		memcpy(text, data, size);
	/* match_find() takes bytes of any kind, the pattern is a C string */
	if (text && text[0] >= 0 && text[0] < 8 && strlen(text) == size)
		fuzz_match(text, size);
	else if (text)
		fuzz_loader((const char *)data, size);
	free(text);
	return 0;
}
