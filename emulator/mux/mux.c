/*
 * Channels of a multiplexer, as their responder: which are open, who holds them, and what frames and control messages
 * do. 27.010 5.3 (channels), 5.4 (control channel). Frames are frame.c's, the coding of messages message.c's.
 */
#include "mux/mux.h"

#include <stdlib.h>
#include <string.h>

#include "mux/frame.h"
#include "mux/message.h"

struct channel {
	bool open;
	bool held;	  /* the host's MSC said FC */
	bool short_write; /* somebody waits for it */
	bool holds;	  /* this side's FC */
	bool carrier;
	bool dtr;	  /* the host's, as its last MSC said; on until it says otherwise */
	size_t frame_max;
};

struct mux {
	struct mux_ways ways;
	struct mux_hooks hooks;
	struct trace *trace;
	bool running;
	unsigned life; /* counts starts and ends: who comes back from a hook sees that the world changed */
	bool all_held; /* FCoff */
	bool noticed;
	size_t frame_max;
	struct channel channel[MUX_CHANNELS + 1];
	struct mux_reader reader;
	struct buf out, message; /* scratch */
};

struct mux *mux_new(const struct mux_ways *ways, const struct mux_hooks *hooks, struct trace *trace)
{
	struct mux *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->ways = *ways;
	m->hooks = *hooks;
	m->trace = trace;
	mux_reader_init(&m->reader);
	buf_init(&m->out, 0x10000);
	buf_init(&m->message, MUX_INFO_MAX);
	return m;
}

void mux_free(struct mux *m)
{
	if (!m)
		return;
	mux_reader_free(&m->reader);
	buf_free(&m->out);
	buf_free(&m->message);
	free(m);
}

bool mux_is_running(const struct mux *m)
{
	return m->running;
}

bool mux_is_open(const struct mux *m, unsigned channel)
{
	return channel <= MUX_CHANNELS && m->channel[channel].open;
}

bool mux_is_held(const struct mux *m, unsigned channel)
{
	return m->all_held || m->channel[channel].held;
}

/* --- to the host ------------------------------------------------------------------------------------------------- */

/* Adds a frame of the modem: as a command it has C/R 0, as a response 1 (27.010 5.2.1.2). */
static void add_frame(struct mux *m, const struct mux_frame *f)
{
	mux_frame_add(&m->out, f);
	for (unsigned i = 0; i < m->ways.idle_flags; i++)
		buf_addc(&m->out, (char)MUX_FLAG);
}

static void add_data(struct mux *m, unsigned channel, const void *p, size_t n)
{
	add_frame(m, &(struct mux_frame){
			     .dlci = channel, .type = MUX_TYPE_UIH, .poll = m->ways.final, .info = p, .len = n });
}

static void flush(struct mux *m)
{
	if (m->out.len)
		m->hooks.out(m->out.data, m->out.len, m->hooks.ctx);
	buf_reset(&m->out);
}

static void respond(struct mux *m, enum mux_type type, const struct mux_frame *to)
{
	add_frame(m, &(struct mux_frame){ .dlci = to->dlci, .cr = true, .type = type, .poll = to->poll });
	flush(m);
}

static void send_message(struct mux *m, uint8_t type, const void *value, size_t len)
{
	buf_reset(&m->message);
	mux_message_add(&m->message, type, value, len);
	add_data(m, 0, m->message.data, m->message.len);
	flush(m);
}

/* DSR, CTS, DCD and whether this side takes data. */
static void send_status(struct mux *m, unsigned channel)
{
	const struct channel *c = &m->channel[channel];
	const uint8_t value[2] = {
		(uint8_t)(channel << 2 | 3),
		(uint8_t)(MUX_SIGNAL_EA | MUX_SIGNAL_RTC | MUX_SIGNAL_RTR | (c->holds ? MUX_SIGNAL_FC : 0) |
			  (c->carrier ? MUX_SIGNAL_DV : 0)),
	};

	send_message(m, MUX_MESSAGE_MSC | MUX_MESSAGE_COMMAND, value, sizeof(value));
}

void mux_hold(struct mux *m, unsigned channel, bool held)
{
	m->channel[channel].holds = held;
	if (mux_is_open(m, channel))
		send_status(m, channel);
}

void mux_carrier(struct mux *m, unsigned channel, bool on)
{
	m->channel[channel].carrier = on;
	if (mux_is_open(m, channel) && m->ways.tell_status)
		send_status(m, channel);
}

size_t mux_write(struct mux *m, unsigned channel, const void *p, size_t n)
{
	struct channel *c = &m->channel[channel];
	const char *data = p;

	if (!mux_is_open(m, channel) || mux_is_held(m, channel)) {
		c->short_write = true;
		return 0;
	}
	for (size_t done = 0; done < n;) {
		size_t part = n - done < c->frame_max ? n - done : c->frame_max;

		add_data(m, channel, data + done, part);
		flush(m);
		done += part;
	}
	return n;
}

/* --- channels ---------------------------------------------------------------------------------------------------- */

