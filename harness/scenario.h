/*
 * The typed scenario: what a file says (struct scenario) and what one run of it does (struct cell). A cell is complete:
 * matrix, vars, when, include and use are worked out at load time, so that its steps are a flat list to walk.
 *
 * Texts marked "template" may still hold ${name} of run time (fixtures, saved values, run.*) and $$ for a dollar:
 * give them to vars_expand() before use. Everything belongs to its scenario and lives until scenario_free().
 */
#ifndef HARNESS_SCENARIO_H
#define HARNESS_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/lines.h"

struct source;		/* the text of one file, kept for failure texts */

/* Where something was written. */
struct place {
	const char *file;
	unsigned line, column;		/* 1-based; line 0: nowhere */
	const struct source *source;
};

/* The source line of a place without its line end, "" when there is none; *len gets its length. */
const char *place_line(const struct place *p, size_t *len);

enum stream_id {
	STREAM_MODEM,	/* bytes the modem sent */
	STREAM_HOST,	/* bytes the firmware (or an at/send step) sent */
	STREAM_LOG,	/* what the firmware printed */
	STREAM_BROKER,	/* what the broker saw */
	STREAM_WHY,	/* the emulator's explanations of non-zero results; SKIP on boards */
	STREAM_MUX,	/* what the modem said in frames of a multiplexer, a line each (mux_line.h) */
	STREAM_PPP,	/* what it said in frames of PPP, a line each (ppp_line.h) */
	STREAM_COUNT
};

enum pattern_kind { PATTERN_MATCH, PATTERN_TEXT, PATTERN_BYTES };

/* One thing to look for in one stream. */
struct pattern {
	struct place place;		/* of the match / text / bytes value */
	enum pattern_kind kind;
	const char *text;		/* template: PCRE2 regex on the escaped view, literal text, or hex digits */
	enum stream_id from;
};

/* save: {name: group}; group 0 is the whole match. */
struct save {
	const char *name;
	unsigned group;
};

/* One entry of expect:, either a pattern or a set of them in any order. */
struct expect {
	struct place place;
	struct pattern pattern;		/* unused when n_any_order > 0 */
	uint64_t within_us;		/* never 0: defaults are applied */
	unsigned count;			/* times to be seen, at least 1 */
	const struct save *saves;
	size_t n_saves;
	const struct expect *any_order;	/* entries without any_order of their own */
	size_t n_any_order;
};

/* One entry of always:, judged over the whole cell when it ends, also in sweeps. */
struct claim {
	struct pattern pattern;
	const char *note;		/* NULL when not given */
	const char *last_of;		/* template regex or NULL: of the lines it matches, the last must match pattern */
	long at_least;			/* lines that match; 1 unless given (0 when only at_most is given) */
	long at_most;			/* -1: no limit */
	long in_a_row;			/* of the lines that match, so many that read the same at most; -1: no limit */
};

enum fault_kind {
	FAULT_LATENCY, FAULT_BANDWIDTH, FAULT_SLICE, FAULT_DROP, FAULT_CORRUPT, FAULT_DUPLICATE, FAULT_STALL,
	FAULT_LIMIT, FAULT_RESET, FAULT_DOWN, FAULT_HANGUP, FAULT_REBOOT, FAULT_URC, FAULT_REPLY, FAULT_MUTE,
	FAULT_FIFO	/* a receive ring of `bytes` drained at `rate` bytes a second; the newest bytes are lost */
};

enum fault_link { FAULT_LINK_SERIAL, FAULT_LINK_NET, FAULT_LINK_MODEM };
enum fault_toward { TOWARD_MODEM, TOWARD_HOST, TOWARD_BROKER };

/* When a fault begins; all zero: at once. match and offset may be combined (offset counts from the match's end). */
struct trigger {
	struct place place;		/* line 0: no trigger was given */
	const char *match;		/* template regex or NULL */
	enum stream_id from;		/* STREAM_HOST unless given */
	long nth;			/* which match, 1 unless given */
	long offset;			/* bytes in the fault's direction, -1: not given */
	uint64_t after_us;		/* time after the match / the step's beginning */
};

