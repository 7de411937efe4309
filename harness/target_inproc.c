/*
 * The emulator as an object on the cell's clock, behind one end of an in-process port pair. Every cell loads its own
 * profile and world: nothing of one cell can reach the next.
 */
#include "harness/target.h"

#include <stdlib.h>
#include <string.h>

#include "app/emu.h"
#include "io/port_pair.h"

enum { LINE_LIMIT_BYTES = 64 * 1024, BACKLOG_MAX_BYTES = 1 << 20 };

struct target_inproc {
	struct target base;
	struct emu_setup *setup;	/* own; NULL: it is borrowed */
	struct emu *emu;
	struct port *port;	/* our end */
	struct buf backlog;	/* what the modem did not take yet */
	struct buf text;	/* scratch of notes */
};

static void on_bytes(const void *p, size_t n, void *ctx)
{
	struct target_inproc *t = ctx;

	t->base.hooks.bytes(p, n, t->base.hooks.ctx);
}

static void flush_backlog(struct target_inproc *t)
{
	long n = 1;

	while (t->backlog.len && n > 0) {
		n = port_write(t->port, t->backlog.data, t->backlog.len);
		if (n > 0)
			buf_drop(&t->backlog, (size_t)n);
	}
}

static void on_port_event(enum port_event ev, void *ctx)
{
	if (ev == PORT_EVENT_WRITABLE)
		flush_backlog(ctx);
}

static void inproc_write(struct target *base, const void *p, size_t n)
{
	struct target_inproc *t = (struct target_inproc *)base;

	buf_add(&t->backlog, p, n);
	flush_backlog(t);
}

static int inproc_control(struct target *base, const char *line, struct buf *reply)
{
	return emu_control(((struct target_inproc *)base)->emu, line, reply);
}

/* "mqtt 32 handshake failed | R2 SNI is broken (tls_sni=broken, seen)": one line that patterns can look at. */
static void write_why(struct buf *out, const struct trace_event *ev)
{
	buf_addf(out, "%s %d %s", ev->family, ev->code, ev->meaning ? ev->meaning : "");
	for (size_t i = 0; ev->why && i < ev->why->n; i++) {
		const struct why_step *s = &ev->why->step[i];

		buf_addf(out, " | %s %s", s->rule, s->text);
		if (s->quirk)
			buf_addf(out, " (%s=%s, %s)", s->quirk, s->value ? s->value : "",
				 s->confidence ? s->confidence : "");
	}
}

static void on_trace(const struct trace_event *ev, void *ctx)
{
	static const enum target_note notes[] = {
		[TRACE_BROKER] = TARGET_NOTE_BROKER, [TRACE_FAULT] = TARGET_NOTE_FAULT,
		[TRACE_MODEL] = TARGET_NOTE_MODEL, [TRACE_NOTE] = TARGET_NOTE_NOTE, [TRACE_WHY] = TARGET_NOTE_WHY,
	};
	struct target_inproc *t = ctx;
	struct target_event out = { .family = ev->family, .meaning = ev->meaning, .code = ev->code,
				    .why = ev->why };

	if (ev->kind == TRACE_HOST || ev->kind == TRACE_MODEM)
		return;
	buf_reset(&t->text);
	if (ev->kind == TRACE_WHY)
		write_why(&t->text, ev);
	else
		buf_add(&t->text, ev->data, ev->len);
	out.note = notes[ev->kind];
	out.text = buf_str(&t->text);
	t->base.hooks.event(&out, t->base.hooks.ctx);
}

static int inproc_set_baud(struct target *base, long baud, struct err *e)
{
	(void)e;
	port_pair_set_baud(((struct target_inproc *)base)->port, baud);
	return 0;
}

static void inproc_free(struct target *base)
{
	struct target_inproc *t = (struct target_inproc *)base;

	emu_free(t->emu);
	port_free(t->port);
	emu_setup_free(t->setup);
	buf_free(&t->backlog);
	buf_free(&t->text);
	free(t);
}

static struct emu_setup *load_setup(const struct modem_setup *modem, struct err *e)
{
	const struct emu_setup_options so = {
		.profile = modem->profile, .worlds = modem->worlds, .n_worlds = modem->n_worlds,
		.quirks = modem->quirks, .n_quirks = modem->n_quirks,
	};

	return emu_setup_load(&so, e);
}

static int make_modem(struct target_inproc *t, const struct target_options *o, struct err *e)
{
	struct emu_options eo = { .clock = o->clock, .loop = o->loop, .baud = o->modem->baud, .cold = o->modem->cold, .seed = o->seed };
	int err;

	if (!o->setup)
		t->setup = load_setup(o->modem, e);
	if (!o->setup && !t->setup)
		return -EINVAL;
	err = port_pair_new(o->clock, LINE_LIMIT_BYTES, &t->port, &eo.port);
	if (err)
		return err_set(e, err, "no port pair");
	port_set_owner(t->port, on_bytes, on_port_event, t);
	eo.setup = o->setup ? (const struct emu_setup *)o->setup : t->setup;
	t->emu = emu_new(&eo, e);
	if (!t->emu)
		return -EINVAL;
	trace_add_sink(emu_trace(t->emu), on_trace, t);
	return 0;
}

struct target *target_inproc_new(const struct target_options *o, struct err *e)
{
	static const struct target_ops ops = {
		.write = inproc_write, .control = inproc_control, .free = inproc_free, .set_baud = inproc_set_baud,
	};
	struct target_inproc *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->base = (struct target){ &ops, o->hooks };
	buf_init(&t->backlog, BACKLOG_MAX_BYTES);
	buf_init(&t->text, 64 * 1024);
	if (!make_modem(t, o, e))
		return &t->base;
	inproc_free(&t->base);
	return NULL;
}

/* The harness' name for what the emulator reads. */
struct target_setup *target_setup_new(const struct modem_setup *modem, struct err *e)
{
	return (struct target_setup *)load_setup(modem, e);
}

void target_setup_free(struct target_setup *s)
{
	emu_setup_free((struct emu_setup *)s);
}

const char *const *target_profiles(void)
{
	return emu_profile_names();
}

const char *target_default_profile(void)
{
	return emu_default_profile();
}

const char *target_field_revision(const char *name)
{
	return emu_field_revision(name);
}
