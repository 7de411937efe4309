/*
 * A recording as the modem, on the cell's clock. Behind it there may be the emulator of the profile, in this process,
 * for what the recording does not hold.
 */
#include <errno.h>
#include <stdlib.h>

#include "harness/replay_file.h"
#include "harness/target.h"

struct target_replay {
	struct target base;
	struct clock *clock;
	struct playback *playback;
	struct target *profile; /* NULL: nothing is behind the recording */
	struct timer timer;
	struct buf text;
};

/* The next thing to say is waited for. */
static void wait_next(struct target_replay *t)
{
	uint64_t due, now = clock_now_us(t->clock);

	if (playback_due(t->playback, &due))
		clock_arm(t->clock, &t->timer, due > now ? due - now : 0);
	else
		timer_cancel(&t->timer);
}

static void on_timer(void *ctx)
{
	struct target_replay *t = ctx;

	playback_run(t->playback, clock_now_us(t->clock));
	wait_next(t);
}

static void on_to_host(const void *p, size_t n, void *ctx)
{
	struct target_replay *t = ctx;

	t->base.hooks.bytes(p, n, t->base.hooks.ctx);
}

static void on_to_profile(const void *p, size_t n, void *ctx)
{
	struct target_replay *t = ctx;

	target_write(t->profile, p, n);
}

static void on_foreign(const char *command, void *ctx)
{
	struct target_replay *t = ctx;
	struct target_event ev = { .note = TARGET_NOTE_NOTE };

	buf_reset(&t->text);
	buf_addf(&t->text, "not in the recording, the profile answers: %s", command);
	ev.text = buf_str(&t->text);
	t->base.hooks.event(&ev, t->base.hooks.ctx);
}

static void on_wrong(const char *what, void *ctx)
{
	struct target_replay *t = ctx;

	if (t->base.hooks.wrong)
		t->base.hooks.wrong(what, t->base.hooks.ctx);
}

/* --- the emulator behind ------------------------------------------------------------------------------------- */

static void on_profile_bytes(const void *p, size_t n, void *ctx)
{
	struct target_replay *t = ctx;

	playback_profile(t->playback, clock_now_us(t->clock), p, n);
	wait_next(t);
}

static void on_profile_event(const struct target_event *ev, void *ctx)
{
	struct target_replay *t = ctx;

	t->base.hooks.event(ev, t->base.hooks.ctx);
}

static void on_profile_gone(const char *why, void *ctx)
{
	struct target_replay *t = ctx;

	t->base.hooks.gone(why, t->base.hooks.ctx);
}

/* --- the target -------------------------------------------------------------------------------------------- */

static void replay_write(struct target *base, const void *p, size_t n)
{
	struct target_replay *t = (struct target_replay *)base;

	playback_host(t->playback, clock_now_us(t->clock), p, n);
	wait_next(t);
}

static int replay_control(struct target *base, const char *line, struct buf *reply)
{
	struct target_replay *t = (struct target_replay *)base;

	return t->profile ? target_control(t->profile, line, reply) : -ENOTSUP;
}

static bool replay_left(struct target *base, struct buf *out)
{
	return playback_left(((struct target_replay *)base)->playback, out);
}

static void replay_free(struct target *base)
{
	struct target_replay *t = (struct target_replay *)base;

	timer_cancel(&t->timer);
	target_free(t->profile);
	playback_free(t->playback);
	buf_free(&t->text);
	free(t);
}

static int make_profile(struct target_replay *t, const struct target_options *o, struct err *e)
{
	struct target_options po = *o;

	po.hooks = (struct target_hooks){ on_profile_bytes, on_profile_event, on_profile_gone, t };
	t->profile = target_inproc_new(&po, e);
	return t->profile ? 0 : -EINVAL;
}

static int make_playback(struct target_replay *t, const struct replay *r, struct err *e)
{
	struct playback_options po;
	struct recording *rec = replay_open(r, &po, e);

	if (!rec)
		return -EINVAL;
	po.hooks = (struct playback_hooks){ on_to_host, NULL, on_foreign, on_wrong, t };
	if (po.match == PLAYBACK_MATCH_URCS || po.unknown_profile)
		po.hooks.to_profile = on_to_profile;
	t->playback = playback_new(rec, &po);
	recording_free(rec);
	return t->playback ? (po.hooks.to_profile != NULL) : err_set(e, -ENOMEM, "out of memory");
}

struct target *target_replay_new(const struct target_options *o, struct err *e)
{
	static const struct target_ops ops = {
		.write = replay_write, .control = replay_control, .free = replay_free, .left = replay_left,
	};
	struct target_replay *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return NULL;
	t->base = (struct target){ &ops, o->hooks };
	t->clock = o->clock;
	timer_init(&t->timer, on_timer, t);
	buf_init(&t->text, 1 << 20);
	err = make_playback(t, &o->modem->replay, e);
	if (err >= 0 && (!err || !make_profile(t, o, e))) {
		playback_begin(t->playback, clock_now_us(t->clock));
		wait_next(t);
		return &t->base;
	}
	replay_free(&t->base);
	return NULL;
}
