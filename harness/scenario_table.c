/*
 * The scenario format as tables: every key, its type, where it is stored and what a person should know of it.
 * Reader, JSON schema and render follow these rows; a key that is not here does not exist.
 */
#include "harness/scenario_load.h"

#include <string.h>

#define ARRAY(type, member) .at = offsetof(type, member), .at_n = offsetof(type, n_##member)
#define AT(type, member) .at = offsetof(type, member)

static const char *const stream_words[] = { "modem", "host", "log", "broker", "why", "mux", "ppp", NULL };
static const char *const link_words[] = { "serial", "net", "modem", NULL };
static const char *const toward_words[] = { "modem", "host", "broker", NULL };
static const char *const fault_words[] = {
	"latency", "bandwidth", "slice", "drop",   "corrupt", "duplicate", "stall", "limit", "reset",
	"down",	   "hangup",	"reboot", "urc",   "reply",   "mute",	   "fifo",  NULL
};
static const char *const power_words[] = { "on", "off", "cycle", NULL };
static const char *const line_words[] = { "off", "on", "moved", NULL };
static const char *const judge_words[] = { "all", "claims", NULL };
static const char *const act_words[] = { "stop", "start", "publish", NULL };
static const char *const boot_words[] = { "warm", "cold", NULL };
static const char *const replay_words[] = { "exact", "commands", "urcs", NULL };
static const char *const replay_unknown_words[] = { "fail", "profile", NULL };
const char *const eol_words[] = { "cr", "crlf", "lf", NULL };
const char *const target_words[] = { "emulator", "board", NULL };
const char *const reserved_names[] = { "target", "scenario", "cell", "dir", "port", "scratch", "run.id", "run.seed", NULL };

/* --- patterns ------------------------------------------------------------------------------------------------ */

#define PATTERN_FIELDS(type, member)                                                                                   \
	{ "match", FIELD_REGEX, AT(type, member.text), .grouped = true, .choice = PATTERN_MATCH,                       \
	  .help = "PCRE2 regex on the escaped view of a line" },                                                       \
	{ "text", FIELD_TEXT, AT(type, member.text), .grouped = true, .choice = PATTERN_TEXT,                          \
	  .help = "literal text, nothing in it is special" },                                                          \
	{ "bytes", FIELD_HEX, AT(type, member.text), .grouped = true, .choice = PATTERN_BYTES,                         \
	  .help = "hex digits" },                                                                                      \
	{ "from", FIELD_WORD, AT(type, member.from), .words = stream_words,                                            \
	  .help = "modem: bytes the modem sent; host: bytes the firmware sent; log: what the firmware printed; "       \
		  "broker: what the broker saw; why: the emulator's explanations; mux, ppp: what the modem said in frames" }

static const struct field pattern_fields[] = { PATTERN_FIELDS(struct { struct pattern p; }, p), { 0 } };

static const struct table table_pattern = {
	.name = "pattern", .fields = pattern_fields, .size = sizeof(struct pattern),
	.has_place = true, .place = offsetof(struct pattern, place),
	.has_choice = true, .choice = offsetof(struct pattern, kind),
};

static const struct field expect_fields[] = {
	PATTERN_FIELDS(struct expect, pattern),
	{ "within", FIELD_DURATION, AT(struct expect, within_us), .help = "window of this expectation" },
	{ "count", FIELD_INT, AT(struct expect, count), .narrow = true, .min = 1, .max = 100000, .help = "times to be seen" },
	{ "save", FIELD_SAVES, ARRAY(struct expect, saves), .help = "name: group; later ${name}" },
	{ 0 },
};

static int finish_expect(struct reader *r, const struct yml_node *n, void *obj)
{
	struct expect *x = obj;

	x->place = x->pattern.place;
	if (!x->within_us)
		x->within_us = r->within_us;
	if (x->n_saves && x->pattern.kind != PATTERN_MATCH)
		return yml_error(yml_get(n, "save"), r->e, "save needs match: there are no groups in text or bytes");
	return 0;
}

static const struct expect expect_initial = { .count = 1 };

static const struct table table_expect_plain = {
	.name = "expect_plain", .fields = expect_fields, .size = sizeof(struct expect), .initial = &expect_initial,
	.shorthand = "match", .has_place = true, .place = offsetof(struct expect, pattern.place),
	.has_choice = true, .choice = offsetof(struct expect, pattern.kind), .finish = finish_expect,
};

static const struct field any_order_fields[] = {
	{ "any_order", FIELD_LIST, AT(struct expect, any_order), .at_n = offsetof(struct expect, n_any_order),
	  .table = &table_expect_plain, .required = true, .min = 2, .help = "all of these, in any order" },
	{ 0 },
};

const struct table table_any_order = {
	.name = "any_order", .fields = any_order_fields, .size = sizeof(struct expect), .initial = &expect_initial,
	.has_place = true, .place = offsetof(struct expect, place),
};

