/*
 * Everything one cell runs on: clock, modem, client, the line between them with its faults, and the streams of what
 * was said. The harness is a proxy: the streams hold what is seen at the host's end of the line, faults sit behind it.
 */
#ifndef HARNESS_RIG_H
#define HARNESS_RIG_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "harness/fault.h"
#include "harness/hil.h"
#include "harness/scenario.h"
#include "harness/stream.h"
#include "harness/timebase.h"

/* One thing that was said, for the wire log. from: "host", "modem", "log", "broker", "why", "fault", "model", "note". */
struct rig_event {
	uint64_t t_us;
	const char *from;
	const void *data;
	size_t len;
	bool bytes;		/* else text */
};

struct proxies;

struct rig_options {
	const struct modem_setup *modem;	/* texts expanded, world files of the fixtures included */
	const struct run_options *run;
	const struct timebase *time;
	struct proxies *net;		/* in front of the cell's servers; NULL: none */
	uint64_t seed;
	bool needs_dut;			/* some step is a client step */
	const char *program_dir;	/* the cell's folder when some step starts a program, else NULL */
	void (*on_event)(const struct rig_event *ev, void *ctx);	/* may be NULL */
	void *ctx;
	const volatile sig_atomic_t *stop;	/* set by a signal: waiting ends; may be NULL */
};

enum rig_wait {
	RIG_DONE,		/* what was waited for holds */
	RIG_TIMEOUT,		/* the time is over */
	RIG_GONE,		/* the modem's side died by itself; rig_gone() says how */
	RIG_STOPPED,		/* by a signal */
	RIG_WATCH		/* the watch function said no */
};

struct rig;
struct ppp_ear;

/* NULL with *e filled on failure: ERROR of the cell. All is borrowed and outlives the rig. */
struct rig *rig_new(const struct rig_options *o, struct err *e);
/* Stops the client and the modem. *leaked (may be NULL) gets how many timers were left armed. */
void rig_free(struct rig *r, unsigned *leaked);

/* Called after everything that happens during rig_wait(); true ends the wait with RIG_WATCH. */
void rig_set_watch(struct rig *r, bool (*watch)(void *ctx), void *ctx);

/* Lets time pass until done(ctx) or until_us on the cell's clock. done may be NULL. */
enum rig_wait rig_wait(struct rig *r, uint64_t until_us, bool (*done)(void *ctx), void *ctx);

/* From now on a signal does not end waiting: what is done now is clearing up. */
void rig_ignore_stop(struct rig *r);

uint64_t rig_now_us(const struct rig *r);
struct stream *rig_stream(struct rig *r, enum stream_id id);
/* What has been heard of PPP. */
const struct ppp_ear *rig_ppp(const struct rig *r);
struct fault_line *rig_line(struct rig *r);
const char *rig_gone(const struct rig *r);
/* What the host did that a recording has no answer to; told once. */
bool rig_take_wrong(struct rig *r, char *out, size_t size);
/* Whether a recording has anything left; what is appended to out. */
bool rig_left(struct rig *r, struct buf *out);

/* What a real server of the cell saw, and its end that nobody wanted: fixture_hooks with the rig as ctx. */
void rig_broker_line(const char *line, void *rig);
void rig_server_gone(const char *why, void *rig);

/* A real server of the cell is stopped (false), or has been started again. */
void rig_server_runs(struct rig *r, const struct fixture *server, bool runs);

/* The harness itself speaks as the host. */
void rig_send(struct rig *r, const void *p, size_t n);
/* A line of the emulator's control language: 0, -EINVAL, -ENOTSUP (a board). */
int rig_control(struct rig *r, const char *line, struct buf *reply);

/* Lines beside the data: drives one, reads all. 0, -ENOTSUP with what it would take in *e ("modem lines: ..."), or another error. */
int rig_set_line(struct rig *r, enum serial_line which, bool on, struct err *e);
int rig_get_lines(struct rig *r, struct serial_lines *out, struct err *e);
/* The speed of the host's end; the same errors. */
int rig_set_baud(struct rig *r, long baud, struct err *e);

/* Starts the client; 0 or a negative error with *e filled. */
int rig_client_start(struct rig *r, const char *const *args, size_t n_args, struct err *e);
void rig_client_stop(struct rig *r);
bool rig_client_running(const struct rig *r);
/* True once some client step has ended; *status is the last one's. */
bool rig_client_status(const struct rig *r, int *status);

/*
 * Programs of others take the client's place: they run, end and are stopped as clients are. rig_program_start(): argv ends
 * with NULL; 0 or a negative error with *e filled. rig_program_type(): 0, or nobody reads.
 */
int rig_program_start(struct rig *r, char *const *argv, bool terminal, struct err *e);
int rig_program_type(struct rig *r, const void *keys, size_t n);
/* Where programs find the modem, and the folder they start in. */
const char *rig_program_port(const struct rig *r);
const char *rig_program_dir(const struct rig *r);
/* Whether a program has the port open; ctx is the rig. */
bool rig_program_has_port(const struct rig *r);

/* The words for a code that ends a line ("+CMQTTCONNECT: 0,32" -> "handshake failed"), NULL when nobody explained it. */
const char *rig_meaning(const struct rig *r, const char *line, int *code);
/* The latest explanation not older than since_us, "" when there is none. */
const char *rig_why(const struct rig *r, uint64_t since_us);

#endif