struct fault {
	struct place place;
	const char *id;			/* NULL when not given */
	enum fault_kind kind;
	enum fault_link link;		/* deduced from the kind unless given */
	enum fault_toward toward;	/* TOWARD_HOST unless given */
	long bytes;			/* 0: not given */
	long rate;			/* bytes a second, 0: not given */
	uint64_t gap_us, delay_us, jitter_us, hold_us;
	const char *text;		/* template: urc and reply */
	struct trigger trigger;
	long times;			/* how often, 0: without end (1 for one-shot kinds when not given) */
	double chance;			/* 0 < chance <= 1; 1 unless given */
	bool maybe;			/* may end without having fired, as one with a chance below 1 may */
};

enum step_kind {
	STEP_AT,	/* text: a command; eol is added; waits for its final result */
	STEP_SEND,	/* text with escapes, or the content of path; raw, nothing added */
	STEP_MUX,	/* mux: a frame of a multiplexer */
	STEP_PPP,	/* ppp: a packet in a frame of PPP */
	STEP_CLIENT,	/* args: the firmware under test */
	STEP_PROGRAM,	/* program: any program on the host's end of the line */
	STEP_TYPE,	/* text with escapes: keys at the terminal of the program that runs */
	STEP_EXPECT,	/* expectations alone */
	STEP_INJECT,	/* fault */
	STEP_CLEAR,	/* text: id of a fault */
	STEP_POWER,	/* power */
	STEP_LINE,	/* line */
	STEP_BAUD,	/* baud */
	STEP_CONTROL,	/* text: a line of the emulator's control language; SKIP on boards */
	STEP_SERVER,	/* server */
	STEP_CHECK,	/* check */
	STEP_WAIT,	/* duration_us */
	STEP_QUIET	/* nothing from the modem (or from `from`) for duration_us */
};

enum power { POWER_ON, POWER_OFF, POWER_CYCLE };

/* How many bytes a stream brought. */
struct received {
	struct place place;		/* line 0: not asked */
	enum stream_id from;		/* STREAM_MODEM unless given */
	const char *since;		/* id of the step at whose beginning the count starts; NULL: the cell's */
	long min, max;			/* max -1: no limit */
};

/* Lines that the host or the board drives: -1 as they are, 0 off, 1 on. */
struct line_act {
	struct place place;
	int to[SERIAL_LINES_IN];
	uint64_t for_us;		/* then back; 0: for good */
};

enum line_word { LINE_OFF, LINE_ON, LINE_MOVED };

/* Lines that the modem drives: -1 any, or an enum line_word. */
struct check_lines {
	struct place place;		/* line 0: not asked */
	int is[SERIAL_LINE_COUNT - SERIAL_LINES_IN];
	uint64_t within_us;
};

/* What no stream shows. */
struct check {
	struct place place;
	bool has_exit;
	long exit;			/* exit status of the last client step */
	uint64_t took_under_us;		/* 0: not given; time of the step before */
	const char *equal[2];		/* templates, NULL when not given */
	struct received received;
	struct check_lines lines;
};

/* What is done to a fixture while the cell runs; the same in both worlds. */
struct server_act {
	struct place place;
	const char *name;		/* template: of the fixture */
	enum { SERVER_STOP, SERVER_START, SERVER_PUBLISH } act;
	const char *topic, *text;	/* templates; publish */
	long qos;
	bool retain;
};

/* A frame of the host on a multiplexed line. */
struct mux_act {
	struct place place;
	long dlci;			/* 0 to 63 */
	const char *send;		/* template, escapes still in: UIH; NULL: frame */
	int frame;			/* SABM, DISC, UA, DM */
};