const struct table table_expect = {
	.name = "expect", .fields = expect_fields, .size = sizeof(struct expect), .initial = &expect_initial,
	.shorthand = "match", .has_place = true, .place = offsetof(struct expect, pattern.place),
	.has_choice = true, .choice = offsetof(struct expect, pattern.kind), .finish = finish_expect,
	.other = &table_any_order, .other_key = "any_order",
};

static const struct field claim_fields[] = {
	PATTERN_FIELDS(struct claim, pattern),
	{ "note", FIELD_TEXT, AT(struct claim, note), .help = "shown when the claim does not hold" },
	{ "at_least", FIELD_INT, AT(struct claim, at_least), .min = 0, .max = 1000000, .help = "lines that match" },
	{ "at_most", FIELD_INT, AT(struct claim, at_most), .min = 0, .max = 1000000, .help = "lines that match" },
	{ "in_a_row", FIELD_INT, AT(struct claim, in_a_row), .min = 1, .max = 1000000,
	  .help = "of the lines that match, so many that read the same at most, one after another" },
	{ "last_of", FIELD_REGEX, AT(struct claim, last_of),
	  .help = "of the lines this matches, the last one must match the claim" },
	{ 0 },
};

static int finish_claim(struct reader *r, const struct yml_node *n, void *obj)
{
	struct claim *c = obj;

	if (c->at_least < 0)
		c->at_least = yml_get(n, "at_most") || yml_get(n, "last_of") || yml_get(n, "in_a_row") ? 0 : 1;
	if (c->at_most >= 0 && c->at_most < c->at_least)
		return yml_error(yml_get(n, "at_most"), r->e, "at_most is less than at_least");
	return 0;
}

static const struct claim claim_initial = { .at_least = -1, .at_most = -1, .in_a_row = -1 };

static const struct table table_claim = {
	.name = "claim", .fields = claim_fields, .size = sizeof(struct claim), .initial = &claim_initial,
	.has_place = true, .place = offsetof(struct claim, pattern.place),
	.has_choice = true, .choice = offsetof(struct claim, pattern.kind), .finish = finish_claim,
};

/* --- faults -------------------------------------------------------------------------------------------------- */

static const struct field trigger_fields[] = {
	{ "match", FIELD_REGEX, AT(struct trigger, match), .help = "begins when this passes" },
	{ "from", FIELD_WORD, AT(struct trigger, from), .words = stream_words, .only_with = "match",
	  .help = "stream of match; host unless given" },
	{ "nth", FIELD_INT, AT(struct trigger, nth), .min = 1, .max = 1000000, .only_with = "match",
	  .help = "which match" },
	{ "offset", FIELD_INT, AT(struct trigger, offset), .min = 0, .max = 1000000000,
	  .help = "bytes in the fault's direction, after the match when there is one" },
	{ "after", FIELD_DURATION, AT(struct trigger, after_us), .help = "time after the match or the step's beginning" },
	{ 0 },
};

static const struct trigger trigger_initial = { .from = STREAM_HOST, .nth = 1, .offset = -1 };

static const struct table table_trigger = {
	.name = "trigger", .fields = trigger_fields, .size = sizeof(struct trigger), .initial = &trigger_initial,
	.has_place = true, .place = offsetof(struct trigger, place), .not_empty = true,
};

static const struct field fault_fields[] = {
	{ "id", FIELD_NAME, AT(struct fault, id), .help = "for clear and reports" },
	{ "do", FIELD_WORD, AT(struct fault, kind), .words = fault_words, .required = true, .help = "what happens" },
	{ "link", FIELD_WORD, AT(struct fault, link), .words = link_words, .help = "deduced from do unless given" },
	{ "toward", FIELD_WORD, AT(struct fault, toward), .words = toward_words, .help = "direction; serial: host unless given; net: modem unless given" },
	{ "bytes", FIELD_INT, AT(struct fault, bytes), .min = 1, .max = 1000000000, .help = "how many" },
	{ "rate", FIELD_INT, AT(struct fault, rate), .min = 1, .max = 1000000000, .help = "bytes a second" },
	{ "gap", FIELD_DURATION, AT(struct fault, gap_us), .help = "between two slices" },
	{ "delay", FIELD_DURATION, AT(struct fault, delay_us), .help = "latency" },
	{ "jitter", FIELD_DURATION, AT(struct fault, jitter_us), .help = "random part of the latency" },
	{ "hold", FIELD_DURATION, AT(struct fault, hold_us), .help = "how long it lasts; unless given until clear, reset for a moment" },
	{ "text", FIELD_ESCAPED, AT(struct fault, text), .help = "of urc and reply" },
	{ "trigger", FIELD_OBJECT, AT(struct fault, trigger), .table = &table_trigger, .help = "when it begins" },
	{ "times", FIELD_INT, AT(struct fault, times), .min = 1, .max = 1000000, .help = "how often" },
	{ "chance", FIELD_CHANCE, AT(struct fault, chance), .help = "per occasion, 0 < chance <= 1; seeded" },
	{ "maybe", FIELD_BOOL, AT(struct fault, maybe), .help = "true: it is fine when it never fires" },
	{ 0 },
};

