/*
 * Bytes as a recording and as what a host and an emulator say to it. Held: no crash; what is heard does not depend on
 * how the host's bytes are cut; a host that says the recording's own bytes hears all that the modem said, and nothing
 * is left.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/wire/playback.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct ear {
	struct buf heard;
	bool wrong;
};

static void must(bool held)
{
	if (!held)
		abort();
}

static void on_to_host(const void *p, size_t n, void *ctx)
{
	buf_add(&((struct ear *)ctx)->heard, p, n);
}

static void on_to_profile(const void *p, size_t n, void *ctx)
{
	(void)ctx;
	must(p && n);
}

static void on_foreign(const char *command, void *ctx)
{
	(void)ctx;
	must(*command);
}

static void on_wrong(const char *what, void *ctx)
{
	must(*what);
	((struct ear *)ctx)->wrong = true;
}

/* Each byte below 0x08 changes who is heard; the rest is what he says. */
static size_t next_part(const uint8_t *data, size_t size)
{
	size_t n = 0;

	while (n < size && data[n] >= 8)
		n++;
	return n;
}

static struct recording *record(const uint8_t *data, size_t size)
{
	struct recording *r = recording_new();
	enum wire_from from = WIRE_HOST;

	for (size_t i = 0, n; i < size; i += n + 1) {
		n = next_part(data + i, size - i);
		must(!recording_add(r, &(struct wire_event){ i, from, (const char *)data + i, n, 0 }));
		from = from == WIRE_HOST ? WIRE_MODEM : WIRE_HOST;
	}
	return r;
}

static void run(struct playback *p)
{
	uint64_t due;

	while (playback_due(p, &due))
		playback_run(p, due);
}

static struct playback *begin(const struct recording *r, enum playback_match match, bool profile, struct ear *ear)
{
	const struct playback_options o = {
		.match = match,
		.unknown_profile = profile,
		.hooks = { on_to_host, profile ? on_to_profile : NULL, on_foreign, on_wrong, ear },
	};
	struct playback *p = playback_new(r, &o);

	must(p != NULL);
	buf_init(&ear->heard, SIZE_MAX);
	ear->wrong = false;
	playback_begin(p, 0);
	return p;
}

/* What the host hears when it says these bytes in such pieces; the caller frees it. */
static struct ear say(const struct recording *r, enum playback_match match, const uint8_t *data, size_t size,
		      size_t piece)
{
	struct ear ear;
	struct playback *p = begin(r, match, false, &ear);

	for (size_t i = 0; i < size; i += piece)
		playback_host(p, i, data + i, size - i < piece ? size - i : piece);
	if (!ear.wrong)
		run(p);
	playback_left(p, NULL);
	playback_free(p);
	return ear;
}

static void check_cuts(const struct recording *r, enum playback_match match, const uint8_t *data, size_t size)
{
	struct ear whole = say(r, match, data, size, size ? size : 1), bytes = say(r, match, data, size, 1);

	must(whole.wrong == bytes.wrong && whole.heard.len == bytes.heard.len);
	must(!whole.heard.len || !memcmp(whole.heard.data, bytes.heard.data, whole.heard.len));
	buf_free(&whole.heard);
	buf_free(&bytes.heard);
}

static void check_itself(const struct recording *r)
{
	struct ear ear;
	struct playback *p = begin(r, PLAYBACK_MATCH_EXACT, false, &ear);
	struct buf want;

	buf_init(&want, SIZE_MAX);
	for (size_t i = 0; i < recording_size(r); i++) {
		const struct wire_event ev = recording_at(r, i);

		if (ev.from == WIRE_HOST)
			playback_host(p, i, ev.data, ev.len);
		else
			buf_add(&want, ev.data, ev.len);
		run(p);
	}
	must(!ear.wrong && !playback_left(p, NULL) && ear.heard.len == want.len);
	must(!want.len || !memcmp(ear.heard.data, want.data, want.len));
	buf_free(&want);
	buf_free(&ear.heard);
	playback_free(p);
}

static void check_profile(const struct recording *r, enum playback_match match, const uint8_t *data, size_t size)
{
	struct ear ear;
	struct playback *p = begin(r, match, true, &ear);
	bool host = true;
	struct buf left;

	for (size_t i = 0, n; i < size; i += n + 1) {
		n = next_part(data + i, size - i);
		if (n && host)
			playback_host(p, i, data + i, n);
		else if (n)
			playback_profile(p, i, data + i, n);
		run(p);
		host = !host;
	}
	buf_init(&left, SIZE_MAX);
	must(!playback_left(p, &left) == !left.len);
	buf_free(&left);
	buf_free(&ear.heard);
	playback_free(p);
}

/* Half of it is the recording, half is said now. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t half = size / 2;
	struct recording *r = record(data, half);

	check_itself(r);
	check_cuts(r, PLAYBACK_MATCH_EXACT, data + half, size - half);
	check_cuts(r, PLAYBACK_MATCH_COMMANDS, data + half, size - half);
	check_profile(r, PLAYBACK_MATCH_COMMANDS, data + half, size - half);
	check_profile(r, PLAYBACK_MATCH_URCS, data + half, size - half);
	recording_free(r);
	return 0;
}
