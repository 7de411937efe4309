/* What the files of this room share. Nobody else includes it. */
#ifndef AT_AT_INTERNAL_H
#define AT_AT_INTERNAL_H

#include "at/at.h"
#include "base/buf.h"

/*
 * What bytes from the host mean. LINE to PROMPT_* by at_prompt() of an open command and back when it is complete, given
 * up or timed out; LINE to DATA by at_data_enter() and back by at_data_leave(), +++ or DTR; anything to LINE by reset.
 */
enum at_mode {
	AT_MODE_LINE,
	AT_MODE_PROMPT_LENGTH,
	AT_MODE_PROMPT_CTRL_Z,
	AT_MODE_PROMPT_ESCAPED,
	AT_MODE_DATA,
};

/* Where a command line is in its life. IDLE, (DELAYED), RUNNING, (WAITING, RUNNING ...), IDLE. */
enum line_state {
	LINE_IDLE,	/* none */
	LINE_DELAYED,	/* complete, reply_delay_ms not over */
	LINE_RUNNING,	/* a handler is on the stack */
	LINE_WAITING,	/* at_wait() or a prompt */
};

enum frame_state {
	FRAME_HUNT,	/* for the A of AT or A/ */
	FRAME_GOT_A,
	FRAME_LINE,	/* after AT */
};

/* Whether the host ends its lines with CR or CR LF, learnt from the byte after a CR. */
enum host_eol {
	HOST_EOL_UNKNOWN,
	HOST_EOL_CR,
	HOST_EOL_CRLF,
};

enum {
	OUT_MAX = 256 * 1024,
	URC_MAX = 64 * 1024,
	CTRL_Z_MAX = 4096,
	FAULTS_MAX = 16,
	ABORT_GUARD_US = 125000,
	DATA_GUARD_US = 1000000,
	DATA_PLUS_GAP_US = 900000,
};

struct at_fault {
	char match[64];
	char text[512];
	unsigned left;		/* 0: the slot is free */
};

/* One command found in a line. */
struct at_found {
	const struct at_cmd *cmd;	/* NULL: unknown */
	enum at_form form;
	bool basic;
	bool numbered;			/* ATE1; S-register value in num too */
	bool generic_s;			/* row "S": val[0] is the register */
	long num, reg;
	size_t args, args_end;		/* the text after '=' (or of D) in the line */
	size_t next;			/* where the next command starts */
};

struct at_channel {
	const struct profile *profile;
	struct clock *clock;
	struct trace *trace;
	struct at_hooks hooks;
	void *dev;

	const struct at_cmd **index;	/* open addressing, size a power of two */
	size_t index_mask;

	struct at_settings set, stored;
	bool enabled;
	unsigned epoch;			/* counts resets: who comes back from a handler sees that the world changed */

	/* framer */
	enum at_mode mode;
	enum frame_state frame, echo_frame;	/* echo_frame follows arrival, frame execution */
	char *line;			/* line_max + 1 bytes, without AT */
	size_t line_len;
	bool line_long;
	char *last;			/* what A/ repeats */
	size_t last_len;
	bool has_last;
	struct buf ahead;		/* input while a command is open, echoed already */
	size_t ahead_pos;
	size_t ahead_lost;
	bool after_cr;
	enum host_eol eol;
	bool quiet_take;		/* bytes come from ahead: do not echo again */

	/* dispatch */
	enum line_state state;
	size_t pos;			/* next command in line */
	const struct at_cmd *cmd;
	enum at_form form;
	int tag;			/* of at_wait(), 0 none */
	at_abort_func_t abort;		/* of at_wait_abortable() */
	uint64_t abort_from_us;
	at_pour_func_t pour;		/* of at_pour(), while there is more */
	bool finished_early;		/* at_finish() came before the handler returned */
	enum at_status early_status;
	int code;			/* of at_cme() and at_cms() */
	char *scratch;			/* argument text with NULs between, line_max + 2 bytes */
	struct at_val val[AT_ARGS_MAX];
	struct timer delay;

	/* prompt */
	struct buf entry;
	size_t entry_len;
	bool entry_echo;
	bool entry_escape;		/* 0x03 came: the next byte is data */
	at_data_func_t done;
	int done_tag;
	struct timer watchdog;

	/* data mode */
	const struct at_data_ops *data_ops;
	void *data_ctx;
	unsigned plus;			/* held back */
	uint64_t data_last_us;		/* last byte that was not a held plus */
	struct timer plus_timer;

	/* reply */
	struct buf out, out_now;
	unsigned turn;
	bool flushing;
	bool starved;			/* at_takes() was false for somebody */
	bool over;			/* a line has ended in this turn */
	bool rows_open;
	struct buf urc;
	size_t urc_lost;
	long line_baud;			/* last one told to hooks.baud */

	struct at_fault fault[FAULTS_MAX];
	uint64_t mute_until_us;
	bool mute_armed, mute_fired;
};

/* channel.c */
void at_turn_begin(struct at_channel *at);
void at_turn_end(struct at_channel *at);	/* hands out what was written */
void at_forget(struct at_channel *at);		/* lines, prompts, pending, queues */

/* framer.c */
void framer_take(struct at_channel *at, const char *p, size_t n);
void framer_drain_ahead(struct at_channel *at);
void framer_hunt(struct at_channel *at);	/* back to the start of a line */
void prompt_timed_out(void *at);

/* data.c */
size_t data_take(struct at_channel *at, const char *p, size_t n);	/* how many bytes it took */
void data_plus_timer(void *at);
void data_forget(struct at_channel *at);

/* line.c: finds the next command at pos; false: a syntax error. The line ends with NUL. */
bool line_next(const struct at_channel *at, const char *line, size_t len, size_t pos, struct at_found *f);
bool line_too_many(const struct at_channel *at);

/* table.c */
int table_index(struct at_channel *at, const struct at_cmd *const *tables);
const struct at_cmd *table_find(const struct at_channel *at, const char *name, size_t n);

/* args.c */
bool args_parse(struct at_channel *at, const struct at_cmd *cmd, const char *text, size_t n);
bool args_number(const struct at_channel *at, const struct at_arg *arg, long num);
void args_print_test(const struct at_channel *at, const struct at_cmd *cmd, struct buf *out);

/* dispatch.c */
void dispatch_line(struct at_channel *at);	/* a complete line stands in at->line */
void dispatch_delay_over(void *at);
void dispatch_prompt_done(struct at_channel *at, const char *data, size_t n);
void dispatch_prompt_failed(struct at_channel *at);
bool dispatch_can_abort(const struct at_channel *at);	/* the open command ends with the next byte */
void dispatch_abort(struct at_channel *at);

/* reply.c: the one mouth */
void reply_bytes(struct at_channel *at, const void *p, size_t n);
void reply_final(struct at_channel *at, enum at_status status);
void reply_result(struct at_channel *at, enum at_result result, const char *text);
void reply_flush(struct at_channel *at);
void reply_release_urcs(struct at_channel *at);
void reply_flows(struct at_channel *at);	/* tells who was starved, outside any turn */

/* fault.c */
bool fault_answers(struct at_channel *at);	/* the line in at->line has been answered by a fault */
bool fault_mutes(struct at_channel *at, size_t n);

#endif
