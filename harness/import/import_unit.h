/* What a log holds, line by line or dump by dump, with its layers off and not yet understood. */
#ifndef IMPORT_IMPORT_UNIT_H
#define IMPORT_IMPORT_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "harness/import/import_notes.h"
#include "harness/import/import_regex.h"
#include "harness/import/import_source.h"

enum unit_from {
	UNIT_UNKNOWN, /* the log does not say */
	UNIT_HOST,
	UNIT_MODEM,
	UNIT_LOG,   /* a firmware's own line */
	UNIT_OTHER, /* an event of a recording that is neither: kept as it is, see other */
	UNIT_PORT_A,
	UNIT_PORT_B /* one side and the other: which is the host is found by what they say */
};

struct import_unit {
	unsigned line; /* of the text */
	unsigned post; /* number of the post it is in */
	enum unit_from from;
	enum wire_from other;
	bool raw;    /* bytes as they crossed the line; else one line of text without its end */
	bool torn;   /* of text: goes on in the next unit of the same direction */
	bool fenced; /* inside a code block */
	bool timed;
	uint64_t t_us;
	size_t format;	   /* row of import_format_rows */
	size_t start, len; /* in import_units.bytes */
};

struct import_units {
	struct import_unit *items;
	size_t n, cap;
	struct buf bytes;
	char profile[64], times[16]; /* what a recording says of itself; "" when it does not */
};

/* Appends a unit with a copy of its bytes. Returns 0 or a negative error. */
int import_units_add(struct import_units *u, const struct import_unit *unit, const char *p, size_t len);
const char *import_units_text(const struct import_units *u, const struct import_unit *unit);
void import_units_free(struct import_units *u);

/* What the readers of a log share. */
struct import_reader {
	const char *name; /* of the text, for messages */
	struct source *source;
	struct import_units *units;
	struct import_notes *notes;
	struct import_regexes *formats, *looks;
	size_t only;   /* row of the one format to be read, or import_format_count */
	size_t banner; /* row of the program that spoke of itself, or import_format_plain */
	size_t next;   /* the source line to be read */
	unsigned post;
	/* of dumps */
	char port[2][64]; /* names of the two sides as they came up */
	struct buf line;  /* a line of text from a dump without directions that is not ended */
	struct import_unit line_unit;
	uint64_t offset[3];	  /* the byte expected next: socat's two directions, a dump's one */
	bool repeats;		  /* a dump's "*": the row before goes on to the next offset */
	struct buf row;		  /* the dump's row before */
	enum unit_from dump_from; /* esp_modem says before a dump whose it is */
	char cell[128];		  /* of a run's recordings: the cell of the event before */
	size_t loose;		  /* row of the format whose blocks stand between a firmware's own lines */
};

/* Reads all of the source into units. Returns 0 or a negative error with *e filled. */
int import_read(struct import_reader *in, struct err *e);

/* The time of a hit in microseconds; false when it has none. Times of day count from midnight. */
bool import_read_time(const char *p, const struct import_hit *hit, uint64_t *t_us);

/* Reads the block that begins at source line in->next with format row; moves in->next past it. */
int import_read_block(struct import_reader *in, size_t row, const char *p, const struct import_hit *hit,
		      struct import_unit *unit);
/* Ends the line of text that a dump has begun. */
int import_end_dump(struct import_reader *in);

#endif
