/*
 * Bytes as the results of runs. Held: no crash; what is refused says where; the merged events begin with the run's, and
 * reports, which look for ends near the beginnings of lines, find one a unit.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

static size_t count_ends(const struct buf *events)
{
	static const char name[] = "\"event\":\"end\"";
	size_t n = 0;

	for (const char *s = buf_str(events), *lf; (lf = memchr(s, '\n', (size_t)(buf_str(events) + events->len - s))); s = lf + 1) {
		size_t head = (size_t)(lf - s) < 64 ? (size_t)(lf - s) : 64;
		json_t *j = memmem(s, head, name, sizeof(name) - 1) ? json_loadb(s, (size_t)(lf - s), 0, NULL) : NULL;
		const char *event = json_string_value(json_object_get(j, "event"));

		n += event && !strcmp(event, "end");
		json_decref(j);
	}
	return n;
}

static struct merge *merged(const char *text, size_t n, const char *more, size_t n_more)
{
	struct merge *m = merge_new();
	struct err e = { 0 };

	if (merge_add_text(m, "1", text, n, &e) || merge_add_text(m, "2", more, n_more, &e)) {
		must(e.msg[0]);
		merge_free(m);
		return NULL;
	}
	must(!merge_finish(m));
	must(merge_lost(m) <= merge_units(m));
	return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char run[] = "{\"schema\":1,\"event\":\"run\",";
	const char *text = (const char *)data, *cut = memmem(text, size, "\n\n", 2);
	size_t n = cut ? (size_t)(cut + 1 - text) : size;
	struct merge *m = size > 8192 ? NULL : merged(text, n, text + n + (cut != NULL), size - n - (cut != NULL));
	struct buf events;

	if (!m)
		return 0;
	buf_init(&events, 1 << 22);
	if (!merge_events(m, size & 1, &events)) {
		must(!strncmp(buf_str(&events), run, sizeof(run) - 1));
		must(count_ends(&events) == merge_units(m));
	}
	buf_free(&events);
	merge_free(m);
	return 0;
}
