/*
 * One AT channel: bytes <-> commands. Knows line discipline (V.250), framing and result codes, and no feature.
 * Command tables live in cmd/ and are handed in. An instance has no shared state; many live in one process.
 */
#ifndef AT_AT_H
#define AT_AT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/trace.h"
#include "clock/clock.h"
#include "profile/profile.h"

struct at_channel;

enum at_status {
	AT_STATUS_OK,
	AT_STATUS_ERROR,
	AT_STATUS_CME,		/* at_cme() said which */
	AT_STATUS_CMS,		/* at_cms() said which */
	AT_STATUS_PENDING,	/* the final result comes later through at_finish() or a prompt's data handler */
	AT_STATUS_SILENT,	/* no final result at all (A/ tricks, ATD CONNECT text already written, power-off) */
};

enum at_arg_type {
	AT_ARG_INT,	/* decimal, also 0x..; min..max is the value */
	AT_ARG_STR,	/* quoted or bare text; min..max is its length */
	AT_ARG_QSTR,	/* text that must be quoted */
	AT_ARG_RAW,	/* the rest of the arguments as they stand, commas included; last row only */
};

/*
 * One argument; also prints the test form ("(0-1),(9-256)"). min_quirk and max_quirk, when not 0, replace min and
 * max by the profile's value (enum quirk_id 0 is an enum quirk and never a range).
 */
struct at_arg {
	const char *name;
	enum at_arg_type type;
	long min, max;
	bool optional;
	bool or_zero;			/* 0 is allowed beside min..max: prints (0,60-180) */
	enum quirk_id min_quirk, max_quirk;
	const char *range_text;		/* printed instead of the derived range, e.g. "\"ADDRESS\"" */
};

/* A parsed argument. str is not NUL-terminated by the line but by the parser: it may be used as a C string. */
struct at_val {
	bool given;
	bool quoted;
	long long num;		/* AT_ARG_INT */
	const char *str;	/* the text without quotes; borrowed until the handler returns */
	size_t len;
};

/*
 * A handler. val has one entry per row of the argument table (write form), is NULL for the others. A basic command
 * (E, &F, S3=) gets val[0].num. Writes lines with at_info()/at_row() and returns the status.
 */
typedef enum at_status (*at_handler_t)(struct at_channel *at, const struct at_val *val);

enum { AT_ARGS_MAX = 12 };

struct at_cmd {
	const char *name;		/* "+CSQ", "&F", "E", "S0", "D" */
	const struct at_arg *arg;	/* write form; NULL: none */
	size_t args;
	at_handler_t exec, read, test, write;	/* NULL: that form is ERROR; test is derived from arg when NULL */
	at_handler_t refuse;		/* called instead of ERROR when arguments do not fit; val holds what parsed */
	unsigned needs;			/* bits the gate checks first (cmd/: SIM ready, MQTT started ...) */
	bool no_test;			/* the derived test form is ERROR */
	const char *source;		/* "M3 16.2.9": where the forms come from */
};

/* For tables: .arg and .args from one array. */
#define AT_ARGS(array) .arg = (array), .args = sizeof(array) / sizeof((array)[0])

/* E, Q, V ... and S-registers: what ATZ restores and AT&W stores (manual 2.2.26). */
struct at_settings {
	bool echo, quiet, verbose;
	int x;				/* ATX 0-4 */
	int cmee;			/* 0-2 */
	int dcd, dtr, dsr, rate;	/* &C &D &S &E */
	int v1;				/* \V */
	uint8_t s[128];			/* S-registers; S3, S4, S5 are CR, LF, BS */
};

/* Host-side callbacks of a channel. */
struct at_hooks {
	/* Every byte out passes here, once per turn. */
	void (*out)(const void *p, size_t n, void *ctx);
	/* Before a command runs: checks cmd->needs. AT_STATUS_OK lets it run. NULL: everything runs. */
	enum at_status (*gate)(struct at_channel *at, const struct at_cmd *cmd, void *ctx);
	void *ctx;
};

/*
 * tables: NULL-terminated array of tables, each ended by a row without a name; they must outlive the channel.
 * dev is what at_dev() gives handlers back. NULL when out of memory. The channel starts disabled.
 */
struct at_channel *at_new(const struct at_cmd *const *tables, const struct profile *profile, struct clock *clock,
			  struct trace *trace, const struct at_hooks *hooks, void *dev);
void at_free(struct at_channel *at);

/* NULL, or what is wrong with a set of tables (duplicate names, empty rows, min > max). Tests call it on cmd_tables(). */
const char *at_check_tables(const struct at_cmd *const *tables);

/* Bytes from the host. Ignored while disabled. */
void at_feed(struct at_channel *at, const void *p, size_t n);

/* false: the UART is dead (power off): input is ignored, output is dropped, everything pending is forgotten. */
void at_enable(struct at_channel *at, bool enabled);
/* Settings, prompts, lines and pending commands back to power-on state. */
void at_reset(struct at_channel *at);

/* For handlers. */
void *at_dev(const struct at_channel *at);
const struct profile *at_profile(const struct at_channel *at);
struct at_settings *at_settings(struct at_channel *at);
const struct at_cmd *at_command(const struct at_channel *at);	/* the row being executed */

/* An information line in its own frame: CR LF text CR LF (V1) or text CR LF (V0). */
void at_info(struct at_channel *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A row of a multi-row answer: the first opens the frame, the others follow it with a single CR LF between. */
void at_row(struct at_channel *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Bytes as they are (data blocks after their header line). */
void at_raw(struct at_channel *at, const void *p, size_t n);
/* return at_cme(at, 14): the final result is +CME ERROR by CMEE. */
enum at_status at_cme(struct at_channel *at, int code);
enum at_status at_cms(struct at_channel *at, int code);
/* Writes an information line and returns AT_STATUS_ERROR: "+CMQTTSTART: 23" ERROR. */
enum at_status at_fail(struct at_channel *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * The command stays open under a tag (> 0) until at_finish(). One command is open at a time; the host's further
 * input waits (type_ahead_bytes). at_waiting() tells whether this tag is the open one.
 */
enum at_status at_wait(struct at_channel *at, int tag);
bool at_waiting(const struct at_channel *at, int tag);
/* Ends the open command with a final result and goes on with the line, then with what was typed meanwhile. */
void at_finish(struct at_channel *at, enum at_status status);

/* Takes the entered data; returns the final status, or AT_STATUS_PENDING after at_wait(). */
typedef enum at_status (*at_data_func_t)(struct at_channel *at, const char *data, size_t n, int tag);

enum at_prompt {
	AT_PROMPT_LENGTH,	/* CR LF '>' then exactly len bytes, whatever they are */
	AT_PROMPT_CTRL_Z,	/* CR LF '> ' then text until 0x1A; 0x1B gives it up */
};

/* return at_prompt(...): asks the host for data. URCs wait until it is complete. tag is handed to done. */
enum at_status at_prompt(struct at_channel *at, enum at_prompt kind, size_t len, at_data_func_t done, int tag);

/* An unsolicited line, in its own frame; waits while the host is at a data prompt or in data mode. */
void at_urc(struct at_channel *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for ready-made bytes (frames and line ends included). */
void at_urc_raw(struct at_channel *at, const void *p, size_t n);

/* Text of a CME / CMS code, NULL when the manual has none. */
const char *at_cme_text(int code);
const char *at_cms_text(int code);

#endif
