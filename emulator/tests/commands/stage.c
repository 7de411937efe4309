/*
 * Plays acts and holds the rules: every line ends, with exactly one final result; echo is exact; a dead modem says
 * nothing; what leaves is in the trace; memory is bounded and given back.
 */
#include "tests/commands/stage.h"

#include <jansson.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "app/signals.h"
#include "at/at_fault.h"
#include "at/at_internal.h"
#include "base/str.h"
#include "modem/guard.h"
#include "modem/hw.h"
#include "modem/pins.h"
#include "modem/power.h"
#include "tests/commands/judge.h"

enum {
	PEAK_MAX_BYTES = 16 << 20, /* a modem with its file system, store and queues full */
	STEPS_MAX = 3000000,	   /* timers of one command */
	FILLER_ROUNDS = 1000,
	FILLER_BYTES = 64 * 1024,
	ARRIVE_ROUNDS = 20,
	JSON_MAX = 5000, /* lines of trace that are read back of one story */
	CUT_FRAME_BYTES = 2000, /* more than a frame has */
};
#define LINE_LIMIT_US (1200ull * 1000000) /* the longest that the manual allows a command, many times over */

/* Of the sanitizer's allocator; absent without one. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

uint64_t memory_in_use(void)
{
	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	return mallinfo2().uordblks + mallinfo2().hblkhd;
}

static void broken(struct stage *st, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void broken(struct stage *st, const char *fmt, ...)
{
	va_list ap;

	if (*st->broken)
		return;
	va_start(ap, fmt);
	vsnprintf(st->broken, sizeof(st->broken), fmt, ap);
	va_end(ap);
}

/* --- what the modem is like --------------------------------------------------------------------------------------- */

struct at_channel *stage_channel(const struct stage *st, enum emu_port_role port)
{
	return st->emu->line[port].at;
}

bool stage_is_dead(const struct stage *st)
{
	enum power_state state = st->emu->modem->power->boot.state;

	return state == POWER_OFF || state == POWER_SILENT;
}

bool stage_is_multiplexed(const struct stage *st)
{
	return st->emu->line[EMU_PORT_UART].multiplexed || st->emu->mux_asked;
}

bool stage_at_prompt(const struct stage *st, enum emu_port_role port, size_t *left)
{
	const struct at_channel *at = stage_channel(st, port);

	*left = 0;
	if (!at || at->mode == AT_MODE_LINE || at->mode == AT_MODE_DATA)
		return false;
	if (at->mode == AT_MODE_PROMPT_LENGTH)
		*left = at->entry_len - at->entry.len;
	return true;
}

/* Words and CR LF: what the rules about results can read. */
static bool is_plain(const struct at_channel *at)
{
	return at->set.verbose && at->set.s[3] == '\r' && at->set.s[4] == '\n';
}

static struct judge_line line_of(const struct at_channel *at)
{
	return (struct judge_line){ (char)at->set.s[3], (char)at->set.s[4], (char)at->set.s[5] };
}

bool stage_is_heard(const struct stage *st, enum emu_port_role port)
{
	for (int i = 0; i < EMU_PORT_COUNT; i++) {
		if (st->host[i].stopped) /* one that does not read may hold the others */
			return false;
	}
	if (port == EMU_PORT_UART &&
	    (stage_is_multiplexed(st) || pins_asleep(st->emu->modem->pins) || signals_hold_output(st->emu)))
		return false;
	return !st->host[port].port.away && stage_channel(st, port) && !stage_is_dead(st);
}

/* --- the trace ---------------------------------------------------------------------------------------------------- */

static void read_back(struct stage *st, const struct trace_event *ev)
{
	json_error_t why;
	struct buf line;
	json_t *root;

	buf_init(&line, 8 << 20);
	trace_to_json(ev, &line);
	root = json_loadb(buf_str(&line), line.len, 0, &why);
	if (!json_is_object(root) || !json_is_number(json_object_get(root, "t")) ||
	    !json_is_string(json_object_get(root, "d")))
		broken(st, "a line of the trace is not understood: %s: %.300s", why.text, buf_str(&line));
	st->tally.json++;
	if (st->trace)
		fputs(buf_str(&line), st->trace);
	json_decref(root);
	buf_free(&line);
}

