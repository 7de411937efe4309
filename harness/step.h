/*
 * The walk through one cell's steps: one function a kind, the matching of expectations, and the guards that hold
 * meanwhile. A step either holds or leaves one failure behind.
 */
#ifndef HARNESS_STEP_H
#define HARNESS_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/rig.h"
#include "harness/scenario.h"
#include "harness/verdict.h"

/* A pattern that must not be seen, with what of its stream it has looked at. */
struct guard {
	const struct pattern *pattern;
	struct match *match;
	size_t pos;
};

struct guards {
	struct guard *guard;
	size_t n;
};

/* How long the streams were when a step began. */
struct play_mark {
	const char *id;
	size_t len[STREAM_COUNT];
};

struct fixtures;

struct play {
	struct rig *rig;
	struct cell *cell;
	const struct run_options *run;
	struct fixtures *fixtures;	/* of the cell */
	uint64_t deadline_us;		/* of the cell, finally not counted */
	bool in_finally;
	const struct step *step;
	const struct step *program;	/* in the foreground: its end is judged as soon as it comes */
	uint64_t step_us, step_limit_us;	/* when it began; when its timeout: ends it */
	uint64_t took_us;		/* the step before */
	size_t start[STREAM_COUNT];	/* where this step began in each stream */
	size_t cursor[STREAM_COUNT];	/* what expectations have consumed */
	uint64_t last_seq;		/* arrival of the last byte that was consumed */
	size_t sent_from;		/* where in the host's stream the last at or send step began */
	struct play_mark *marks;	/* one a step that has begun */
	size_t n_marks;
	bool reads_lines;		/* some check looks at the lines beside the data */
	struct serial_lines lines;	/* at the beginning of the last step that did something */
	struct stream_hit final;	/* the final result line of the last at step, taken by it alone */
	const struct step *final_of;
	struct guards standing, local;
	struct failure failure;		/* the first one */
	struct failure later;		/* of finally, when the first is already there */
	char skip[256];			/* why the cell cannot be judged here; "" when it can */
	char **kept;			/* expanded texts that live as long as the play (faults) */
	size_t n_kept;
};

/* Prepares the standing guards and the faults of modem.faults. 0 or -1 with p->failure. */
int play_begin(struct play *p, struct rig *rig, struct cell *cell, const struct run_options *run);
void play_end(struct play *p);

/* Runs one step. 0, or -1 when it failed (the first failure stays in p->failure). */
int step_run(struct play *p, const struct step *s);

/* Judges always: and the faults that had to fire. 0 or -1. */
int play_judge(struct play *p);

/* --- for the files of the steps ------------------------------------------------------------------------------- */

/* Records a failure with its surroundings; always -1. */
int play_fail(struct play *p, enum outcome kind, const struct place *at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The failure of a wait that did not end well. what: who was waited for, "modem: not seen". */
int play_fail_wait(struct play *p, enum rig_wait how, const struct place *at, uint64_t window_us, const char *what);
/* Adds what was wanted and the nearest line of a stream to the failure that was recorded last. */
void play_add_wanted(struct play *p, const char *wanted, enum stream_id from);

/* text with ${name} replaced, the caller's to free; NULL after play_fail(). */
char *play_expand(struct play *p, const char *text, const struct place *at);
/* The same, and it lives as long as the play. */
const char *play_keep(struct play *p, const char *text, const struct place *at);
/* A pattern after expansion. NULL after play_fail(). */
struct match *play_match(struct play *p, const struct pattern *pattern);

/* A window from now, bounded by the step's timeout and the cell's. Returns the time it ends. */
uint64_t play_window(const struct play *p, uint64_t within_us);
enum rig_wait play_wait(struct play *p, uint64_t until_us, bool (*done)(void *ctx), void *ctx);
/* A stream that has a source here; a board explains nothing, and what is wanted of its why is left out. */
bool play_hears(const struct play *p, enum stream_id id);
/* Takes what hit consumed off its stream. */
void play_consume(struct play *p, enum stream_id id, const struct stream_hit *hit);

int step_at(struct play *p, const struct step *s);
int step_send(struct play *p, const struct step *s);
int step_mux(struct play *p, const struct step *s);
int step_ppp(struct play *p, const struct step *s);
int step_client(struct play *p, const struct step *s);
int step_line(struct play *p, const struct step *s);
int step_baud(struct play *p, const struct step *s);
int step_program(struct play *p, const struct step *s);
/* Waits until a program in the foreground has ended as it must; one that does not is killed. 0, or -1 after play_fail(). */
int step_program_end(struct play *p, const struct step *s, uint64_t until_us);
/* The program in the foreground has ended as it must not: true after play_fail(). */
bool program_has_failed(struct play *p);
/* The close of a program is seen a moment after its end, and what comes next is to find it so. */
enum rig_wait program_wait_closed(struct play *p);
int step_type(struct play *p, const struct step *s);
int step_server(struct play *p, const struct step *s);
int step_inject(struct play *p, const struct step *s);
/* A line of the control language; 0, or -1 after play_fail(). */
int step_control_line(struct play *p, const struct step *s, const char *line);
/* Arms one fault; its texts are expanded here. */
int step_arm(struct play *p, const struct fault *f);
int step_check(struct play *p, const struct step *s);
/* Whether some step of the cell asks for lines; notes them where a step begins; judges them: 0, or -1 after play_fail(). */
bool check_reads_lines(const struct cell *cell);
void check_note_lines(struct play *p);
int check_lines(struct play *p, const struct check_lines *want);
/* A wait's done: the client runs no more. ctx is the rig. */
bool client_has_ended(void *ctx);
/* One claim of always:. 0, or -1 after play_fail(). */
int step_claim(struct play *p, const struct claim *c);
/* The expectations of a step, in order. */
int step_expects(struct play *p, const struct step *s);

/* The line of a stream behind pos that looks most like pattern; false when none does. */
bool nearest_line(const struct stream *s, size_t pos, const char *pattern, size_t *line);

#endif
