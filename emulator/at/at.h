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
	int l, m;			/* ATL, ATM: kept and ignored */
	int bsq, bss;			/* AT\Q, AT\S: the same */
	long ipr, iprex;		/* line speed now, and after the next boot */
	int ifc[2], icf[2];		/* flow control, character framing */
};

/* How the command being executed was asked for. */
enum at_form {
	AT_FORM_EXEC,	/* AT+X, ATE, ATE1 */
	AT_FORM_READ,	/* AT+X? ATS0? */
	AT_FORM_TEST,	/* AT+X=? */
	AT_FORM_WRITE,	/* AT+X=1, ATS0=1 */
};

/* Result codes and their ATV0 numbers (M3 2.2.20). */
enum at_result {
	AT_RESULT_OK = 0,
	AT_RESULT_CONNECT = 1,
	AT_RESULT_RING = 2,
	AT_RESULT_NO_CARRIER = 3,
	AT_RESULT_ERROR = 4,
	AT_RESULT_NO_DIALTONE = 6,
	AT_RESULT_BUSY = 7,
	AT_RESULT_NO_ANSWER = 8,
	AT_RESULT_NONE = 255,	/* write nothing */
};

/* Host-side callbacks of a channel. */
struct at_hooks {
	/* Every byte out passes here, once per turn. */
	void (*out)(const void *p, size_t n, void *ctx);
	/*
	 * Before a command runs, except for its test form: checks cmd->needs, at_form() says which form. AT_STATUS_OK
	 * lets it run, anything else ends the line with it. NULL: everything runs.
	 */
	enum at_status (*gate)(struct at_channel *at, const struct at_cmd *cmd, void *ctx);
	void *ctx;
	/* AT+IPR changed the line speed; called when the OK has left at the old one. May be NULL. */
	void (*baud)(long baud, void *ctx);
	/* The host has not taken yet what was written; at_host_ready() tells when it has. NULL: it takes everything. */
	bool (*full)(void *ctx);
	/* at_stored_settings() changed and should be kept over power-off. May be NULL. */
	void (*stored)(void *ctx);
	/* at_takes() was false for somebody and would be true now. May be NULL. */
	void (*flows)(struct at_channel *at, void *ctx);
	/* A call has an owner now (at_data_enter(), at_data_offer()), or has none any more. May be NULL. */
	void (*carrier)(bool on, void *ctx);
	/* An unsolicited line leaves. May be NULL. */
	void (*unsolicited)(void *ctx);
	/* A command line is over and its result has been handed out. May be NULL. */
	void (*over)(struct at_channel *at, void *ctx);
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
/* The same, and the name of the first wrong row in *name. */
const char *at_check_tables_row(const struct at_cmd *const *tables, const char **name);

/* Bytes from the host. Ignored while disabled. */
void at_feed(struct at_channel *at, const void *p, size_t n);

/* false: the UART is dead (power off): input is ignored, output is dropped, everything pending is forgotten. */
void at_enable(struct at_channel *at, bool enabled);
/* Settings, prompts, lines and pending commands back to power-on state. Stored settings and armed faults stay. */
void at_reset(struct at_channel *at);
/* true while a command line is being executed, delayed, or open at a prompt or in at_wait(). */
bool at_busy(const struct at_channel *at);

/* For handlers. */
void *at_dev(const struct at_channel *at);
const struct profile *at_profile(const struct at_channel *at);
struct at_settings *at_settings(struct at_channel *at);
const struct at_cmd *at_command(const struct at_channel *at);	/* the row being executed */
enum at_form at_form(const struct at_channel *at);
/* What AT&W keeps over power-off (E Q V X &C &D &S \V +IFC +ICF S7 S10) and +IPREX; the owner saves and loads it. */
struct at_settings *at_stored_settings(struct at_channel *at);
void at_settings_store(struct at_channel *at);		/* AT&W */
void at_settings_restore(struct at_channel *at);	/* ATZ */
void at_settings_keep_rate(struct at_channel *at, long baud);	/* AT+IPREX: now and after the next boot */
void at_settings_found_rate(struct at_channel *at, long baud);	/* the host's, which AT+IPR=0 looks for */
void at_settings_factory(struct at_channel *at);	/* AT&F: everything that is volatile */

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
 * Writes a result code other than OK and ERROR and returns AT_STATUS_SILENT, which ends the line: NO CARRIER, CONNECT.
 * text NULL: the code's own words; otherwise what V1 prints ("CONNECT 115200"). Honours ATQ1. Also outside a command.
 */
enum at_status at_result(struct at_channel *at, enum at_result result, const char *text);

/*
 * The command stays open under a tag (> 0) until at_finish(). One command is open at a time; the host's further
 * input waits (type_ahead_bytes). at_waiting() tells whether this tag is the open one.
 */
enum at_status at_wait(struct at_channel *at, int tag);
bool at_waiting(const struct at_channel *at, int tag);

/* Stops the work of the open command and returns its final result, never AT_STATUS_PENDING. May reset the channel. */
typedef enum at_status (*at_abort_func_t)(struct at_channel *at, int tag);

/*
 * As at_wait(), but a byte from the host ends the command (V.250 5.6.1): abort is called, the rest of the line is not
 * executed, and the byte is consumed without echo, so it does not start a line [guess]. Bytes of the first 125 ms, in
 * which a host completes its line end, are dropped and abort nothing.
 */
enum at_status at_wait_abortable(struct at_channel *at, int tag, at_abort_func_t abort);
/* Ends the open command with a final result and goes on with the line, then with what was typed meanwhile. */
void at_finish(struct at_channel *at, enum at_status status);

/* Writes the next piece of an answer, some KB. AT_STATUS_PENDING: there is more; otherwise the final result. */
typedef enum at_status (*at_pour_func_t)(struct at_channel *at, int tag);

/*
 * return at_pour(...): for answers that may be longer than the host takes at once (a whole file). more is called until
 * it is through; while the host does not read, the command stays open under tag as in at_wait().
 */
enum at_status at_pour(struct at_channel *at, int tag, at_pour_func_t more);
/* The host takes bytes again (hooks.full is false): goes on with it, then with who found at_takes() false. */
void at_host_ready(struct at_channel *at);

/*
 * Takes the entered data (borrowed, NUL behind it); returns the final status, or AT_STATUS_PENDING after at_wait().
 * data is NULL when the host gave a Ctrl-Z prompt up with ESC. A prompt whose watchdog (prompt_timeout_ms) fires ends
 * in ERROR and done is not called.
 */
typedef enum at_status (*at_data_func_t)(struct at_channel *at, const char *data, size_t n, int tag);

enum at_prompt {
	AT_PROMPT_LENGTH,	/* CR LF '>' then exactly len bytes, whatever they are */
	AT_PROMPT_DOWNLOAD,	/* CR LF DOWNLOAD CR LF, then the same */
	AT_PROMPT_CTRL_Z,	/* CR LF '> ' then text until 0x1A; 0x1B gives it up */
	AT_PROMPT_ESCAPED,	/* CR LF '>' then bytes until 0x1A; 0x1B gives it up; 0x03 makes 0x03, 0x1A, 0x1B data */
};

/*
 * return at_prompt(...): asks the host for data. URCs wait until it is complete. tag is handed to done. May also be
 * called for a command that is open in at_wait(). len of a Ctrl-Z prompt is the most bytes kept, 0 the channel's own.
 */
enum at_status at_prompt(struct at_channel *at, enum at_prompt kind, size_t len, at_data_func_t done, int tag);
/* What is entered at the prompt that was just opened is not echoed, whatever E and the profile say. */
void at_prompt_quiet(struct at_channel *at);

/* The open prompt ends in ERROR when it is not complete in time, whatever prompt_timeout_ms says. */
void at_prompt_limit(struct at_channel *at, uint64_t us);

/* An unsolicited line, in its own frame; waits while the host is at a data prompt or in data mode. */
void at_urc(struct at_channel *at, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for ready-made bytes (frames and line ends included). */
void at_urc_raw(struct at_channel *at, const void *p, size_t n);

/* Bytes of unsolicited lines that wait for the host to leave a data prompt or data mode. */
size_t at_urc_waiting(const struct at_channel *at);

/*
 * Can some KB be written now, as unsolicited bytes or in data mode, without a loss? Who may not write keeps what it has
 * and goes on when hooks.flows is called.
 */
bool at_takes(struct at_channel *at);

/*
 * Data mode (PPP, transparent sockets): bytes go to the owner until at_data_leave(), +++ between its guard times, or a
 * DTR drop. To be called by a handler that then returns at_result(at, AT_RESULT_CONNECT, ...), or before at_finish().
 * After +++ the owner keeps the channel: ATO and ATH ask it.
 */
struct at_data_ops {
	void (*bytes)(struct at_channel *at, const void *p, size_t n, void *ctx);
	/* The host is back in command mode and the call stays (+++ or DTR with &D1); OK has been written. May be NULL. */
	void (*escaped)(struct at_channel *at, void *ctx);
	/* ATH, or DTR dropped with &D2: the owner ends the call; the channel has forgotten it. May be NULL. */
	void (*hangup)(struct at_channel *at, void *ctx);
	/* ATO after +++: enters data mode again and returns at_result(), or says why not. NULL: there is no way back. */
	enum at_status (*resume)(struct at_channel *at, void *ctx);
};
void at_data_enter(struct at_channel *at, const struct at_data_ops *ops, void *ctx);
bool at_data_active(const struct at_channel *at);
/* As if data mode had been entered and left with +++: the call stands, the host has to ask for it with ATO. */
void at_data_offer(struct at_channel *at, const struct at_data_ops *ops, void *ctx);
/* Whose call stands, in data mode or not; NULL: nobody's. */
const struct at_data_ops *at_data_owner(const struct at_channel *at);
/* The owner's call is over while the host is in command mode: ATO finds nothing any more. */
void at_data_release(struct at_channel *at);
/* ATO: what the owner says, NO CARRIER without one. */
enum at_status at_data_resume(struct at_channel *at);
/* ATH: the owner ends its call. Nothing without one. */
void at_data_hangup(struct at_channel *at);
/* Back to command mode with a result code (AT_RESULT_NONE: none), then the URCs that waited. */
void at_data_leave(struct at_channel *at, enum at_result result);
/*
 * The host dropped DTR (a PTY's last client left). AT&D decides: 0 nothing, 1 as +++, 2 hangup(), also of a call that
 * stands after +++. A half-typed line or a data prompt stays open, as on the modem.
 */
void at_dtr_drop(struct at_channel *at);

/* Text of a CME / CMS code, NULL when the manual has none. */
const char *at_cme_text(int code);
const char *at_cms_text(int code);

#endif