/* What each fault takes beside id, do, link, toward, trigger, times and chance, and what it cannot do without. */
static const struct {
	const char *takes[3];
	const char *needs;
	enum fault_link link;
	bool on_net, once;
} fault_rules[] = {
	[FAULT_LATENCY] = { { "delay", "jitter" }, "delay", FAULT_LINK_SERIAL, true, false },
	[FAULT_BANDWIDTH] = { { "rate" }, "rate", FAULT_LINK_SERIAL, true, false },
	[FAULT_SLICE] = { { "bytes", "gap" }, "bytes", FAULT_LINK_SERIAL, true, false },
	[FAULT_DROP] = { { "bytes" }, NULL, FAULT_LINK_SERIAL, true, true },
	[FAULT_CORRUPT] = { { "bytes" }, NULL, FAULT_LINK_SERIAL, true, true },
	[FAULT_DUPLICATE] = { { "bytes" }, NULL, FAULT_LINK_SERIAL, false, true },
	[FAULT_STALL] = { { "hold" }, NULL, FAULT_LINK_SERIAL, true, true },
	[FAULT_LIMIT] = { { "bytes" }, "bytes", FAULT_LINK_NET, true, true },
	[FAULT_RESET] = { { "hold" }, NULL, FAULT_LINK_NET, true, true },
	[FAULT_DOWN] = { { "hold" }, NULL, FAULT_LINK_NET, true, true },
	[FAULT_HANGUP] = { { "hold" }, NULL, FAULT_LINK_SERIAL, false, true },
	[FAULT_REBOOT] = { { NULL }, NULL, FAULT_LINK_MODEM, false, true },
	[FAULT_URC] = { { "text" }, "text", FAULT_LINK_MODEM, false, true },
	[FAULT_REPLY] = { { "text" }, "text", FAULT_LINK_MODEM, false, true },
	[FAULT_MUTE] = { { "hold" }, NULL, FAULT_LINK_MODEM, false, true },
	[FAULT_FIFO] = { { "bytes", "rate" }, "rate", FAULT_LINK_SERIAL, false, false },
};

static const char *const fault_parameters[] = { "bytes", "rate", "gap", "delay", "jitter", "hold", "text", NULL };

static bool fault_takes(enum fault_kind kind, const char *key)
{
	for (size_t i = 0; i < 3 && fault_rules[kind].takes[i]; i++) {
		if (!strcmp(fault_rules[kind].takes[i], key))
			return true;
	}
	return false;
}

static int check_fault_keys(struct reader *r, const struct yml_node *n, enum fault_kind kind)
{
	for (size_t i = 0; fault_parameters[i]; i++) {
		const struct yml_node *value = yml_get(n, fault_parameters[i]);

		if (value && !fault_takes(kind, fault_parameters[i]))
			return yml_error(value, r->e, "'%s' means nothing to do: %s", fault_parameters[i],
					 fault_words[kind]);
	}
	if (fault_rules[kind].needs && !yml_get(n, fault_rules[kind].needs))
		return yml_error(n, r->e, "do: %s needs '%s'", fault_words[kind], fault_rules[kind].needs);
	return 0;
}

static int check_fault_link(struct reader *r, const struct yml_node *n, struct fault *f)
{
	const struct yml_node *link = yml_get(n, "link");

	if (!link)
		f->link = fault_rules[f->kind].link;
	if (f->link == fault_rules[f->kind].link || (f->link == FAULT_LINK_NET && fault_rules[f->kind].on_net))
		return 0;
	return yml_error(link, r->e, "do: %s cannot be on link: %s", fault_words[f->kind], link_words[f->link]);
}

/* Each line has two ends: serial host and modem, net modem and broker. */
static int check_fault_toward(struct reader *r, const struct yml_node *n, struct fault *f)
{
	const struct yml_node *toward = yml_get(n, "toward");
	enum fault_toward never = f->link == FAULT_LINK_NET ? TOWARD_HOST : TOWARD_BROKER;

	if (!toward)
		f->toward = f->link == FAULT_LINK_NET ? TOWARD_MODEM : TOWARD_HOST;
	if (f->toward != never)
		return 0;
	return yml_error(toward, r->e, "toward: %s is not an end of link: %s", toward_words[f->toward],
			 link_words[f->link]);
}

static int finish_fault(struct reader *r, const struct yml_node *n, void *obj)
{
	struct fault *f = obj;

	if (r->lenient)
		return 0;
	if (check_fault_keys(r, n, f->kind) || check_fault_link(r, n, f) ||
	    check_fault_toward(r, n, f))
		return -1;
	if (f->kind == FAULT_REPLY && !f->trigger.match)
		return yml_error(n, r->e, "do: reply needs 'trigger: {match: ...}', the command it answers");
	if (!f->bytes && f->kind == FAULT_FIFO)
		f->bytes = 256;
	if (!f->bytes && fault_takes(f->kind, "bytes"))
		f->bytes = 1;
	if (f->times < 0)
		f->times = fault_rules[f->kind].once ? 1 : 0;
	return 0;
}

