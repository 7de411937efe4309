/*
 * Bytes as a quarantine list, and then as the id of a cell. Held: no crash; a refusal says where; an entry's own text is a
 * cell that it means.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/quarantine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct err e = { 0 };
	struct quarantine *q;

	memcpy(text, data, size);
	text[size] = '\0';
	q = quarantine_load_text("q.yaml", text, size, "2026-06-15", &e);
	must(q || !strncmp(e.msg, "q.yaml:", 7));
	for (size_t i = 0; q && i < quarantine_size(q); i++) {
		const struct quarantine_entry *one = quarantine_at(q, i);

		must(*one->cell && *one->reason && one->line && one->column);
		must(quarantine_means(q, i, "f.yaml", one->cell));
		quarantine_see(q, text, text);
	}
	quarantine_free(q);
	free(text);
	return 0;
}