static void tell(struct mux *m, enum mux_event ev, unsigned channel)
{
	m->hooks.event(ev, channel, m->hooks.ctx);
}

/* Who was refused while the host held a channel may go on. */
static void release(struct mux *m, unsigned channel)
{
	struct channel *c = &m->channel[channel];

	if (!c->short_write || !c->open || mux_is_held(m, channel))
		return;
	c->short_write = false;
	tell(m, MUX_EVENT_WRITABLE, channel);
}

static void release_all(struct mux *m)
{
	for (unsigned i = 1; i <= MUX_CHANNELS; i++)
		release(m, i);
}

/* A modem of which this is known says something that is no frame (esp-protocols#669). */
static void say_notice(struct mux *m)
{
	if (m->noticed || !*m->ways.notice)
		return;
	m->noticed = true;
	buf_addf(&m->out, "\r\n%s\r\n", m->ways.notice);
	flush(m);
}

/* A channel that is open already starts anew (27.010 5.4.1); its settings at the other side stay. */
static void establish(struct mux *m, const struct mux_frame *f)
{
	struct channel *c = &m->channel[f->dlci];
	bool first = !c->open;
	unsigned life = m->life;

	respond(m, MUX_TYPE_UA, f);
	for (unsigned i = 0; f->dlci && i < m->ways.ua_again; i++)
		respond(m, MUX_TYPE_UA, f);
	c->open = c->dtr = true;
	c->held = false;
	if (!f->dlci)
		return;
	if (m->ways.tell_status)
		send_status(m, f->dlci);
	say_notice(m);
	if (first)
		tell(m, MUX_EVENT_OPENED, f->dlci);
	if (m->life == life)
		release(m, f->dlci);
}

static void close_channel(struct mux *m, unsigned channel)
{
	struct channel *c = &m->channel[channel];
	bool was = c->open;

	*c = (struct channel){ .frame_max = m->frame_max, .carrier = c->carrier, .holds = c->holds };
	if (was && channel)
		tell(m, MUX_EVENT_CLOSED, channel);
}

static void end(struct mux *m)
{
	m->running = false;
	m->life++;
	for (unsigned i = MUX_CHANNELS + 1; i-- > 0;)
		close_channel(m, i);
	m->all_held = false;
}

static void disconnect(struct mux *m, const struct mux_frame *f)
{
	respond(m, m->channel[f->dlci].open ? MUX_TYPE_UA : MUX_TYPE_DM, f);
	if (f->dlci || !m->channel[0].open) {
		close_channel(m, f->dlci);
		return;
	}
	end(m);
	tell(m, MUX_EVENT_ENDED, 0);
}

void mux_start(struct mux *m, size_t frame_max)
{
	m->frame_max = frame_max && frame_max < m->ways.frame_max ? frame_max : m->ways.frame_max;
	mux_reader_reset(&m->reader);
	for (unsigned i = 0; i <= MUX_CHANNELS; i++)
		m->channel[i] = (struct channel){ .frame_max = m->frame_max };
	m->running = true;
	m->noticed = m->all_held = false;
	m->life++;
}

void mux_stop(struct mux *m)
{
	if (m->running)
		end(m);
}

/* --- control channel --------------------------------------------------------------------------------------------- */

/* Echoes what was proposed but for the convergence layer, and no larger frames than this modem makes. */
static void negotiate(struct mux *m, const struct mux_message *msg)
{
	uint8_t v[MUX_PN_LENGTH];
	size_t frame_max;
	unsigned dlci;

	if (msg->len != MUX_PN_LENGTH)
		return;
	memcpy(v, msg->value, sizeof(v));
	dlci = v[0] & 0x3f;
	frame_max = (size_t)v[4] | (size_t)v[5] << 8;
	if (!frame_max || frame_max > m->frame_max)
		frame_max = m->frame_max;
	v[1] = 0; /* UIH frames, convergence layer 1 */
	v[4] = (uint8_t)frame_max;
	v[5] = (uint8_t)(frame_max >> 8);
	if (dlci >= 1 && dlci <= MUX_CHANNELS)
		m->channel[dlci].frame_max = frame_max;
	send_message(m, MUX_MESSAGE_PN, v, sizeof(v));
}

/* DTR, and whether the host takes data. */
static void take_status(struct mux *m, const struct mux_message *msg)
{
	unsigned dlci = msg->len >= 2 ? msg->value[0] >> 2 : 0;
	unsigned life = m->life;
	struct channel *c;
	bool dropped;

	send_message(m, MUX_MESSAGE_MSC, msg->value, msg->len);
	if (!dlci || !mux_is_open(m, dlci))
		return;
	c = &m->channel[dlci];
	dropped = c->dtr && !(msg->value[1] & MUX_SIGNAL_RTC);
	c->dtr = msg->value[1] & MUX_SIGNAL_RTC;
	c->held = msg->value[1] & MUX_SIGNAL_FC;
	if (dropped)
		tell(m, MUX_EVENT_DTR_DROPPED, dlci);
	if (m->life == life)
		release(m, dlci);
}

