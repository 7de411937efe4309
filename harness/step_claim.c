/* Claims of always:, judged over the whole stream when the cell has ended. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "harness/match.h"
#include "harness/step.h"

enum { TEXT_MAX_BYTES = 1 << 20 };

/* How many lines (regex) or places (text, bytes) of the whole stream match; the last one is *last. */
static long count_hits(const struct stream *s, const struct match *m, struct stream_hit *last)
{
	struct stream_hit hit;
	size_t pos = 0;
	long n = 0;

	while (stream_find(s, m, pos, true, &hit, NULL)) {
		pos = hit.resume > pos ? hit.resume : pos + 1;
		*last = hit;
		n++;
	}
	return n;
}

/* Of the lines that `of` matches the last one must match m too. */
static bool last_matches(struct play *p, const struct claim *c, const struct match *m, bool *ok)
{
	const struct stream *s = rig_stream(p->rig, c->pattern.from);
	const struct pattern of = { c->pattern.place, PATTERN_MATCH, c->last_of, c->pattern.from };
	struct match *group = play_match(p, &of);
	struct stream_hit last, hit;

	if (!group)
		return false;
	*ok = count_hits(s, group, &last) > 0 && stream_find(s, m, last.start, true, &hit, NULL) &&
	      hit.start <= last.end;
	match_free(group);
	return true;
}

/* How often in a row, at most, the lines that match read the same; *longest is one of them. */
static long longest_row(const struct stream *s, const struct match *m, struct stream_hit *longest)
{
	struct stream_hit hit, before = { 0 };
	long n = 0, most = 0;
	size_t pos = 0;

	while (stream_find(s, m, pos, true, &hit, NULL)) {
		bool same = n && hit.end - hit.start == before.end - before.start &&
			    !memcmp(stream_bytes(s) + hit.start, stream_bytes(s) + before.start, hit.end - hit.start);

		n = same ? n + 1 : 1;
		if (n > most) {
			most = n;
			*longest = hit;
		}
		before = hit;
		pos = hit.resume > pos ? hit.resume : pos + 1;
	}
	return most;
}

static int judge_row(struct play *p, const struct claim *c, const struct match *m)
{
	const struct stream *s = rig_stream(p->rig, c->pattern.from);
	struct stream_hit hit = { 0 };
	long n = longest_row(s, m, &hit);
	struct buf view;

	if (n <= c->in_a_row)
		return 0;
	buf_init(&view, TEXT_MAX_BYTES);
	str_escape(&view, stream_bytes(s) + hit.start, hit.end - hit.start);
	play_fail(p, OUTCOME_FAIL, &c->pattern.place, "always: '%.100s' came from %s %ld times in a row, wanted at most %ld%s%s",
		  buf_str(&view), stream_name(c->pattern.from), n, c->in_a_row, c->note ? ": " : "", c->note ? c->note : "");
	buf_free(&view);
	return -1;
}

int step_claim(struct play *p, const struct claim *c)
{
	const struct stream *s = rig_stream(p->rig, c->pattern.from);
	struct match *m = play_match(p, &c->pattern);
	struct stream_hit last;
	bool ok;
	long n;

	if (!m)
		return -1;
	n = count_hits(s, m, &last);
	ok = n >= c->at_least && (c->at_most < 0 || n <= c->at_most);
	if (c->last_of) {
		if (!last_matches(p, c, m, &ok))
			ok = false;
		else if (!ok)
			play_fail(p, OUTCOME_FAIL, &c->pattern.place, "always: the last of %s in %s is another%s%s",
				  c->last_of, stream_name(c->pattern.from), c->note ? ": " : "", c->note ? c->note : "");
	} else if (!ok) {
		play_fail(p, OUTCOME_FAIL, &c->pattern.place, "always: seen %ld times in %s, wanted %s %ld%s%s", n,
			  stream_name(c->pattern.from), n < c->at_least ? "at least" : "at most",
			  n < c->at_least ? c->at_least : c->at_most, c->note ? ": " : "", c->note ? c->note : "");
	}
	if (!ok)
		play_add_wanted(p, match_text(m), c->pattern.from);
	else if (c->in_a_row >= 0 && judge_row(p, c, m))
		ok = false;
	match_free(m);
	return ok ? 0 : -1;
}
