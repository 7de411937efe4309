/*
 * A log as people have it - a serial monitor, a terminal's capture, a dump, a thread with prose between - becomes
 * recordings. What a log looks like is rows of import_rows.c; nothing here knows a modem.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "harness/wire/recording.h"

/*
 * A text whose name ends like "issue-49-142-196.txt" and that has just as many lines is an excerpt: its lines are
 * numbered from 142 and its name is "issue-49".
 */
struct import_options {
	const char *as; /* the format's name, NULL: found out line by line */
	bool redact;	/* stand-ins of equal length for what is nobody's business (import_redact.h) */
	unsigned first_line,
		last_line; /* only these lines of the text are looked at, 1-based; 0: from the first, to the last */
};

struct import;

/* One conversation of the text. */
struct import_segment {
	unsigned first_line, last_line; /* of the text */
	const char *format;		/* name of its row: "arduino", "socat", "plain" ... */
	size_t commands;		/* of the host */
	size_t answered;		/* commands with a final result */
	size_t answers;			/* lines of the modem that no command in the log asked for, URCs included */
	bool timed;			/* the times are the log's own */
};

enum import_remark_kind {
	IMPORT_UNREAD,	/* neither read nor known as prose */
	IMPORT_DAMAGED, /* read, and kept as it came, though bytes are missing or wrong */
	IMPORT_JOINED,	/* several lines made one, or one line made several */
	IMPORT_COMMENT, /* words somebody wrote behind a line: cut off */
	IMPORT_MENTION, /* a command named in prose: not part of a conversation */
	IMPORT_GUESS	/* a direction or an order that the log does not say */
};

struct import_remark {
	enum import_remark_kind kind;
	unsigned line;	  /* of the text */
	const char *text; /* what it is about, redacted; "" when there is nothing to show */
	const char *why;
};

/* What was replaced, one entry for each original; the original itself is not kept. */
struct import_replaced {
	const char *kind; /* "IMEI", "password", ... */
	const char *stand_in;
	unsigned line; /* where it was first, of the text */
	size_t count;  /* how often */
};

/*
 * Reads n bytes of text that messages call name. A text without a conversation gives an import without segments. NULL
 * with *e filled when o is wrong (no such format, no such line) or memory is out.
 */
struct import *import_text(const char *name, const char *text, size_t n, const struct import_options *o, struct err *e);
void import_free(struct import *imp);

/* What lines are lines of: the name given, or for an excerpt the name of the whole. */
const char *import_name(const struct import *imp);

/* The conversations in the order of the text. The recording is borrowed from imp. */
size_t import_segments(const struct import *imp);
const struct import_segment *import_segment(const struct import *imp, size_t i);
const struct recording *import_recording(const struct import *imp, size_t i);

/* What is to be said about the reading, by line; and what was replaced. */
size_t import_remarks(const struct import *imp);
const struct import_remark *import_remark(const struct import *imp, size_t i);
size_t import_replacements(const struct import *imp);
const struct import_replaced *import_replaced(const struct import *imp, size_t i);

/* The number of the text's first line: 1 unless it is an excerpt. */
unsigned import_first_line(const struct import *imp);
/* Lines of the text, and how many of them were prose, code or the talk of a terminal program. */
unsigned import_line_count(const struct import *imp);
unsigned import_prose_count(const struct import *imp);

/* "unread", "damaged", "joined", "comment", "mention", "guess". */
const char *import_remark_name(enum import_remark_kind kind);

/* The names of the formats, NULL-terminated, and what one holds in a few words. */
const char *const *import_formats(void);
const char *import_format_help(const char *name);

/*
 * "thread.txt:59-67" as path and line range into *o; "thread.txt" as the path alone. A file whose own name ends like
 * that is the file. The path is returned, the caller frees it; NULL with *e filled when the range is wrong.
 */
char *import_split_range(const char *argument, struct import_options *o, struct err *e);

#endif
