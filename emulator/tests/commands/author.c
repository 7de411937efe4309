/* Random acts, weighted so that conversations get somewhere. Every choice comes from the seed of the story. */
#include "tests/commands/author.h"

#include <string.h>

#include "at/at_internal.h"
#include "base/str.h"
#include "tests/commands/grammar_words.h"

enum { PAYLOAD_MAX_BYTES = 1 << 20, ANSWER_MAX_BYTES = 20000 };

/* --- the modem ---------------------------------------------------------------------------------------------------- */

static void choose_quirk(struct author *a, struct story *s)
{
	const struct quirk_info *q = quirk_info((enum quirk_id)prng_below(&a->prng, QUIRK_COUNT));
	char *out = s->quirk[s->n_quirks];
	size_t size = sizeof(s->quirk[0]);
	uint32_t choices = 0;

	if (!strncmp(q->name, "cmte_off", 8)) /* a modem that is never cool enough to be on */
		return;
	if (!strcmp(q->name, "cftrantx_ok_first")) /* says so: a second final result */
		return;
	if (strstr(q->name, "_fifo_") && grammar_chance(&a->prng, 80)) /* no rule holds where bytes are lost */
		return;
	while (q->choices && q->choices[choices])
		choices++;
	if (choices)
		snprintf(out, size, "%s=%s", q->name, q->choices[prng_below(&a->prng, choices)]);
	else if (!strcmp(q->type, "yes/no"))
		snprintf(out, size, "%s=%s", q->name, grammar_chance(&a->prng, 50) ? "true" : "false");
	else if (!strcmp(q->type, "number"))
		snprintf(out, size, "%s=%ld", q->name,
			 grammar_chance(&a->prng, 40)
				 ? q->min
				 : grammar_number(&a->prng, q->min, q->max < 20000 ? q->max : 20000));
	else
		return;
	s->n_quirks++;
}

/* Reading a revision takes as long as hundreds of commands: stories of seeds side by side are about the same one. */
static void choose_modem(struct author *a, const char *only, struct story *s)
{
	const char *const *names = emu_profile_names();
	uint32_t n = 0;

	while (names[n])
		n++;
	str_copy(s->profile, sizeof(s->profile), only ? only : names[prng_below(&a->prng, n)]);
	for (uint32_t quirks = grammar_chance(&a->prng, 50) ? 1 + prng_below(&a->prng, STORY_QUIRKS_MAX) : 0; quirks; quirks--)
		choose_quirk(a, s);
}

void author_begin(struct author *a, const struct grammar *g, uint64_t seed, const char *only, struct story *s)
{
	memset(s, 0, sizeof(*s));
	memset(a, 0, sizeof(*a));
	a->grammar = g;
	buf_init(&a->help, 1 << 16);
	prng_seed(&a->prng, ~(seed / STORIES_A_MODEM));
	choose_modem(a, only, s);
	prng_seed(&a->prng, seed);
	s->seed = seed;
	for (int i = EMU_PORT_UART + 1; i < EMU_PORT_COUNT; i++)
		s->has_port[i] = grammar_chance(&a->prng, 25);
	s->baud = grammar_chance(&a->prng, 3) ? 115200 : 0;
	s->cold = grammar_chance(&a->prng, 10);
	for (size_t i = 0; i < 2; i++)
		a->favourite[i] = prng_below(&a->prng, (uint32_t)g->tables);
}

void author_end(struct author *a)
{
	buf_free(&a->help);
}

/* --- what is said ------------------------------------------------------------------------------------------------- */

static void put_end(struct author *a, const struct at_channel *at, struct buf *out)
{
	char end = (char)at->set.s[3];

	if (grammar_chance(&a->prng, 1))
		buf_addc(out, '\n');
	else if (grammar_chance(&a->prng, 98))
		buf_addc(out, end);
	if (end == '\r' && grammar_chance(&a->prng, 25))
		buf_addc(out, '\n');
}

static void write_command(struct author *a, const struct stage *st, const struct at_channel *at, struct buf *out)
{
	struct prng *r = &a->prng;

	if (grammar_chance(r, 2)) {
		buf_adds(out, "A/");
		return;
	}
	if (grammar_chance(r, 3)) /* what stands before a line is no part of it */
		grammar_payload(r, 1 + prng_below(r, 6), out);
	buf_adds(out, grammar_chance(r, 92) ? "AT" : grammar_chance(r, 50) ? "at" : "aT");
	if (grammar_chance(r, 2))
		buf_adds(out, "E1Q0V1");
	else
		grammar_line(a->grammar, r, st->setup->profile, a->favourite[prng_below(r, 2)], out);
	put_end(a, at, out);
}

