/*
 * Bytes as a log: what a reproduction would play. Held: no crash; the log made whole has just the commands that are
 * played; whatever is a setting of a dump can be read back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/reproduce/dump.h"
#include "harness/reproduce/outcome.h"
#include "harness/reproduce/tale.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

/* A prompt that is never left takes what follows for data. */
static bool hangs(const struct conversation *talk)
{
	for (size_t i = 0; i < conversation_size(talk); i++) {
		const struct exchange *x = conversation_at(talk, i);

		for (size_t k = 0; k < x->n_lines; k++) {
			if (x->lines[k].role == LINE_PROMPT && !exchange_final(x))
				return true;
		}
	}
	return false;
}

/* The commands in the completed conversation, in order, are those of the acts that are not silent. */
static void check_talk(const struct tale *t)
{
	size_t at = 0;

	for (size_t i = 0; i < t->script.n && !hangs(t->talk); i++) {
		const struct act *a = &t->script.acts[i];

		if (a->kind == ACT_SILENT || !a->command)
			continue;
		while (at < conversation_size(t->talk) && (!conversation_at(t->talk, at)->command ||
							   strcmp(conversation_at(t->talk, at)->command, a->command)))
			at++;
		must(at < conversation_size(t->talk));
	}
	for (size_t i = 0; i < t->n_goals; i++)
		must(t->goals[i].act < t->script.n && t->script.acts[t->goals[i].act].command);
}

static void check_settings(const struct tale *t, struct pool *pool)
{
	const char *value;
	unsigned ctx;
	size_t field;

	for (size_t i = 0; i < t->script.n; i++) {
		const char *c = t->script.acts[i].command;

		if (c && dump_setting(c, pool, &field, &ctx, &value))
			must(field < DUMP_FIELDS && ctx < DUMP_CONTEXTS && value);
		if (c)
			outcome_rank(c);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct import_options o = { .redact = size % 2 };
	const struct tale_guess guess = { .ca = TALE_CA_DAMAGED, .sni = true };
	struct err e = { 0 };
	struct log *l = size > 4096 ? NULL : log_read("fuzz", (const char *)data, size, &o, &e);
	struct tale_parts parts;
	struct tale t;

	if (!l)
		return 0;
	parts = tale_parts(l);
	must(!tale_build(l, &parts, &guess, &t, &e));
	check_talk(&t);
	check_settings(&t, l->pool);
	tale_free(&t);
	log_free(l);
	return 0;
}