/* A packet of the host in a frame of PPP. */
struct ppp_act {
	struct place place;
	const char *send;		/* template: hex, the protocol first; NULL: ack */
	int ack;			/* LCP, IPCP: the modem's newest Configure-Request */
};

struct binding {
	const char *name;
	const char *value;		/* template */
};

/* A program of others: gammu, picocom ... It finds the modem under ${port} and starts in ${scratch}, the cell's folder. */
struct program_setup {
	struct place place;
	const char *const *run;		/* templates: program and arguments */
	size_t n_run;
	const struct binding *files;	/* written to the folder first: name and text */
	size_t n_files;
	bool terminal;			/* it is started at a terminal, where type: types */
	bool background;		/* go on while it runs */
	long exit;			/* status it must end with; in the background nobody looks */
};

struct step {
	struct place place;		/* of the step's action value, or of the step itself */
	const char *id;			/* "tls-up/start" inside a use step called tls-up; NULL when not given */
	const char *note;		/* NULL when not given */
	enum step_kind kind;
	bool applies;			/* false: its when: does not hold in this cell; pass over it */
	bool background;		/* client only: go on while it runs */
	uint64_t timeout_us;		/* bounds the sum of the step's windows; 0: not given */
	const char *text;		/* template: at, send (escapes still in), clear, control */
	const char *path;		/* send_file: a file that was readable at load time */
	const char *result;		/* at: template regex for the whole final line, "any", or NULL: OK */
	const char *const *args;	/* client: templates */
	size_t n_args;
	const struct program_setup *program;
	enum power power;
	uint64_t duration_us;		/* wait, quiet */
	enum stream_id from;		/* quiet: STREAM_MODEM unless given */
	const struct fault *fault;
	const struct check *check;
	const struct mux_act *mux;
	const struct ppp_act *ppp;
	const struct line_act *line;
	long baud;			/* baud: the host's speed from now on */
	const struct server_act *server;
	const struct expect *expects;
	size_t n_expects;
	const struct pattern *nevers;	/* hold from this step's beginning to its end */
	size_t n_nevers;
	const struct place *used_from;	/* the use step that brought it, or NULL */
};

/* What makes a cell fail. */
enum judge {
	JUDGE_ALL,	/* steps, guards and claims */
	JUDGE_CLAIMS	/* always: alone, and an end in time: a step that fails is passed over, never: is not looked at */
};

/* Kinds of fixture, in the order of fixture_kind_names. */
enum fixture_kind { FIXTURE_WORLD, FIXTURE_MOSQUITTO, FIXTURE_MOSQUITTO_TLS, FIXTURE_NGINX, FIXTURE_FTP,
		    FIXTURE_SNI_FRONT, FIXTURE_PROGRAM, FIXTURE_COUNT };
extern const char *const fixture_kind_names[];	/* NULL-terminated */

/* TLS 1.0 to 1.3 as 0 to 3; -1 where nothing was said. Either `only`, or `min` and `max`. */
struct tls_versions {
	struct place place;
	int only, min, max;
};

enum cert_key { CERT_RSA, CERT_ECDSA };
enum cert_signer { SIGNED_BY_CA, SIGNED_BY_OTHER, SIGNED_BY_ITSELF };

/* The server's certificate: a file, or what is made on the spot. */
struct cert_setup {
	struct place place;
	const char *file;		/* template or NULL: PEM with the chain and its key */
	int key;			/* enum cert_key */
	long bits;			/* 0: RSA 2048, ECDSA P-256 */
	long intermediates;		/* CAs between the root and the server */
	long bytes;			/* DER of all certificates that are sent, at least; 0: as it comes */
	const char *const *names;	/* whom it is for; none: the fixture's host */
	size_t n_names;
	const char *not_before, *not_after;	/* "2026-01-31", NULL: long enough */
	int signer;			/* enum cert_signer */
};

