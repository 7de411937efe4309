/* Units understood: who said what, which lines are a conversation, and where one ends and the next begins. */
#ifndef IMPORT_IMPORT_TALK_H
#define IMPORT_IMPORT_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "harness/import/import_notes.h"
#include "harness/import/import_parts.h"
#include "harness/import/import_unit.h"

struct import_event {
	uint64_t t_us;
	enum wire_from from;
	unsigned line;
	size_t start, len; /* in talk.bytes */
};

struct import_stretch {
	size_t first_event, n_events;
	unsigned first_line, last_line;
	size_t format; /* row of import_format_rows */
	unsigned post;
	bool timed;
	bool from_prose; /* all of it stood inside sentences */
};

struct import_talk {
	const struct import_units *units;
	const struct import_tables *tables;
	struct import_notes *notes;
	struct import_event *events;
	size_t n_events, cap_events;
	struct import_stretch *segments;
	size_t n_segments, cap_segments;
	struct buf bytes;
	unsigned prose_lines;
	bool failed; /* out of memory */

	/* the conversation as far as it was read */
	struct import_stretch *cur; /* NULL: the next line begins one */
	bool open;		    /* a command waits for its final result */
	char name[32];		    /* of the open command */
	char command[512];
	size_t unanswered; /* commands in a row that nothing answered */
	bool doubled;	   /* each command stands twice: the host's, and its echo */
	unsigned doubled_post;
	bool torn;			  /* the modem's last line goes on */
	size_t follow;			  /* bytes of the modem's data still to come on lines of their own */
	bool skip;			  /* the next unit was joined to this one */
	uint64_t days_us;		  /* midnights passed since the segment began */
	uint64_t base_us, last_us;	  /* the log's time of the segment's beginning; the last event's time */
	size_t gap_paragraphs, gap_lines; /* of prose since the last line of the conversation */
	bool after_blank;
	size_t log_first, log_end; /* units of the firmware's own lines since the last line of the conversation */
	enum unit_from host_port;  /* which side of a dump is the host */
	unsigned host_port_post;
	/* data at a prompt */
	bool prompted;
	long data_length; /* -1: until 0x1a */
	unsigned data_line;
	size_t data_blanks; /* empty lines since the last line of data */
	struct buf data;
};

/* Reads all units. Returns 0 or -ENOMEM; import_talk_free() in both cases. */
int import_talk_read(struct import_talk *t);
void import_talk_free(struct import_talk *t);

/* An event of the current segment, now. */
void import_talk_add(struct import_talk *t, enum wire_from from, unsigned line, const char *p, size_t n);

/* Whether a line of u belongs to the current segment. */
bool import_talk_goes_on(const struct import_talk *t, const struct import_unit *u);
/*
 * Each line of a conversation comes through here first: it goes on with the current segment or begins another, and its
 * time is now. prose: it stands inside a sentence.
 */
void import_talk_enter(struct import_talk *t, const struct import_unit *u, bool prose);
/* The time of u is now; for lines that cannot begin a segment. */
void import_talk_take_time(struct import_talk *t, const struct import_unit *u);
void import_talk_end_segment(struct import_talk *t);

/*
 * A prompt and the text behind it; a further line of data; the end of it. taken: the modem answered OK, so that it got
 * as many bytes as it had asked for.
 */
void import_talk_prompt(struct import_talk *t, const struct import_unit *u, const char *p, size_t n);
void import_talk_data_line(struct import_talk *t, const struct import_unit *u, const char *p, size_t n);
void import_talk_end_data(struct import_talk *t, bool taken);
/* True when the data the command asked for is complete. */
bool import_talk_data_is_complete(const struct import_talk *t);

#endif
