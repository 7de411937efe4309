/* Faults on one channel: a canned answer instead of a command, silence. Armed by the harness, told when they fire. */
#include "at/at_fault.h"
#include "at/at_internal.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

int at_fault_reply(struct at_channel *at, const char *match, const char *text, unsigned times)
{
	struct at_fault fault = { .left = times };

	if (!times || !str_copy(fault.match, sizeof(fault.match), match) ||
	    !str_copy(fault.text, sizeof(fault.text), text))
		return -EINVAL;
	for (size_t i = 0; i < FAULTS_MAX; i++) {
		if (!at->fault[i].left) {
			at->fault[i] = fault;
			return 0;
		}
	}
	return -ENOSPC;
}

void at_fault_mute(struct at_channel *at, uint64_t us)
{
	at->mute_until_us = clock_now_us(at->clock) + us;
	at->mute_armed = true;
	at->mute_fired = false;
}

unsigned at_faults_unfired(const struct at_channel *at)
{
	unsigned n = at->mute_armed && !at->mute_fired;

	for (size_t i = 0; i < FAULTS_MAX; i++)
		n += at->fault[i].left > 0;
	return n;
}

void at_faults_clear(struct at_channel *at)
{
	memset(at->fault, 0, sizeof(at->fault));
	at->mute_armed = at->mute_fired = false;
	at->mute_until_us = 0;
}

/* Whether the line, AT before it, has match in it. */
static bool line_has(const struct at_channel *at, const char *match)
{
	size_t n = strlen(match), len = at->line_len + 2;

	for (size_t from = 0; from + n <= len; from++) {
		size_t i;

		for (i = 0; i < n; i++) {
			char c = from + i < 2 ? "AT"[from + i] : at->line[from + i - 2];

			if (!str_ieq(&c, 1, (const char[]){ match[i], '\0' }))
				break;
		}
		if (i == n)
			return true;
	}
	return false;
}

static void answer(struct at_channel *at, const struct at_fault *f)
{
	trace_text(at->trace, TRACE_FAULT, "reply \"%s\" instead of AT%s", f->text, at->line);
	if (strpbrk(f->text, "\r\n"))
		reply_bytes(at, f->text, strlen(f->text));
	else if (f->text[0])
		at_info(at, "%s", f->text);
}

bool fault_answers(struct at_channel *at)
{
	for (size_t i = 0; i < FAULTS_MAX; i++) {
		struct at_fault *f = &at->fault[i];

		if (!f->left || !line_has(at, f->match))
			continue;
		f->left--;
		answer(at, f);
		return true;
	}
	return false;
}

bool fault_mutes(struct at_channel *at, size_t n)
{
	if (!at->mute_armed || clock_now_us(at->clock) >= at->mute_until_us)
		return false;
	at->mute_fired = true;
	trace_text(at->trace, TRACE_FAULT, "mute: %zu bytes lost", n);
	return true;
}