struct acl_setup {
	struct place place;
	const char *const *deny_publish, *const *deny_subscribe;	/* topic filters */
	size_t n_deny_publish, n_deny_subscribe;
	bool refuse;			/* SUBACK 0x80 and a message that goes nowhere, instead of closing */
};

/* A file that a web or FTP server has. */
struct file_setup {
	struct place place;
	const char *path;		/* template: "/pub/a.txt" */
	enum { FILE_TEXT, FILE_BYTES } kind;
	const char *text;		/* template */
	long bytes;			/* so many of a pattern that is the same in both worlds */
	bool post;			/* web: POST is answered with it, too */
	bool chunked;			/* web: its length is not announced */
};

/* What a server is to be like; the same for the real one and for its model. */
struct server_setup {
	bool modelled;			/* world: modelled */
	long port;			/* as the firmware sees it; 0: the usual one */
	const char *const *aliases;	/* further names that lead to it */
	size_t n_aliases;
	struct tls_versions versions;
	const char *const *ciphers;	/* OpenSSL's names or lists; none: OpenSSL's default */
	size_t n_ciphers;
	struct cert_setup cert;
	bool client_cert;		/* required */
	const char *key_password;	/* template or NULL: of the client's key */
	const struct binding *users;	/* name and password; none: anybody */
	size_t n_users;
	struct acl_setup acl;
	const struct file_setup *files;
	size_t n_files;
	const char *const *directories;	/* FTP: without a file in them */
	size_t n_directories;
	bool read_only;			/* FTP */
	const char *to;			/* front: the fixture behind it */
	int no_sni;			/* front: enum front_no_sni */
	const char *const *sni;		/* front: names it lets in; none: the fixture's host */
	size_t n_sni;
	const char *command;		/* program: template with {port} */
	const char *ready;		/* program: template regex; NULL: its port accepts */
	int security;			/* enum ftp_security; -1: plain, or optional when any setting speaks of TLS */
};

enum front_no_sni { FRONT_ALERT, FRONT_CONNACK_5, FRONT_ANY_NAME };
enum ftp_security { FTP_PLAIN, FTP_OPTIONAL, FTP_EXPLICIT, FTP_IMPLICIT };

/* "/pub/a.txt": what a path of files: may look like. */
bool file_path_is_good(const char *path);

/* "gammurc": what the name of a file in the cell's folder may look like. */
bool file_name_is_good(const char *name);

/* Whether any setting speaks of TLS. */
bool server_asks_for_tls(const struct server_setup *s);

/* Started before the steps, stopped after finally, in reverse. Gives ${name.host}, ${name.port} and more. */
struct fixture {
	struct place place;
	const char *name;
	enum fixture_kind kind;
	const char *host;		/* template; world: of its first host unless given; servers: NULL is "<name>.test" */
	const char *port;		/* template; world alone */
	const char *world;		/* world: the text of a world file (JSON, which is YAML), template */
	struct server_setup server;	/* all but world */
};

/* Whether the fixture starts a program, which needs real time. */
bool fixture_is_real(const struct fixture *f);

/* What a fixture of this kind gives besides host and port, NULL-terminated: "ca", "ca_len" ... */
const char *const *fixture_gives(enum fixture_kind kind);

/* How the emulator plays a recorded log; used by replay. */
struct replay {
	struct place place;		/* line 0: none */
	const char *log;		/* path, from the place of the scenario file */
	const char *sha256;
	const char *timing;		/* "recorded", "fast" or "4x" */
	enum { REPLAY_EXACT, REPLAY_COMMANDS, REPLAY_URCS } match;
	bool unknown_profile;		/* unknown: profile */
	bool must_finish;
	const char *const *redacted;
	size_t n_redacted;
};

struct modem_setup {
	struct place place;		/* of profile, or of modem:; line 0: no modem: in the file */
	const char *profile;		/* NULL: the emulator's default */
	bool has_seed;
	uint64_t seed;
	long baud;			/* 0: no pacing */
	bool cold;			/* boot: cold */
	const char *const *quirks;	/* "name=value" */
	size_t n_quirks;
	const char *const *worlds;	/* world files, paths usable from the working directory */
	size_t n_worlds;
	const struct fault *faults;	/* in force from the start */
	size_t n_faults;
	struct replay replay;
};