static void on_trace(const struct trace_event *ev, void *ctx)
{
	struct stage *st = ctx;

	if (ev->kind == TRACE_MODEM && !ev->port) {
		st->trace_hash = hash_bytes(st->trace_hash, ev->data, ev->len);
		st->trace_bytes += ev->len;
	}
	st->fired += ev->kind == TRACE_FAULT;
	/* a command that has no final result says so */
	st->fired += ev->kind == TRACE_WHY && ev->meaning && !strcmp(ev->meaning, "no final result");
	if (st->trace || (st->json && st->tally.json < JSON_MAX))
		read_back(st, ev);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void pass(struct stage *st, uint64_t us)
{
	clock_advance_to(st->clock, clock_now_us(st->clock) + us);
}

static bool is_open_line(const struct at_channel *at)
{
	return at->state != LINE_IDLE && at->mode == AT_MODE_LINE;
}

/* Until the command of a channel is over, wants data, or the modem is gone. false: never. */
static bool run_until_over(struct stage *st, struct at_channel *at)
{
	uint64_t until = clock_now_us(st->clock) + LINE_LIMIT_US;
	unsigned steps = 0;

	clock_run(st->clock);
	while (is_open_line(at)) {
		if (clock_now_us(st->clock) > until || ++steps > STEPS_MAX || !clock_step(st->clock))
			return false;
	}
	return true;
}

/* On a line with a speed what was written arrives later. */
static void let_arrive(struct stage *st, const struct host *h)
{
	uint64_t before = h->bytes + 1;

	for (int i = 0; st->wired && before != h->bytes && i < ARRIVE_ROUNDS; i++) {
		before = h->bytes;
		pass(st, 300000);
	}
}

/* With what came on the port. */
static void broken_by(struct stage *st, enum emu_port_role port, const char *rule)
{
	const struct buf *seen = &st->host[port].seen;
	struct buf text;

	buf_init(&text, 8192);
	str_escape(&text, buf_str(seen), seen->len < 400 ? seen->len : 400);
	broken(st, "%s on port %s: %s", rule, emu_port_name(port), buf_str(&text));
	buf_free(&text);
}

/* --- a line, judged ----------------------------------------------------------------------------------------------- */

/* What is sent will be one line, or the end of a prompt, with nothing before it that is still under way. */
static bool can_judge(const struct stage *st, enum emu_port_role port, const struct act *a)
{
	const struct at_channel *at = stage_channel(st, port);
	struct judge_line how;
	size_t left;

	if (!stage_is_heard(st, port) || st->wired || at->ahead.len || !a->len)
		return false;
	if (stage_at_prompt(st, port, &left))
		return left ? a->len <= left : !memchr(a->text, 0x1a, a->len - 1) && !memchr(a->text, 0x1b, a->len - 1);
	how = line_of(at);
	return at->state == LINE_IDLE && at->mode == AT_MODE_LINE && at->frame == FRAME_HUNT &&
	       judge_is_one_line(a->text, a->len, &how);
}

static void check_echo(struct stage *st, enum emu_port_role port, const struct act *a, const struct judge_line *how)
{
	const struct buf *seen = &st->host[port].seen;
	struct buf want, got, sent;

	buf_init(&want, a->len + 1);
	judge_echo(a->text, a->len, how, &want);
	if (seen->len < want.len || memcmp(buf_str(seen), buf_str(&want), want.len) != 0) {
		buf_init(&sent, 4096);
		buf_init(&got, 4096);
		str_escape(&sent, a->text, a->len < 100 ? a->len : 100);
		str_escape(&got, buf_str(seen), seen->len < 100 ? seen->len : 100);
		broken(st, "echo is not exact on port %s: sent %s, came %s", emu_port_name(port), buf_str(&sent),
		       buf_str(&got));
		buf_free(&sent);
		buf_free(&got);
	}
	buf_free(&want);
}

/* What a line may end with. */
static void check_finals(struct stage *st, enum emu_port_role port, bool quiet)
{
	const struct buf *seen = &st->host[port].seen;
	struct judge_finals f = judge_finals(buf_str(seen), seen->len);
	unsigned total = f.results + f.connects;
	char rule[60];

	st->tally.ok += f.results && strstr(buf_str(seen), "\r\nOK\r\n");
	if (quiet ? total == 0 : total == 1 || (!total && f.others))
		return;
	snprintf(rule, sizeof(rule), "%u final results, not %d,", total, !quiet);
	broken_by(st, port, rule);
}

/* A line that ended leaves nothing open: a result that comes now belongs to no command. */
static void check_orphans(struct stage *st, enum emu_port_role port)
{
	const struct buf *seen = &st->host[port].seen;
	const struct at_channel *at = stage_channel(st, port);

	if (!at || !st->settled[port] || st->fired || !is_plain(at))
		return;
	if (judge_finals(buf_str(seen), seen->len).results)
		broken_by(st, port, "a final result without a command");
}

/* Whoever sends may get results. */
static void unsettle(struct stage *st, enum emu_port_role port)
{
	check_orphans(st, port);
	st->settled[port] = false;
	host_forget(&st->host[port]);
}

static void never_ends(struct stage *st, enum emu_port_role port, const char *what)
{
	const struct at_channel *at = stage_channel(st, port);

	broken(st, "%s: no end on port %s (%s, tag %d)", what, emu_port_name(port),
	       at->cmd ? at->cmd->name : "no command", at->tag);
}

/* The line is over: by which end, and was that right. */
static void judge_end(struct stage *st, enum emu_port_role port, bool was_plain)
{
	struct at_channel *at = stage_channel(st, port);
	size_t left;

	st->tally.judged++;
	if (stage_at_prompt(st, port, &left)) {
		st->tally.prompts++;
		return;
	}
	if (at->mode == AT_MODE_DATA) {
		st->tally.calls++;
		return;
	}
	if (was_plain && is_plain(at) && !st->fired && !st->host[port].overrun)
		check_finals(st, port, at->set.quiet);
	host_forget(&st->host[port]);
	st->settled[port] = true;
}

static void play_judged(struct stage *st, enum emu_port_role port, const struct act *a)
{
	struct at_channel *at = stage_channel(st, port);
	struct judge_line how = line_of(at);
	bool plain = is_plain(at), echo = at->set.echo && at->mode == AT_MODE_LINE;
	unsigned epoch = at->epoch;

	st->fired = 0;
	host_send(&st->host[port], a->text, a->len);
	if (echo && at->epoch == epoch && !st->fired && stage_is_heard(st, port))
		check_echo(st, port, a, &how);
	if (!run_until_over(st, at))
		never_ends(st, port, "a line");
	else if (at->epoch == epoch && stage_is_heard(st, port))
		judge_end(st, port, plain);
	else
		st->tally.resets++;
}

static void play_line(struct stage *st, const struct act *a)
{
	struct at_channel *at = stage_channel(st, a->port);

	st->tally.lines++;
	if (can_judge(st, a->port, a)) {
		unsettle(st, a->port);
		play_judged(st, a->port, a);
		return;
	}
	unsettle(st, a->port);
	host_send(&st->host[a->port], a->text, a->len);
	if (at && stage_is_heard(st, a->port) && !run_until_over(st, at))
		never_ends(st, a->port, "a line among others");
	let_arrive(st, &st->host[a->port]);
}

/* --- other acts --------------------------------------------------------------------------------------------------- */

static void play_control(struct stage *st, const struct act *a)
{
	struct buf reply;

	buf_init(&reply, 1 << 20);
	st->tally.controls++;
	if (emu_control(st->emu, a->text, &reply)) {
		st->tally.refused_controls++;
		if (!reply.len)
			broken(st, "control %s: refused without a reason", a->text);
	}
	buf_free(&reply);
}

static void unsettle_all(struct stage *st)
{
	for (int i = 0; i < EMU_PORT_COUNT; i++)
		unsettle(st, (enum emu_port_role)i);
}

static void play_plainly(struct stage *st, const struct act *a)
{
	struct host *h = &st->host[a->port];

	switch (a->kind) {
	case ACT_LINE:
		play_line(st, a);
		break;
	case ACT_SEND:
		unsettle(st, a->port);
		host_send(h, a->text, a->len);
		break;
	case ACT_WAIT:
		pass(st, a->us);
		break;
	case ACT_CONTROL:
		unsettle_all(st);
		play_control(st, a);
		break;
	case ACT_CLOSE:
		unsettle(st, a->port);
		host_leave(h);
		break;
	case ACT_OPEN:
		host_come(h);
		break;
	case ACT_STOP:
		st->has_stopped = true;
		host_stop(h);
		break;
	case ACT_GO:
		unsettle_all(st);
		host_go(h);
		break;
	case ACT_COUNT:
		break;
	}
}

static uint64_t all_bytes(const struct stage *st)
{
	uint64_t n = 0;

	for (int i = 0; i < EMU_PORT_COUNT; i++)
		n += st->host[i].bytes;
	return n;
}

static void check_memory(struct stage *st)
{
	uint64_t now = memory_in_use();
	uint64_t mine = now > st->memory_before ? now - st->memory_before : 0;

	if (mine > st->tally.peak_bytes)
		st->tally.peak_bytes = mine;
	if (mine > PEAK_MAX_BYTES)
		broken(st, "memory grows: %llu bytes", (unsigned long long)mine);
}

bool stage_play(struct stage *st, const struct act *a)
{
	bool dead = stage_is_dead(st);
	uint64_t before = all_bytes(st);

	play_plainly(st, a);
	st->acts++;
	if (dead && stage_is_dead(st) && !st->has_stopped && a->kind != ACT_WAIT && a->kind != ACT_CONTROL && all_bytes(st) != before &&
	    !st->wired)
		broken(st, "a modem without power says something");
	if (st->acts % 16 == 0)
		check_memory(st);
	return !*st->broken;
}

/* --- life --------------------------------------------------------------------------------------------------------- */

static const char world[] =
	"schema: 1\n"
	"hosts:\n"
	"  - match: ftp.test\n"
	"    model: {chain: rsa, ftp: {idle: 20s, files: [{path: /f, bytes: 100000}, {path: /d/x.pem, text: x}]}}\n"
	"  - {match: echo.test, model: {service: echo}}\n"
	"  - {match: tls.test, model: {service: echo, tls: {min: 1.2}, chain: rsa}}\n"
	"  - {match: many.test, model: {service: chargen, limits: {reset_after: 3}}}\n"
	"  - {match: mute.test, model: {service: echo, misbehave: [mute], limits: {window: 100}}}\n";

static struct emu_setup *load(const struct story *s)
{
	const char *quirks[STORY_QUIRKS_MAX];
	char path[] = "/tmp/commands-world-XXXXXX";
	const char *const worlds[] = { path };
	struct emu_setup_options o = {
		.profile = s->profile,
		.worlds = worlds,
		.n_worlds = 1,
		.quirks = quirks,
		.n_quirks = s->n_quirks,
	};
	struct emu_setup *setup = NULL;
	struct err e = { 0 };
	int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	for (size_t i = 0; i < s->n_quirks; i++)
		quirks[i] = s->quirk[i];
	if (f) {
		fputs(world, f);
		fclose(f);
		setup = emu_setup_load(&o, &e);
		remove(path);
	}
	if (!setup) {
		fprintf(stderr, "commands: %s\n", e.msg);
		exit(2);
	}
	return setup;
}

static bool is_last(const struct setups *all, const struct story *s)
{
	return all->last && !strcmp(all->last_profile, s->profile) && all->n_last_quirks == s->n_quirks &&
	       !memcmp(all->last_quirk, s->quirk, s->n_quirks * sizeof(s->quirk[0]));
}

/* Of a revision as it is, or with the quirks of the last story that had some. */
static struct emu_setup *setup_of(struct setups *all, const struct story *s)
{
	size_t i;

	if (!s->n_quirks) {
		for (i = 0; i < SETUPS_MAX - 1 && all->setup[i]; i++) {
			if (!strcmp(emu_setup_profile_name(all->setup[i]), s->profile))
				return all->setup[i];
		}
		emu_setup_free(all->setup[i]);	/* the last place, when all are taken */
		return all->setup[i] = load(s);
	}
	if (is_last(all, s))
		return all->last;
	emu_setup_free(all->last);
	all->last = load(s);
	all->n_last_quirks = s->n_quirks;
	str_copy(all->last_profile, sizeof(all->last_profile), s->profile);
	memcpy(all->last_quirk, s->quirk, sizeof(s->quirk));
	return all->last;
}

void setups_free(struct setups *all)
{
	for (size_t i = 0; i < SETUPS_MAX; i++)
		emu_setup_free(all->setup[i]);
	emu_setup_free(all->last);
	memset(all->setup, 0, sizeof(all->setup));
	all->last = NULL;
}

void stage_open(struct stage *st, const struct story *s, struct setups *setups, bool json)
{
	struct emu_options o = { .baud = s->baud, .cold = s->cold, .seed = s->seed };
	struct err e = { 0 };

	memset(st, 0, sizeof(*st));
	st->story = s;
	st->json = json;
	st->trace = setups->trace;
	st->setup = setup_of(setups, s);
	st->memory_before = memory_in_use();
	st->clock = clock_new_virtual();
	for (int i = 0; i < EMU_PORT_COUNT; i++)
		host_init(&st->host[i]);
	o.setup = st->setup;
	o.clock = st->clock;
	o.port = &st->host[EMU_PORT_UART].port;
	for (int i = EMU_PORT_UART + 1; i < EMU_PORT_COUNT; i++)
		o.more[i] = s->has_port[i] ? &st->host[i].port : NULL;
	st->emu = emu_new(&o, &e);
	if (!st->emu) {
		fprintf(stderr, "commands: %s\n", e.msg);
		exit(2);
	}
	st->wired = st->emu->line[EMU_PORT_UART].port != &st->host[EMU_PORT_UART].port;
	trace_add_sink(emu_trace(st->emu), on_trace, st);
	/* a modem may have said something while it was made */
	st->trace_bytes = st->host[EMU_PORT_UART].bytes;
	st->trace_hash = st->host[EMU_PORT_UART].hash;
}

/* Whatever a port is in the middle of comes to its end by what a host can do. */
static bool come_to_end(struct stage *st, enum emu_port_role port)
{
	struct at_channel *at = stage_channel(st, port);
	struct host *h = &st->host[port];
	char filler[FILLER_BYTES];
	size_t left;

	memset(filler, 'x', sizeof(filler));
	for (int i = 0; i < FILLER_ROUNDS; i++) {
		if (stage_at_prompt(st, port, &left)) {
			host_send(h, left ? filler : "\x1a", !left ? 1 : left < sizeof(filler) ? left : sizeof(filler));
		} else if (at->mode == AT_MODE_DATA) {
			pass(st, 1500000);
			host_send(h, "+++", 3);
			pass(st, 1500000);
		} else if (!run_until_over(st, at)) {
			return false;
		} else if (at->mode == AT_MODE_LINE && at->state == LINE_IDLE) {
			return true;
		}
		pass(st, st->wired ? 10000000 : 1000);
	}
	return false;
}

static void ask(struct stage *st, enum emu_port_role port, const char *line)
{
	host_send(&st->host[port], line, strlen(line));
	if (st->wired)
		pass(st, 5000000);
	run_until_over(st, stage_channel(st, port));
	let_arrive(st, &st->host[port]);
}

/* A supply and a temperature that this modem's limits do not switch off at (AT+CPMVT, AT+CMTE). */
static void be_moderate(struct stage *st)
{
	const struct hw *hw = st->emu->modem->hw;

	guard_set_supply(st->emu->modem->guard, (hw_get(hw, HW_SUPPLY_OFF_LOW_MV) + hw_get(hw, HW_SUPPLY_OFF_HIGH_MV)) / 2);
	guard_set_temperature(st->emu->modem->guard, 25);
}

/* Whatever a modem is in the middle of with its supply, it is on after that. */
static void come_up(struct stage *st)
{
	const struct power *power = st->emu->modem->power;

	be_moderate(st);
	if (power->boot.state != POWER_UP && power->boot.state != POWER_OFF)
		pass(st, 150000000);
	if (power->boot.state == POWER_OFF) {
		play_control(st, &(struct act){ .text = (char *)"power on" });
		pass(st, 150000000);
	}
}

/* Whatever is open or half said on a port comes to its end. */
static bool come_to_rest(struct stage *st, enum emu_port_role port)
{
	/* SABM opens the control channel and CLD closes all down (27.010 5.4.6.3.3) */
	static const char close_down[] = "\xf9\x03\x3f\x01\x1c\xf9\xf9\x03\xef\x05\xc3\x01\xf2\xf9";
	char flags[CUT_FRAME_BYTES];
	struct at_channel *at = stage_channel(st, port);

	memset(flags, 0xf9, sizeof(flags)); /* a frame that was cut ends in them, however long it was to be */
	for (int i = 0; i < 2; i++) { /* half a line may have stood there, and may have been any command */
		const char end[2] = { (char)at->set.s[3], '\0' };

		come_up(st);
		if (port == EMU_PORT_UART && stage_is_multiplexed(st)) {
			host_send(&st->host[port], flags, sizeof(flags));
			host_send(&st->host[port], close_down, sizeof(close_down) - 1);
		}
		if (st->wired)
			pass(st, 1000000);
		if (!come_to_end(st, port))
			return false;
		at_faults_clear(at);
		ask(st, port, end);
	}
	come_up(st);
	return come_to_end(st, port);
}

/* The modem answers AT with OK on a port, whatever happened before. */
static void check_answers(struct stage *st, enum emu_port_role port)
{
	struct at_channel *at = stage_channel(st, port);

	if (!come_to_rest(st, port)) {
		never_ends(st, port, "at the end");
		return;
	}
	at_settings_factory(at);
	at->set.echo = false;
	host_forget(&st->host[port]);
	ask(st, port, "AT\r");
	if (!strstr(buf_str(&st->host[port].seen), "OK\r\n"))
		broken_by(st, port, "no OK to AT at the end");
}

static void check_all_answer(struct stage *st)
{
	static const char *const let_go[] = { "line dtr on", "line rts on", "line pwrkey off", "line reset off" };

	for (size_t i = 0; i < sizeof(let_go) / sizeof(let_go[0]); i++)
		play_control(st, &(struct act){ .text = (char *)let_go[i] });
	for (int i = 0; i < EMU_PORT_COUNT; i++) {
		host_go(&st->host[i]);
		host_come(&st->host[i]);
	}
	pass(st, 100000 + (uint64_t)st->setup->profile->q.sleep_wake_ms * 1000);
	for (int i = 0; i < EMU_PORT_COUNT && !*st->broken; i++) {
		if (stage_channel(st, (enum emu_port_role)i))
			check_answers(st, (enum emu_port_role)i);
	}
}

/* Supply off: silence, and no timer is left once peers have noticed. */
static void check_off(struct stage *st)
{
	uint64_t before;

	play_control(st, &(struct act){ .text = (char *)"power off" });
	before = all_bytes(st);
	pass(st, 1000000000);
	if (all_bytes(st) != before && !st->wired)
		broken(st, "a modem without power says something at the end");
	if (clock_armed(st->clock))
		broken(st, "%u timers are armed without power", clock_armed(st->clock));
}

static void check_trace(struct stage *st)
{
	const struct host *uart = &st->host[EMU_PORT_UART];

	if (st->wired || st->has_stopped || st->emu->mux)
		return;
	if (st->trace_bytes != uart->bytes || st->trace_hash != uart->hash)
		broken(st, "the trace has %llu bytes of the modem, the host %llu", (unsigned long long)st->trace_bytes,
		       (unsigned long long)uart->bytes);
}

static uint64_t stage_hash(const struct stage *st)
{
	uint64_t hash = HASH_START, now = clock_now_us(st->clock);

	for (int i = 0; i < EMU_PORT_COUNT; i++)
		hash = hash_bytes(hash, &st->host[i].hash, sizeof(st->host[i].hash));
	return hash_bytes(hash, &now, sizeof(now));
}

void stage_close(struct stage *st)
{
	st->hash = stage_hash(st);
	if (!*st->broken) {
		unsettle_all(st);
		check_all_answer(st);
	}
	if (!*st->broken) {
		check_off(st);
		check_trace(st);
	}
	emu_free(st->emu);
	for (int i = 0; i < EMU_PORT_COUNT; i++)
		host_free(&st->host[i]);
	clock_free(st->clock);
	st->kept = memory_in_use() > st->memory_before ? memory_in_use() - st->memory_before : 0;
}

bool stage_tell(struct stage *st, const struct story *s, struct setups *setups, bool json)
{
	stage_open(st, s, setups, json);
	for (size_t i = 0; i < s->n && stage_play(st, &s->act[i]); i++)
		;
	stage_close(st);
	if (st->kept)
		broken(st, "memory: %llu bytes are not given back", (unsigned long long)st->kept);
	return !*st->broken;
}