static void refuse_message(struct mux *m, const struct mux_message *msg)
{
	trace_text(m->trace, TRACE_NOTE, "cmux: a control message of type 0x%02x is not supported", msg->type);
	send_message(m, MUX_MESSAGE_NSC, &msg->type, 1);
}

static void take_command(struct mux *m, const struct mux_message *msg)
{
	enum mux_message_type type = (enum mux_message_type)(msg->type & ~MUX_MESSAGE_COMMAND);

	switch (type) {
	case MUX_MESSAGE_PN:
		negotiate(m, msg);
		return;
	case MUX_MESSAGE_MSC:
		take_status(m, msg);
		return;
	case MUX_MESSAGE_TEST:
		send_message(m, type, msg->value, msg->len);
		return;
	case MUX_MESSAGE_FCON:
	case MUX_MESSAGE_FCOFF:
		m->all_held = type == MUX_MESSAGE_FCOFF;
		send_message(m, type, NULL, 0);
		release_all(m);
		return;
	case MUX_MESSAGE_CLD:
		send_message(m, type, NULL, 0);
		end(m);
		tell(m, MUX_EVENT_ENDED, 0);
		return;
	case MUX_MESSAGE_NSC:
		break;
	}
	refuse_message(m, msg);
}

/* Responses to the modem's own messages need no answer. */
static void take_messages(struct mux *m, const uint8_t *p, size_t n)
{
	unsigned life = m->life;

	while (n && m->life == life) {
		struct mux_message msg;
		size_t took = mux_message_read(p, n, &msg);
		const char *name;

		if (!took) {
			trace_text(m->trace, TRACE_NOTE, "cmux: %zu octets on channel 0 are no control message", n);
			return;
		}
		name = msg.known ? mux_message_name(msg.type) : NULL;
		trace_text(m->trace, TRACE_NOTE, "cmux: host %s%s", name ? name : "?",
			   msg.type & MUX_MESSAGE_COMMAND ? "" : " answered");
		if (!msg.known)
			refuse_message(m, &msg);
		else if (msg.type & MUX_MESSAGE_COMMAND)
			take_command(m, &msg);
		p += took;
		n -= took;
	}
}

/* --- from the host ----------------------------------------------------------------------------------------------- */

static void take_data(struct mux *m, const struct mux_frame *f)
{
	if (!mux_is_open(m, f->dlci))
		respond(m, MUX_TYPE_DM, f);
	else if (!f->dlci)
		take_messages(m, f->info, f->len);
	else if (f->len)
		m->hooks.data(f->dlci, f->info, f->len, m->hooks.ctx);
}

/* The control channel comes first (27.010 5.4.1), and there are four others. */
static bool may_open(const struct mux *m, unsigned dlci)
{
	return !dlci || (dlci <= MUX_CHANNELS && m->channel[0].open);
}

static void take_frame(struct mux *m, const struct mux_frame *f)
{
	if (f->type != MUX_TYPE_UIH && f->type != MUX_TYPE_UI)
		trace_text(m->trace, TRACE_NOTE, "cmux: host %s on channel %u", mux_type_name(f->type), f->dlci);
	switch (f->type) {
	case MUX_TYPE_SABM:
		if (may_open(m, f->dlci))
			establish(m, f);
		else
			respond(m, MUX_TYPE_DM, f);
		break;
	case MUX_TYPE_DISC:
		if (f->dlci <= MUX_CHANNELS)
			disconnect(m, f);
		else
			respond(m, MUX_TYPE_DM, f);
		break;
	case MUX_TYPE_UIH:
	case MUX_TYPE_UI:
		take_data(m, f);
		break;
	case MUX_TYPE_DM:
		if (f->dlci && f->dlci <= MUX_CHANNELS)
			close_channel(m, f->dlci);
		break;
	case MUX_TYPE_UA:
		break;
	}
}

static void note_skipped(struct mux *m)
{
	size_t n = mux_reader_take_skipped(&m->reader);

	if (n)
		trace_text(m->trace, TRACE_NOTE, "cmux: %zu octets belong to no frame", n);
}

/* Frames while the line is the multiplexer's; what came behind its end stays in the reader. */
static void take_frames(struct mux *m)
{
	unsigned life = m->life;
	struct mux_frame f;
	size_t octets;

	while (m->life == life && mux_reader_next(&m->reader, &f, &octets)) {
		note_skipped(m);
		take_frame(m, &f);
		if (m->life == life || !m->running)
			mux_reader_drop(&m->reader, octets, !m->running);
	}
	note_skipped(m);
}

size_t mux_feed(struct mux *m, const void *p, size_t n)
{
	const char *data = p;
	size_t done = 0, left;

	while (done < n && m->running) {
		size_t took = mux_reader_add(&m->reader, data + done, n - done);

		if (!took)
			return n; /* out of memory: lost, as on a line */
		done += took;
		take_frames(m);
	}
	if (m->running)
		return n;
	left = mux_reader_left(&m->reader);
	mux_reader_reset(&m->reader);
	return done - (left < done ? left : done);
}