static void answer_prompt(struct author *a, size_t left, struct act *act, struct buf *out)
{
	struct prng *r = &a->prng;
	uint32_t kind = prng_below(r, 10);

	if (left > ANSWER_MAX_BYTES) /* in pieces, or not at all */
		left = 1 + prng_below(r, ANSWER_MAX_BYTES);
	if (left) {
		grammar_payload(r, kind < 6 ? left : kind < 8 ? left / 2 : left + 1 + prng_below(r, 30), out);
		act->kind = kind < 8 ? ACT_LINE : ACT_SEND;
		return;
	}
	grammar_payload(r, kind < 8 ? prng_below(r, 170) : prng_below(r, 3000), out);
	if (kind != 7)
		buf_addc(out, kind < 6 ? '\x1a' : '\x1b');
	act->kind = grammar_chance(r, 90) ? ACT_LINE : ACT_SEND;
}

/* In data mode: data, ways out that are none, and ways out. */
static void speak_in_call(struct author *a, struct act *act, struct buf *out)
{
	struct prng *r = &a->prng;

	switch (prng_below(r, 6)) {
	case 0:
		act->kind = ACT_WAIT;
		act->us = 1000000 + prng_below(r, 1000000);
		break;
	case 1:
		act->kind = ACT_SEND;
		buf_add(out, "++++", 1 + prng_below(r, 4));
		break;
	case 2:
		act->kind = grammar_chance(r, 30) ? ACT_CLOSE : ACT_OPEN;
		break;
	default:
		act->kind = ACT_SEND;
		grammar_payload(r, prng_below(r, 1500), out);
		break;
	}
}

/* The check sum of a frame of 27.010: reversed CRC-8 over address, control and length. */
static unsigned char frame_sum(const unsigned char *p, size_t n)
{
	unsigned sum = 0xff;

	for (size_t i = 0; i < n; i++) {
		sum ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum & 1 ? sum >> 1 ^ 0xe0 : sum >> 1;
	}
	return (unsigned char)(0xff - sum);
}

static void put_frame(struct prng *r, unsigned channel, unsigned control, const struct buf *info, struct buf *out)
{
	unsigned char head[4] = { 0xf9, (unsigned char)(channel << 2 | 3), (unsigned char)control };
	unsigned char sum;
	size_t n = info->len > 100 ? 100 : info->len;

	head[3] = (unsigned char)(n << 1 | 1);
	sum = frame_sum(head + 1, 3);
	buf_add(out, head, sizeof(head));
	buf_add(out, buf_str(info), n);
	buf_addc(out, (char)(grammar_chance(r, 95) ? sum : sum ^ 1));
	buf_addc(out, '\xf9');
}

/* Frames of a multiplexer: SABM, UIH with a line or bytes in it, a message of the control channel, DISC, and what is
 * none. */
static void speak_in_frames(struct author *a, const struct stage *st, struct act *act, struct buf *out)
{
	static const char *const messages[] = { "\xe3\x05\x07\x0d",
						"\xe3\x05\x0b\x0f",
						"\xe1\x05\x07\x0d",
						"\xa3\x01",
						"\x63\x01",
						"\x23\x03x",
						"\x83\x11\x01\xff\x0a\x05\x05\x05\x02",
						"\xc3\x01" };
	struct prng *r = &a->prng;
	unsigned channel = prng_below(r, 5), kind = prng_below(r, 20);
	struct buf info;

	buf_init(&info, PAYLOAD_MAX_BYTES);
	act->kind = ACT_SEND;
	if (kind < 3) {
		put_frame(r, channel, 0x3f, &info, out);
	} else if (kind < 15) {
		buf_adds(&info, "AT");
		grammar_line(a->grammar, r, st->setup->profile, a->favourite[0], &info);
		buf_addc(&info, '\r');
		put_frame(r, 1 + prng_below(r, 4), 0xef, &info, out);
	} else if (kind < 17) {
		buf_adds(&info, messages[prng_below(r, sizeof(messages) / sizeof(messages[0]))]);
		put_frame(r, 0, 0xef, &info, out);
	} else if (kind < 18) {
		put_frame(r, channel, 0x53, &info, out);
	} else {
		grammar_payload(r, prng_below(r, 300), out);
	}
	buf_free(&info);
}

static void write_control(struct author *a, struct stage *st, struct act *act, struct buf *out)
{
	if (!a->help.len)
		emu_control(st->emu, "help", &a->help);
	act->kind = ACT_CONTROL;
	if (!stage_is_heard(st, EMU_PORT_UART) && !stage_is_dead(st) && grammar_chance(&a->prng, 40))
		buf_addf(out, "line %s on", grammar_chance(&a->prng, 50) ? "dtr" : "rts");
	else if (stage_is_dead(st) && grammar_chance(&a->prng, 60))
		buf_adds(out, "power on");
	else
		grammar_control(&a->prng, buf_str(&a->help), out);
	for (size_t i = 0; i < out->len; i++) { /* one line it is */
		if (!out->data[i] || out->data[i] == '\n')
			out->data[i] = ' ';
	}
}