static const struct fault fault_initial = {
	.toward = TOWARD_HOST, .times = -1, .chance = 1, .trigger = { .from = STREAM_HOST, .nth = 1, .offset = -1 },
};

static const struct table table_fault = {
	.name = "fault", .fields = fault_fields, .size = sizeof(struct fault), .initial = &fault_initial,
	.has_place = true, .place = offsetof(struct fault, place), .finish = finish_fault,
};

/* --- steps --------------------------------------------------------------------------------------------------- */

static const struct field received_fields[] = {
	{ "from", FIELD_WORD, AT(struct received, from), .words = stream_words, .help = "modem unless given" },
	{ "since", FIELD_NAME, AT(struct received, since), .help = "id of the step that begins the count" },
	{ "min", FIELD_INT, AT(struct received, min), .min = 0, .max = 1000000000 },
	{ "max", FIELD_INT, AT(struct received, max), .min = 0, .max = 1000000000 },
	{ 0 },
};

static const struct received received_initial = { .max = -1 };

static const struct table table_received = {
	.name = "received", .fields = received_fields, .size = sizeof(struct received), .initial = &received_initial,
	.has_place = true, .place = offsetof(struct received, place), .not_empty = true,
};

#define LINE(key_, type, member, words_, help_) \
	{ key_, FIELD_WORD, AT(type, member), .words = words_, .help = help_ }

static const char *const level_words[] = { "off", "on", NULL };

static const struct field line_fields[] = {
	LINE("dtr", struct line_act, to[SERIAL_LINE_DTR], level_words, "the host is there (on) or not"),
	LINE("rts", struct line_act, to[SERIAL_LINE_RTS], level_words, "the host takes bytes (on) or not"),
	LINE("pwrkey", struct line_act, to[SERIAL_LINE_PWRKEY], level_words, "on: pressed"),
	LINE("reset", struct line_act, to[SERIAL_LINE_RESET], level_words, "on: pressed"),
	{ "for", FIELD_DURATION, AT(struct line_act, for_us), .help = "so long, then the other way round" },
	{ 0 },
};

static const struct line_act line_initial = { .to = { -1, -1, -1, -1 } };

static int finish_line(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct line_act *a = obj;

	for (int i = 0; i < SERIAL_LINES_IN; i++) {
		if (a->to[i] >= 0)
			return 0;
	}
	return r->lenient ? 0 : yml_error(n, r->e, "line needs at least one of dtr, rts, pwrkey, reset");
}

static const struct table table_line = {
	.name = "line_act", .fields = line_fields, .size = sizeof(struct line_act), .initial = &line_initial,
	.has_place = true, .place = offsetof(struct line_act, place), .not_empty = true, .finish = finish_line,
};

#define IS(line) is[line - SERIAL_LINES_IN]
static const struct field check_lines_fields[] = {
	LINE("cts", struct check_lines, IS(SERIAL_LINE_CTS), line_words, "the modem takes bytes"),
	LINE("dsr", struct check_lines, IS(SERIAL_LINE_DSR), line_words, "the modem is there"),
	LINE("dcd", struct check_lines, IS(SERIAL_LINE_DCD), line_words, "a call stands"),
	LINE("ri", struct check_lines, IS(SERIAL_LINE_RI), line_words,
	     "the modem rings; moved: it did since the last step that was more than looking"),
	{ "within", FIELD_DURATION, AT(struct check_lines, within_us), .help = "1s unless given" },
	{ 0 },
};

static const struct check_lines check_lines_initial = { .is = { -1, -1, -1, -1 }, .within_us = 1000000 };

static const struct table table_check_lines = {
	.name = "check_lines", .fields = check_lines_fields, .size = sizeof(struct check_lines),
	.initial = &check_lines_initial, .has_place = true, .place = offsetof(struct check_lines, place), .not_empty = true,
};

static const struct field check_fields[] = {
	{ "exit", FIELD_INT, AT(struct check, exit), .at_n = offsetof(struct check, has_exit), .min = 0, .max = 255,
	  .help = "exit status of the last client" },
	{ "took_under", FIELD_DURATION, AT(struct check, took_under_us), .help = "time of the step before" },
	{ "equal", FIELD_TWO, AT(struct check, equal), .help = "two texts that must be the same" },
	{ "received", FIELD_OBJECT, AT(struct check, received), .table = &table_received,
	  .help = "how many bytes a stream brought" },
	{ "lines", FIELD_OBJECT, AT(struct check, lines), .table = &table_check_lines,
	  .help = "lines beside the data, as the modem drives them" },
	{ 0 },
};

static const struct table table_check = {
	.name = "check", .fields = check_fields, .size = sizeof(struct check),
	.has_place = true, .place = offsetof(struct check, place), .not_empty = true,
};

