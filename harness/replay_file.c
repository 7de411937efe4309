/* What is replayed is what was meant: a digest in the scenario holds a recording that must not change unnoticed. */
#include "harness/replay_file.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <strings.h>

#include "base/str.h"

static int wrong(const struct replay *r, struct err *e, const char *what, const char *detail)
{
	char place[300] = "";

	if (r->place.line)
		snprintf(place, sizeof(place), "%s:%u:%u: ", r->place.file, r->place.line, r->place.column);
	return err_set(e, -EINVAL, "%s%s%s", place, what, detail);
}

static int check_digest(const struct replay *r, const struct buf *text, struct err *e)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct buf hex;
	int err = 0;

	if (!r->sha256)
		return 0;
	buf_init(&hex, 2 * sizeof(md));
	if (EVP_Digest(buf_str(text), text->len, md, &len, EVP_sha256(), NULL) == 1)
		str_hex(&hex, md, len);
	if (strcasecmp(buf_str(&hex), r->sha256))
		err = wrong(r, e, "the log is not the one that was meant: its sha256 is ", buf_str(&hex));
	buf_free(&hex);
	return err;
}

static int read_options(const struct replay *r, struct playback_options *o, struct err *e)
{
	static const enum playback_match matches[] = {
		[REPLAY_EXACT] = PLAYBACK_MATCH_EXACT,
		[REPLAY_COMMANDS] = PLAYBACK_MATCH_COMMANDS,
		[REPLAY_URCS] = PLAYBACK_MATCH_URCS,
	};

	*o = (struct playback_options){ .match = matches[r->match], .unknown_profile = r->unknown_profile };
	if (playback_speed(r->timing, &o->speed))
		return wrong(r, e, "timing must be recorded, fast or a factor such as 4x, and is ", r->timing);
	if (r->match == REPLAY_EXACT && r->unknown_profile)
		return wrong(r, e, "unknown: profile needs match: commands, since exact leaves nothing to a profile",
			     "");
	return 0;
}

static bool has_modem(const struct recording *rec)
{
	for (size_t i = 0; i < recording_size(rec); i++) {
		if (recording_at(rec, i).from == WIRE_MODEM)
			return true;
	}
	return false;
}

struct recording *replay_open(const struct replay *r, struct playback_options *o, struct err *e)
{
	struct recording *rec = NULL;
	struct err why = { 0 };
	struct buf text;

	buf_init(&text, SIZE_MAX);
	if (!read_options(r, o, e) && !wire_read_file(r->log, &text, &why) && !check_digest(r, &text, e))
		rec = recording_parse(r->log, buf_str(&text), text.len, NULL, &why);
	buf_free(&text);
	if (rec && !has_modem(rec)) {
		wrong(r, e, r->log, ": the modem says nothing in it");
		recording_free(rec);
		return NULL;
	}
	if (why.code)
		wrong(r, e, why.msg, "");
	return rec;
}