static void write_wait(struct author *a, const struct stage *st, struct act *act)
{
	struct prng *r = &a->prng;

	act->kind = ACT_WAIT;
	if (stage_is_dead(st) || grammar_chance(r, 5))
		act->us = (uint64_t)prng_below(r, 60) * 1000000;
	else
		act->us = grammar_chance(r, 50) ? prng_below(r, 200000) : prng_below(r, 5000000);
}

static void write_bytes(struct author *a, const struct stage *st, const struct at_channel *at, struct act *act,
			struct buf *out)
{
	struct prng *r = &a->prng;
	size_t left;

	if (act->port == EMU_PORT_UART && stage_is_multiplexed(st)) {
		speak_in_frames(a, st, act, out);
	} else if (at->mode == AT_MODE_DATA) {
		speak_in_call(a, act, out);
	} else if (stage_at_prompt(st, act->port, &left)) {
		answer_prompt(a, left, act, out);
	} else if (grammar_chance(r, 3)) {
		act->kind = ACT_SEND;
		grammar_payload(r, prng_below(r, 40), out);
	} else {
		write_command(a, st, at, out);
		act->kind = grammar_chance(r, 88) ? ACT_LINE : ACT_SEND;
		if (act->kind == ACT_SEND && grammar_chance(r, 50)) /* half a line */
			out->len = prng_below(r, (uint32_t)out->len + 1);
	}
}

/* The next line of a recipe, or the time that what it began takes. false: there is no recipe to follow. */
static bool follow_recipe(struct author *a, const struct stage *st, struct act *act, struct buf *out)
{
	const struct at_channel *at = stage_channel(st, EMU_PORT_UART);

	if (a->recipe && (!*a->recipe || grammar_chance(&a->prng, 5)))
		a->recipe = NULL;
	if (!a->recipe || stage_is_dead(st) || at->mode != AT_MODE_LINE || stage_is_multiplexed(st))
		return false;
	act->port = EMU_PORT_UART;
	if (grammar_chance(&a->prng, 50)) {
		act->kind = ACT_WAIT;
		act->us = prng_below(&a->prng, 4000000);
		return true;
	}
	act->kind = ACT_LINE;
	buf_addf(out, "AT%s%c", *a->recipe++, at->set.s[3]);
	return true;
}

static void choose_recipe(struct author *a)
{
	uint32_t n = 0;

	while (grammar_recipes[n])
		n++;
	a->recipe = grammar_recipes[prng_below(&a->prng, n)];
}

static enum emu_port_role choose_port(struct author *a, const struct story *s)
{
	enum emu_port_role port = (enum emu_port_role)prng_below(&a->prng, EMU_PORT_COUNT);

	return port != EMU_PORT_UART && s->has_port[port] ? port : EMU_PORT_UART;
}

/* A host that has left or does not read is mostly back soon. */
static void move_host(struct author *a, const struct stage *st, struct act *act)
{
	const struct host *h = &st->host[act->port];

	if (h->port.away)
		act->kind = ACT_OPEN;
	else if (h->stopped)
		act->kind = ACT_GO;
	else
		act->kind = grammar_chance(&a->prng, 60) ? ACT_CLOSE : ACT_STOP;
}

static void choose_act(struct author *a, struct stage *st, struct act *act, struct buf *out)
{
	const struct host *h = &st->host[act->port];
	const struct at_channel *at = stage_channel(st, act->port);
	uint32_t dice = prng_below(&a->prng, 100);

	if (!a->recipe && grammar_chance(&a->prng, 3))
		choose_recipe(a);
	if (dice >= 19 && follow_recipe(a, st, act, out))
		return;
	if (stage_is_dead(st) && dice < 60)
		dice = dice % 20;
	if (dice < 7)
		write_control(a, st, act, out);
	else if (dice < 17)
		write_wait(a, st, act);
	else if (dice < 19 || h->port.away || (h->stopped && dice < 60))
		move_host(a, st, act);
	else if (at)
		write_bytes(a, st, at, act, out);
	else
		write_wait(a, st, act);
}

const struct act *author_next(struct author *a, struct stage *st, struct story *s)
{
	struct act act = { .port = choose_port(a, s) };
	uint64_t before = memory_in_use();
	struct buf out;

	buf_init(&out, PAYLOAD_MAX_BYTES);
	choose_act(a, st, &act, &out);
	act.text = out.data;
	act.len = out.len;
	story_add(s, &act);
	buf_free(&out);
	/* the story's memory is not the modem's */
	st->memory_before += memory_in_use() - before;
	return &s->act[s->n - 1];
}