static const struct field act_fields[] = {
	{ "name", FIELD_TEXT, AT(struct server_act, name), .required = true, .help = "of the fixture" },
	{ "do", FIELD_WORD, AT(struct server_act, act), .words = act_words, .required = true,
	  .help = "stop: its program is killed; start: it comes back on the same port; publish: as another client" },
	{ "topic", FIELD_TEXT, AT(struct server_act, topic), .help = "of publish" },
	{ "text", FIELD_TEXT, AT(struct server_act, text), .only_with = "topic", .help = "of publish" },
	{ "qos", FIELD_INT, AT(struct server_act, qos), .min = 0, .max = 2, .only_with = "topic", .help = "of publish" },
	{ "retain", FIELD_BOOL, AT(struct server_act, retain), .only_with = "topic", .help = "of publish" },
	{ 0 },
};

static int finish_act(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct server_act *a = obj;

	if (a->act == SERVER_PUBLISH && (!a->topic || !a->text))
		return yml_error(n, r->e, "do: publish needs 'topic' and 'text'");
	if (a->act != SERVER_PUBLISH && a->topic)
		return yml_error(yml_get(n, "topic"), r->e, "'topic' means nothing to do: %s", act_words[a->act]);
	if (a->topic && strpbrk(a->topic, " +#"))
		return yml_error(yml_get(n, "topic"), r->e, "'%s' is no topic to publish to: no blanks, no + and #", a->topic);
	return 0;
}

static const struct table table_act = {
	.name = "server_act", .fields = act_fields, .size = sizeof(struct server_act),
	.has_place = true, .place = offsetof(struct server_act, place), .finish = finish_act,
};

static const char *const mux_frame_words[] = { "sabm", "disc", "ua", "dm", NULL };

static const struct field mux_fields[] = {
	{ "dlci", FIELD_INT, AT(struct mux_act, dlci), .min = 0, .max = 63, .required = true, .help = "the channel; 0 is the control channel" },
	{ "send", FIELD_ESCAPED, AT(struct mux_act, send), .help = "octets in a UIH frame: \\r \\n \\xNN" },
	{ "frame", FIELD_WORD, AT(struct mux_act, frame), .words = mux_frame_words, .not_with = "send", .help = "a frame without octets" },
	{ 0 },
};

static int finish_mux(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct mux_act *a = obj;

	return a->send || a->frame >= 0 ? 0 : yml_error(n, r->e, "mux needs 'send' or 'frame'");
}

static const struct mux_act mux_initial = { .frame = -1 };

static const struct table table_mux = {
	.name = "mux", .fields = mux_fields, .size = sizeof(struct mux_act), .initial = &mux_initial,
	.has_place = true, .place = offsetof(struct mux_act, place), .finish = finish_mux,
};

static const char *const ppp_ack_words[] = { "lcp", "ipcp", NULL };

static const struct field ppp_fields[] = {
	{ "send", FIELD_TEXT, AT(struct ppp_act, send), .help = "a packet in hex, its protocol first: c021 0101 0004" },
	{ "ack", FIELD_WORD, AT(struct ppp_act, ack), .words = ppp_ack_words, .not_with = "send",
	  .help = "acknowledges the modem's newest Configure-Request" },
	{ 0 },
};

static int finish_ppp(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct ppp_act *a = obj;

	return a->send || a->ack >= 0 ? 0 : yml_error(n, r->e, "ppp needs 'send' or 'ack'");
}

static const struct ppp_act ppp_initial = { .ack = -1 };

static const struct table table_ppp = {
	.name = "ppp", .fields = ppp_fields, .size = sizeof(struct ppp_act), .initial = &ppp_initial,
	.has_place = true, .place = offsetof(struct ppp_act, place), .finish = finish_ppp,
};

static const struct field program_fields[] = {
	{ "run", FIELD_TEXTS, AT(struct program_setup, run), .at_n = offsetof(struct program_setup, n_run), .required = true,
	  .help = "program and arguments; ${port} is the modem, ${scratch} the cell's folder, where it starts" },
	{ "files", FIELD_VALUES, AT(struct program_setup, files), .at_n = offsetof(struct program_setup, n_files),
	  .help = "name: text; written to the folder first" },
	{ "terminal", FIELD_BOOL, AT(struct program_setup, terminal), .help = "it is started at a terminal, for type" },
	{ "background", FIELD_BOOL, AT(struct program_setup, background), .help = "go on while the program runs" },
	{ "exit", FIELD_INT, AT(struct program_setup, exit), .min = 0, .max = 255,
	  .help = "status it must end with, 0 unless given; in the background nobody looks" },
	{ 0 },
};

/* A file lies in the folder itself. */
static int finish_program(struct reader *r, const struct yml_node *n, void *obj)
{
	const struct program_setup *p = obj;
	const struct yml_node *files = yml_get(n, "files");

	for (size_t i = 0; i < p->n_files; i++) {
		if (!file_name_is_good(p->files[i].name))
			return yml_error(yml_key(files, i), r->e, "'%s' is no name of a file: letters, digits, '.', '-' and '_'",
					 p->files[i].name);
	}
	return 0;
}

static const struct table table_program_step = {
	.name = "program_step", .fields = program_fields, .size = sizeof(struct program_setup),
	.has_place = true, .place = offsetof(struct program_setup, place), .finish = finish_program,
};

