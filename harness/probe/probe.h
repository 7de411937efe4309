/*
 * Interrogating a modem: experiments are asked one after the other, what their answers show becomes values of a
 * profile. Nothing here knows a command; the rows of rows.h do.
 */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/emu.h"
#include "base/buf.h"
#include "base/err.h"
#include "harness/probe/talk.h"

/* What an experiment does to the modem beyond asking, as bits; 0 changes nothing beyond the session. */
enum probe_need {
	PROBE_WRITE = 1 << 0,	/* settings that are put back, services started and stopped, scratch files */
	PROBE_NETWORK = 1 << 1, /* opens data connections */
	PROBE_BOOT = 1 << 2	/* restarts the modem */
};

struct probe_options {
	unsigned allowed;	  /* bits of enum probe_need */
	unsigned repeat;	  /* how often a time is measured; the median counts. 0: once */
	const char *const *peers; /* "tls=host:port": where servers of the experiments are; over the built-in names */
	size_t n_peers;
	/* Said before each experiment, for a terminal; may be NULL. */
	void (*progress)(const char *what, size_t done, size_t all, void *ctx);
	void *ctx;
};

enum probe_state {
	PROBE_UNSEEN,	   /* nobody asks for it, or the answer showed nothing */
	PROBE_SEEN,	   /* value and evidence are there */
	PROBE_NOT_ALLOWED, /* an experiment would need more */
	PROBE_ABSENT	   /* the modem lacks what it would be asked with */
};

struct probe_value {
	enum probe_state state;
	char *value;	    /* as in emu_revision_value(); NULL unless seen */
	char evidence[128]; /* "probe:AT+CMQTTSTART" */
	unsigned needs;	    /* of the experiment that was not allowed */
	unsigned within;    /* seen times of so many ms apart are the same */
};

struct probe_result {
	struct probe_value *value; /* emu_value_count() of them */
	size_t n;
	struct buf notes; /* what went wrong on the way, a line each */
	size_t commands;  /* sent in all */
};

/*
 * Asks all experiments that o allows. 0; -EPROTO (what answers is no modem, or nothing answers), -EIO (the line is
 * gone, or the modem is dead), -EINTR (talk_interrupt()) or -ENOMEM with *e filled. probe_result_free() in any case.
 */
int probe_run(struct talk *t, const struct probe_options *o, struct probe_result *r, struct err *e);
void probe_result_free(struct probe_result *r);

#endif
