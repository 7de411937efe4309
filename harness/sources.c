/* Walks over what the loader has kept. A path that is a template is known when the cell runs, and not here. */
#include "harness/sources.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/emu.h"
#include "base/buf.h"
#include "base/str.h"
#include "harness/scenario_load.h"

static void tell(const char *path, source_func *each, void *ctx)
{
	if (path && !strstr(path, "${"))
		each(path, SOURCE_FILE, ctx);
}

static void tell_steps(const struct step *steps, size_t n, source_func *each, void *ctx)
{
	for (size_t i = 0; i < n; i++)
		tell(steps[i].applies ? steps[i].path : NULL, each, ctx);
}

/* What is beside the texts that the loader has read: these are whole in the scenario's sources. */
static void tell_others(const struct cell *cell, source_func *each, void *ctx)
{
	for (size_t i = 0; i < cell->modem.n_worlds; i++)
		tell(cell->modem.worlds[i], each, ctx);
	tell(cell->modem.replay.log, each, ctx);
	for (size_t i = 0; i < cell->n_fixtures; i++)
		tell(cell->fixtures[i].server.cert.file, each, ctx);
	tell_steps(cell->steps, cell->n_steps, each, ctx);
	tell_steps(cell->finally, cell->n_finally, each, ctx);
}

void sources_of_cell(const struct cell *cell, source_func *each, void *ctx)
{
	for (const struct source *s = cell->scenario->sources; s; s = s->next)
		tell(s->name, each, ctx);
	tell_others(cell, each, ctx);
}

const char *source_profile(const struct cell *cell)
{
	return cell->modem.profile ? cell->modem.profile : emu_default_profile();
}

void sources_of_profile(const char *name, source_func *each, void *ctx)
{
	static const char built_in[] = "profile/";
	struct emu_revision *r = emu_revision_load(name, NULL);
	const char *file;
	char path[512];

	for (size_t i = 0; r && (file = emu_revision_file(r, i)) != NULL; i++) {
		if (strncmp(file, built_in, strlen(built_in))) {
			each(file, SOURCE_FILE, ctx);
			continue;
		}
		snprintf(path, sizeof(path), "emulator/profile/data/%s", file + strlen(built_in));
		each(path, SOURCE_BUILT_IN, ctx);
	}
	emu_revision_free(r);
}

/* --- the digest ------------------------------------------------------------------------------------------------ */

/* The length goes in front, so that no two lists of texts look the same when they are put together. */
static void add_bytes(EVP_MD_CTX *md, const void *p, size_t n)
{
	char length[32];
	int digits = snprintf(length, sizeof(length), "%zu:", n);

	EVP_DigestUpdate(md, length, (size_t)digits);
	EVP_DigestUpdate(md, p, n);
}

static void add_text(EVP_MD_CTX *md, const char *s)
{
	add_bytes(md, s, strlen(s));
}

static void add_file(const char *path, enum source_kind kind, void *ctx)
{
	char chunk[16 * 1024];
	FILE *in = fopen(path, "re");
	size_t n;

	(void)kind;
	while (in && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		add_bytes(ctx, chunk, n);
	if (in)
		fclose(in);
}

static void add_bindings(EVP_MD_CTX *md, const struct binding *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add_text(md, b[i].name);
		add_text(md, b[i].value);
	}
}

/* Ends the digest: its hex digits; md is freed. */
static void finish(EVP_MD_CTX *md, char out[DIGEST_TEXT_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	struct buf hex;

	EVP_DigestFinal_ex(md, digest, &n);
	EVP_MD_CTX_free(md);
	buf_init(&hex, DIGEST_TEXT_MAX);
	str_hex(&hex, digest, n);
	str_copy(out, DIGEST_TEXT_MAX, buf_str(&hex));
	buf_free(&hex);
}

static EVP_MD_CTX *begin(void)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (!md || !EVP_DigestInit_ex(md, EVP_sha256(), NULL))
		abort();
	return md;
}

static void digest_profile(const char *name, char out[DIGEST_TEXT_MAX])
{
	struct emu_revision *r = emu_revision_load(name, NULL);
	EVP_MD_CTX *md = begin();

	for (size_t i = 0; r && i < emu_value_count(); i++)
		add_text(md, emu_revision_value(r, i));
	emu_revision_free(r);
	finish(md, out);
}

static void add_profile(EVP_MD_CTX *md, const char *name, json_t *profiles)
{
	const char *known = json_string_value(json_object_get(profiles, name));
	char digest[DIGEST_TEXT_MAX];

	if (!known) {
		digest_profile(name, digest);
		json_object_set_new(profiles, name, json_string(digest));
	}
	add_text(md, known ? known : digest);
}

void source_digest(const struct cell *cell, json_t *profiles, char out[DIGEST_TEXT_MAX])
{
	EVP_MD_CTX *md = begin();

	add_text(md, cell->id);
	for (const struct source *s = cell->scenario->sources; s; s = s->next)
		add_bytes(md, s->text, s->len);
	add_bindings(md, cell->matrix, cell->n_matrix);
	add_bindings(md, cell->vars, cell->n_vars);
	tell_others(cell, add_file, md);
	add_profile(md, source_profile(cell), profiles);
	finish(md, out);
}