#define ACTION(key_, type_, member, kind_)                                                                             \
	key_, type_, AT(struct step, member), .grouped = true, .choice = kind_

static const struct field step_fields[] = {
	{ "id", FIELD_NAME, AT(struct step, id), .help = "names a place for xfail and reports" },
	{ "note", FIELD_TEXT, AT(struct step, note), .help = "shown when the step fails" },
	{ "when", FIELD_WHEN, AT(struct step, applies), .help = "cells in which the step takes place" },
	{ ACTION("at", FIELD_TEXT, text, STEP_AT), .help = "a command; waits for its final result" },
	{ "result", FIELD_REGEX, AT(struct step, result), .only_with = "at",
	  .help = "regex for the whole final line; OK unless given; 'any' takes all; '>' a prompt" },
	{ ACTION("send", FIELD_ESCAPED, text, STEP_SEND), .help = "raw bytes: \\r \\n \\t \\e \\0 \\\\ \\xNN" },
	{ ACTION("send_file", FIELD_PATH, path, STEP_SEND), .help = "the bytes of a file" },
	{ ACTION("mux", FIELD_POINTER, mux, STEP_MUX), .table = &table_mux, .help = "a frame on a multiplexed line (AT+CMUX)" },
	{ ACTION("ppp", FIELD_POINTER, ppp, STEP_PPP), .table = &table_ppp, .help = "a packet in a frame of PPP (after CONNECT)" },
	{ ACTION("client", FIELD_TEXTS, args, STEP_CLIENT), .at_n = offsetof(struct step, n_args),
	  .help = "runs the firmware under test with these arguments" },
	{ "background", FIELD_BOOL, AT(struct step, background), .only_with = "client",
	  .help = "go on while the client runs" },
	{ ACTION("program", FIELD_POINTER, program, STEP_PROGRAM), .table = &table_program_step,
	  .help = "runs any program on the host's end of the line" },
	{ ACTION("type", FIELD_ESCAPED, text, STEP_TYPE), .help = "keys at the terminal of the program that runs" },
	{ ACTION("inject", FIELD_POINTER, fault, STEP_INJECT), .table = &table_fault, .help = "a fault begins here" },
	{ ACTION("clear", FIELD_NAME, text, STEP_CLEAR), .help = "id of the fault that ends here" },
	{ ACTION("power", FIELD_WORD, power, STEP_POWER), .words = power_words },
	{ ACTION("line", FIELD_POINTER, line, STEP_LINE), .table = &table_line, .help = "lines beside the data" },
	{ ACTION("baud", FIELD_INT, baud, STEP_BAUD), .min = 300, .max = 4000000,
	  .help = "the host's speed from now on, after AT+IPR" },
	{ ACTION("control", FIELD_TEXT, text, STEP_CONTROL), .help = "a line of the emulator's control language" },
	{ ACTION("server", FIELD_POINTER, server, STEP_SERVER), .table = &table_act, .help = "something is done to a fixture" },
	{ ACTION("check", FIELD_POINTER, check, STEP_CHECK), .table = &table_check, .help = "what no stream shows" },
	{ ACTION("wait", FIELD_DURATION, duration_us, STEP_WAIT), .not_with = "quiet", .help = "a pause; prefer expect" },
	{ "quiet", FIELD_DURATION, AT(struct step, duration_us), .stands_in = true, .choice = STEP_QUIET,
	  .help = "nothing may come for so long; with an action or expect: after it" },
	{ "from", FIELD_WORD, AT(struct step, from), .words = stream_words, .only_with = "quiet",
	  .help = "stream that has to be quiet" },
	{ "expect", FIELD_ONE_OR_LIST, ARRAY(struct step, expects), .table = &table_expect, .min = 1,
	  .stands_in = true, .choice = STEP_EXPECT,
	  .help = "seen in this order, from the step's beginning" },
	{ "never", FIELD_LIST, ARRAY(struct step, nevers), .table = &table_pattern, .min = 1,
	  .help = "must not come during the step" },
	{ "timeout", FIELD_DURATION, AT(struct step, timeout_us), .help = "bounds the sum of the step's windows" },
	{ 0 },
};

static const struct step step_initial = { .applies = true };

const struct table table_step = {
	.name = "step", .fields = step_fields, .size = sizeof(struct raw_step), .initial = &step_initial,
	.initial_size = sizeof(step_initial),
	.has_place = true, .place = offsetof(struct step, place),
	.has_choice = true, .choice = offsetof(struct step, kind),
	.other = &table_use, .other_key = "use",
};

static const struct field use_fields[] = {
	{ "id", FIELD_NAME, AT(struct raw_step, s.id), .help = "comes before the ids of the list: id/step" },
	{ "note", FIELD_TEXT, AT(struct raw_step, s.note) },
	{ "when", FIELD_WHEN, AT(struct raw_step, s.applies), .help = "cells in which the steps take place" },
	{ "use", FIELD_NAME, AT(struct raw_step, use), .required = true, .help = "a step list of an included file" },
	{ "with", FIELD_VALUES, ARRAY(struct raw_step, with), .help = "values of its parameters" },
	{ 0 },
};

