/* Many samples and their middle values: what a running cell holds is none that was lost. */
#include "harness/soak.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"

enum { LOOK_EVERY_US = 200000, MEMORY_SLACK_BYTES = 1 << 20, MEMORY_SLACK_PART = 20, ROUNDS_MIN = 3 };

void soak_look(struct soak *s, const pid_t *pids, size_t n, uint64_t now_us)
{
	struct resources sum = { 0 };

	if (s->looked_us && now_us - s->looked_us < LOOK_EVERY_US)
		return;
	s->looked_us = now_us;
	if (resources_add(getpid(), &sum))
		return;
	for (size_t i = 0; i < n; i++) {
		if (pids[i] > 0 && resources_add(pids[i], &sum))
			return; /* it has just died: half a sum is none */
	}
	trend_add(&s->memory, sum.memory_bytes);
	trend_add(&s->descriptors, sum.descriptors);
}

static json_t *trend_json(const struct trend *t, uint64_t slack, size_t rounds)
{
	static const char *const words[] = { "too short to say", "steady", "grows" };
	uint64_t first, last;
	enum trend_verdict verdict = trend_judge(t, slack, &first, &last);

	return json_pack("{s:I, s:I, s:s}", "first", (json_int_t)first, "last", (json_int_t)last, "trend",
			 words[rounds < ROUNDS_MIN ? TREND_UNKNOWN : verdict]);
}

void soak_event(const struct soak *s, size_t rounds, struct buf *out)
{
	uint64_t part = s->memory.n ? s->memory.sample[0] / MEMORY_SLACK_PART : 0;
	json_t *j = json_pack("{s:i, s:s, s:o, s:o}", "schema", 1, "event", "resources", "memory",
			      trend_json(&s->memory, part > MEMORY_SLACK_BYTES ? part : MEMORY_SLACK_BYTES, rounds),
			      "descriptors", trend_json(&s->descriptors, 0, rounds));
	char *text = json_dumps(j, JSON_COMPACT);

	if (text)
		buf_addf(out, "%s\n", text);
	free(text);
	json_decref(j);
}