enum eol { EOL_CR, EOL_CRLF, EOL_LF };

struct xfail {
	struct place place;
	const char *step;		/* id of the step that has to fail, or NULL */
	const char *match;		/* regex on the failure text, or NULL */
	const char *reason;
	const char *ref;		/* NULL when not given */
	bool strict;
};

enum { TARGET_BIT_EMULATOR = 1, TARGET_BIT_BOARD = 2 };

struct runtime_vars;
struct sweep_point;

/* One run of a scenario. */
struct cell {
	const struct scenario *scenario;
	const char *id;			/* "mqtt-tls-sni[B03,sni=1]", unique in its file */
	const char *origin;		/* NULL, or the id of the file's cell that this one was made of: seed and filter go by it */
	const char *rerun;		/* flags of `hil run` that make it of that one; NULL: none */
	const struct binding *matrix;	/* the variables that make the cell */
	size_t n_matrix;
	const struct binding *vars;	/* the variables of vars: */
	size_t n_vars;
	uint64_t timeout_us;		/* whole cell; never 0 */
	enum judge judge;
	const struct sweep_point *sweep;	/* NULL, or where the last of modem.faults strikes (sweep.h) */
	enum eol eol;
	struct modem_setup modem;
	const struct fixture *fixtures;
	size_t n_fixtures;
	const struct pattern *nevers;
	size_t n_nevers;
	const struct claim *always;
	size_t n_always;
	const struct step *steps;
	size_t n_steps;
	const struct step *finally;
	size_t n_finally;
	bool runs_programs;		/* some step starts one: the cell needs real time and a folder */
	const char *skip_reason;	/* NULL: run it */
	const struct xfail *xfails;	/* those whose when: holds */
	size_t n_xfails;
	unsigned flaky_retries;		/* 0: not flaky here */
	const char *flaky_reason;
	struct runtime_vars *runtime;	/* see vars.h */
};

/* One file. */
struct scenario {
	const char *file;		/* as it was named on the command line or found */
	const char *name;
	const char *summary;
	const char *const *refs;
	size_t n_refs;
	const char *const *tags;
	size_t n_tags;
	unsigned targets;		/* TARGET_BIT_*; both unless given */
	const char *const *needs;
	size_t n_needs;
	struct place place;		/* of name: */
	struct cell **cells;
	size_t n_cells;
	char **warnings;		/* "file:line:column: ..." for `hil check` */
	size_t n_warnings;
	struct source *sources;		/* the loader's: texts for failure lines */
	struct pool *pool;
};

struct scenario_options {
	const char *target;		/* what ${target} and when: {target: ...} see: "emulator" (default) or "board" */
	const char *const *vars;	/* "name=value" of the command line; over vars: of the file */
	size_t n_vars;
	const char *profile;		/* in place of modem.profile, or NULL */
};

/*
 * Reads a file (or text that errors will call name) with its includes and makes all its cells. o may be NULL.
 * NULL with *e = "file:line:column: what" on failure. A step library gives a scenario without cells.
 */
struct scenario *scenario_load_file(const char *path, const struct scenario_options *o, struct err *e);
struct scenario *scenario_load_text(const char *name, const char *text, size_t len, const struct scenario_options *o,
				    struct err *e);
void scenario_free(struct scenario *s);

/* Appends a value as ids hold it: as it is, but for what would need quoting in a shell or has a meaning in an id. */
void cell_id_value(struct buf *b, const char *value);

/* The names of streams, fault kinds and step kinds as they are written in files. */
const char *stream_name(enum stream_id id);
const char *fault_name(enum fault_kind kind);
const char *step_kind_name(enum step_kind kind);

#endif