const struct table table_use = {
	.name = "use", .fields = use_fields, .size = sizeof(struct raw_step), .initial = &step_initial,
	.initial_size = sizeof(step_initial),
	.has_place = true, .place = offsetof(struct raw_step, s.place),
};

/* --- the modem ----------------------------------------------------------------------------------------------- */

static const struct field replay_fields[] = {
	{ "log", FIELD_PATH, AT(struct replay, log), .required = true, .help = "recorded wire log (JSONL)" },
	{ "sha256", FIELD_TEXT, AT(struct replay, sha256), .help = "of the log" },
	{ "timing", FIELD_TEXT, AT(struct replay, timing), .help = "recorded, fast or 4x" },
	{ "match", FIELD_WORD, AT(struct replay, match), .words = replay_words,
	  .help = "exact: bytes; commands: in order, spacing free; urcs: only what the modem said unasked" },
	{ "unknown", FIELD_SWITCH, AT(struct replay, unknown_profile), .words = replay_unknown_words,
	  .help = "a command that is not in the log" },
	{ "must_finish", FIELD_BOOL, AT(struct replay, must_finish), .help = "left-over exchanges fail" },
	{ "redacted", FIELD_TEXTS, ARRAY(struct replay, redacted), .help = "kinds of values that were replaced" },
	{ 0 },
};

static const struct replay replay_initial = { .timing = "fast", .match = REPLAY_COMMANDS };

static const struct table table_replay = {
	.name = "replay", .fields = replay_fields, .size = sizeof(struct replay), .initial = &replay_initial,
	.has_place = true, .place = offsetof(struct replay, place),
};

static const struct field modem_fields[] = {
	{ "profile", FIELD_TEXT, AT(struct modem_setup, profile), .help = "revision: a built-in name or a file" },
	{ "seed", FIELD_SEED, AT(struct modem_setup, seed), .at_n = offsetof(struct modem_setup, has_seed),
	  .help = "faults and jitter repeat; the run's seed unless given" },
	{ "baud", FIELD_INT, AT(struct modem_setup, baud), .min = 300, .max = 4000000,
	  .help = "line pacing in both directions; none unless given" },
	{ "boot", FIELD_SWITCH, AT(struct modem_setup, cold), .words = boot_words,
	  .help = "warm: booted and registered; cold: silence, then RDY ... PB DONE" },
	{ "quirks", FIELD_QUIRKS, ARRAY(struct modem_setup, quirks), .help = "on top of the profile" },
	{ "world", FIELD_PATHS, ARRAY(struct modem_setup, worlds), .help = "world files, first match wins" },
	{ "faults", FIELD_LIST, ARRAY(struct modem_setup, faults), .table = &table_fault, .min = 1,
	  .help = "in force from the start" },
	{ "replay", FIELD_OBJECT, AT(struct modem_setup, replay), .table = &table_replay,
	  .help = "a recorded log drives the modem's side" },
	{ 0 },
};

static const struct table table_modem = {
	.name = "modem", .fields = modem_fields, .size = sizeof(struct modem_setup),
	.has_place = true, .place = offsetof(struct modem_setup, place),
};

/* --- expected outcomes --------------------------------------------------------------------------------------- */

static const struct field skip_fields[] = {
	{ "when", FIELD_WHEN, AT(struct raw_skip, holds) },
	{ "reason", FIELD_TEXT, AT(struct raw_skip, reason), .required = true },
	{ 0 },
};
static const struct raw_skip skip_initial = { .holds = true };
static const struct table table_skip = {
	.name = "skip", .fields = skip_fields, .size = sizeof(struct raw_skip), .initial = &skip_initial,
};

static const struct field xfail_fields[] = {
	{ "when", FIELD_WHEN, AT(struct raw_xfail, holds) },
	{ "step", FIELD_TEXT, AT(struct xfail, step), .help = "id of the step that fails" },
	{ "match", FIELD_REGEX, AT(struct xfail, match), .help = "on the failure text; another failure is a FAIL" },
	{ "reason", FIELD_TEXT, AT(struct xfail, reason), .required = true },
	{ "ref", FIELD_TEXT, AT(struct xfail, ref) },
	{ "strict", FIELD_BOOL, AT(struct xfail, strict), .help = "true: an unexpected pass fails" },
	{ 0 },
};
static const struct raw_xfail xfail_initial = { .holds = true, .x = { .strict = true } };
static const struct table table_xfail = {
	.name = "xfail", .fields = xfail_fields, .size = sizeof(struct raw_xfail), .initial = &xfail_initial,
	.has_place = true, .place = offsetof(struct xfail, place),
};

