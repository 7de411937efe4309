/*
 * From the clean run to points. The fold counts what the trigger of the fault will count: commands by their AT at the
 * beginning of a line, bytes by their direction.
 */
#include "harness/sweep.h"

#include <string.h>

struct fold {
	struct pool *pool;
	struct sweep_exchange *list;
	size_t n;
	struct buf line; /* of the host, as far as it has come */
	bool spoke;	 /* the modem ended a line since the host's last byte */
	bool in_command; /* of the last exchange, its line end has not come */
	size_t sent;	 /* by the host since AT */
	bool session;
};

static struct sweep_exchange *last_of(struct fold *f)
{
	return f->n ? &f->list[f->n - 1] : NULL;
}

/* What was typed, without what stands behind "=": a password may. */
static const char *command_of(struct fold *f)
{
	const char *line = buf_str(&f->line);

	return pool_copy(f->pool, line, strcspn(line, "="));
}

static bool begins_command(const struct buf *line)
{
	return line->len == 2 && (line->data[0] | 0x20) == 'a' && (line->data[1] | 0x20) == 't';
}

static void end_line(struct fold *f)
{
	struct sweep_exchange *x = last_of(f);

	if (f->in_command && x)
		x->command = command_of(f);
	f->in_command = false;
	buf_reset(&f->line);
}

static void begin_exchange(struct fold *f)
{
	f->list = pool_grow(f->pool, f->list, f->n, sizeof(*f->list));
	f->list[f->n++] = (struct sweep_exchange){ .command = "AT", .session = f->session };
	f->in_command = true;
	f->sent = 0;
}

static void host_byte(struct fold *f, char c)
{
	struct sweep_exchange *x = last_of(f);
	bool ends = c == '\r' || c == '\n';
	bool command = f->in_command || (x && ends && !x->bytes[SWEEP_DATA]);

	if (x) {
		x->bytes[command ? SWEEP_COMMAND : SWEEP_DATA]++;
		if (!command && x->bytes[SWEEP_DATA] == 1)
			x->data_at = f->sent;
		f->sent++;
	}
	if (ends) {
		end_line(f);
		return;
	}
	buf_addc(&f->line, c);
	if (!begins_command(&f->line))
		return;
	/* The A was nobody's data after all. */
	if (x) {
		x->bytes[SWEEP_DATA] -= 2;
		x->data_at = x->bytes[SWEEP_DATA] ? x->data_at : 0;
	}
	begin_exchange(f);
}

static void host_bytes(struct fold *f, const char *p, size_t n)
{
	if (f->spoke)
		end_line(f);
	f->spoke = false;
	for (size_t i = 0; i < n; i++)
		host_byte(f, p[i]);
}

static void modem_bytes(struct fold *f, const char *p, size_t n)
{
	struct sweep_exchange *x = last_of(f);

	if (memchr(p, '\n', n))
		f->spoke = true;
	if (x)
		x->bytes[SWEEP_ANSWER] += n;
}

/* The command that ends it has no session left when its answer comes. */
static void end_session(struct fold *f)
{
	f->session = false;
	if (f->n)
		last_of(f)->session = false;
}

static bool begins(const struct wire_event *ev, const char *word)
{
	size_t n = strlen(word);

	return ev->len > n && !strncmp(ev->data, word, n) && ev->data[n] == ' ';
}

static void count_names(struct fold *f)
{
	for (size_t i = 0; i < f->n; i++) {
		const char *name = f->list[i].command;

		for (size_t k = 0; k <= i; k++)
			f->list[i].nth += !strncmp(f->list[k].command, name, strlen(name));
	}
}

const struct sweep_exchange *sweep_exchanges(struct pool *p, const struct recording *r, size_t *n)
{
	struct fold f = { .pool = p };

	buf_init(&f.line, 64 * 1024);
	for (size_t i = 0; i < recording_size(r); i++) {
		struct wire_event ev = recording_at(r, i);

		if (ev.from == WIRE_HOST)
			host_bytes(&f, ev.data, ev.len);
		else if (ev.from == WIRE_MODEM)
			modem_bytes(&f, ev.data, ev.len);
		else if (ev.from == WIRE_BROKER && begins(&ev, "connect"))
			f.session = true;
		else if (ev.from == WIRE_BROKER && begins(&ev, "disconnect"))
			end_session(&f);
	}
	end_line(&f);
	buf_free(&f.line);
	count_names(&f);
	*n = f.n;
	return f.list;
}