static const struct field flaky_fields[] = {
	{ "when", FIELD_WHEN, AT(struct raw_flaky, holds) },
	{ "retries", FIELD_INT, AT(struct raw_flaky, retries), .min = 1, .max = 5, .required = true },
	{ "reason", FIELD_TEXT, AT(struct raw_flaky, reason), .required = true },
	{ "ref", FIELD_TEXT, AT(struct raw_flaky, ref) },
	{ 0 },
};
static const struct raw_flaky flaky_initial = { .holds = true };
static const struct table table_flaky = {
	.name = "flaky", .fields = flaky_fields, .size = sizeof(struct raw_flaky), .initial = &flaky_initial,
};

/* --- the file ------------------------------------------------------------------------------------------------ */

static const struct field defaults_fields[] = {
	{ "within", FIELD_DURATION, AT(struct raw_defaults, within_us), .help = "10s unless given" },
	{ "eol", FIELD_WORD, AT(struct raw_defaults, eol), .words = eol_words, .help = "added to at; cr unless given" },
	{ 0 },
};
static const struct table table_defaults = {
	.name = "defaults", .fields = defaults_fields, .size = sizeof(struct raw_defaults),
};

#define OF_FILE .of_file = true

static const struct field scenario_fields[] = {
	{ "schema", FIELD_SHAPE, .shape = "version", .required = true, OF_FILE, .help = "1" },
	{ "name", FIELD_NAME, AT(struct scenario, name), .plain = true, .required = true, OF_FILE, .help = "the id in reports" },
	{ "summary", FIELD_TEXT, AT(struct scenario, summary), .required = true, .max = 140, OF_FILE },
	{ "refs", FIELD_TEXTS, ARRAY(struct scenario, refs), OF_FILE, .help = "field reports and evidence" },
	{ "tags", FIELD_NAMES, ARRAY(struct scenario, tags), OF_FILE, .help = "for --tags" },
	{ "targets", FIELD_BITS, AT(struct scenario, targets), .words = target_words, OF_FILE,
	  .help = "where it can run; both unless given" },
	{ "needs", FIELD_NAMES, ARRAY(struct scenario, needs), OF_FILE, .help = "what the machine or board must have" },
	{ "timeout", FIELD_DURATION, AT(struct cell, timeout_us), .help = "whole cell; 5m unless given" },
	{ "judge", FIELD_WORD, AT(struct cell, judge), .words = judge_words,
	  .help = "what decides: all, or claims alone: steps that fail are passed over, never is not looked at" },
	{ "defaults", FIELD_OBJECT, AT(struct raw_cell, defaults), .table = &table_defaults },
	{ "include", FIELD_SHAPE, .shape = "include", .help = "files of step lists for use" },
	{ "matrix", FIELD_SHAPE, .shape = "matrix", .help = "rows: these and only these; other keys: axes that multiply" },
	{ "exclude", FIELD_SHAPE, .shape = "exclude", .help = "cells that make no sense" },
	{ "vars", FIELD_SHAPE, .shape = "vars", .help = "name: value, or a list whose first entry that holds wins" },
	{ "fixtures", FIELD_SHAPE, .shape = "fixtures", .help = "started before, stopped after" },
	{ "modem", FIELD_OBJECT, AT(struct cell, modem), .table = &table_modem },
	{ "never", FIELD_LIST, .at = offsetof(struct cell, nevers), .at_n = offsetof(struct cell, n_nevers),
	  .table = &table_pattern, .min = 1, .help = "must not come during the whole cell" },
	{ "always", FIELD_LIST, ARRAY(struct cell, always), .table = &table_claim, .min = 1,
	  .help = "claims that hold at the end of every run, also under faults" },
	{ "steps", FIELD_STEPS, ARRAY(struct cell, steps), .required = true, .min = 1 },
	{ "finally", FIELD_STEPS, ARRAY(struct cell, finally), .min = 1, .help = "always run, in order" },
	{ "skip", FIELD_LIST, ARRAY(struct raw_cell, skips), .table = &table_skip, .min = 1 },
	{ "xfail", FIELD_LIST, ARRAY(struct raw_cell, xfails), .table = &table_xfail, .min = 1 },
	{ "flaky", FIELD_OBJECT, AT(struct raw_cell, flaky), .table = &table_flaky },
	{ 0 },
};

const struct table table_scenario = {
	.name = "scenario", .fields = scenario_fields, .size = sizeof(struct raw_cell), .has_place = false,
};

static const struct field library_fields[] = {
	{ "schema", FIELD_SHAPE, .shape = "version", .required = true, OF_FILE },
	{ "summary", FIELD_TEXT, AT(struct scenario, summary), .max = 140, OF_FILE },
	{ "steps", FIELD_SHAPE, .shape = "lists", .required = true, OF_FILE },
	{ 0 },
};

/* What include: names: step lists and nothing else. */
const struct table table_library = { .name = "library", .fields = library_fields, .size = sizeof(struct scenario) };

const char *stream_name(enum stream_id id)
{
	return stream_words[id];
}

const char *fault_name(enum fault_kind kind)
{
	return fault_words[kind];
}

const char *step_kind_name(enum step_kind kind)
{
	for (const struct field *f = step_fields; f->key; f++) {
		if ((f->grouped || f->stands_in) && f->choice == (int)kind)
			return f->key;
	}
	return "";
}
