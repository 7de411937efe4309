/* What logs look like, as rows. The code that reads them knows what a row is for, and no format. */
#ifndef IMPORT_IMPORT_ROWS_H
#define IMPORT_IMPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/* What matches a format's regex, and what is done with it. */
enum import_layer {
	LAYER_WRAP,	 /* typography around a line: peeled off, says nothing about the log */
	LAYER_STAMP,	 /* time before a line of text: peeled off */
	LAYER_MARK,	 /* time, and a word for the direction (GROUP_DIR): peeled off */
	LAYER_QUOTED,	 /* the same, and the text is bytes in the spelling of C */
	LAYER_LOG,	 /* a firmware's own log: peeled off; what is no AT talk inside is a log line */
	LAYER_BANNER,	 /* a terminal program speaks of itself: names the format of what follows */
	LAYER_SENT_RECV, /* blocks of text, see import_blocks.c for these and the following */
	LAYER_SOCAT,
	LAYER_JPNEVULATOR,
	LAYER_HEX,
	LAYER_JSONL,
	LAYER_PLAIN /* no regex of its own: what is left */
};

struct import_format {
	const char *regex;
	const char *name;
	enum import_layer layer;
	bool every_line;  /* the program stamps each line: one without a stamp is not of this capture */
	const char *help; /* NULL: a further look of the format above it */
};

extern const struct import_format import_format_rows[];
extern const size_t import_format_count;
extern const size_t import_format_plain; /* index of the row "plain" */

/* What a line of text is, by its look alone. */
enum import_look {
	LOOK_BLANK,
	LOOK_HEADER, /* somebody begins to speak: a post, a mail */
	LOOK_CODE,
	LOOK_PEM,   /* a line of a certificate or key */
	LOOK_OTHER, /* output of another program */
	LOOK_COMMAND,
	LOOK_PROMPT,
	LOOK_FINAL,
	LOOK_ANSWER, /* +NAME: ..., a label of an identity, a line that comes unasked */
	LOOK_PROSE,
	LOOK_WORD, /* a word or a few: prose between, information inside an answer */
	LOOK_UNKNOWN
};

struct import_look_row {
	const char *regex;
	enum import_look look;
};

extern const struct import_look_row import_look_rows[];
extern const size_t import_look_count;

/* Words that people write behind a line; GROUP_TEXT is the comment with the blanks before it. */
struct import_comment_row {
	const char *regex;
};

extern const struct import_comment_row import_comment_rows[];
extern const size_t import_comment_count;

/* The parts that a line of several is cut into. */
enum import_part { PART_TOKEN, PART_TOKEN_START, PART_GLUED, PART_MENTION, PART_COUNT };

extern const char *const import_part_rows[PART_COUNT];

/* Lines of a modem behind which GROUP_LENGTH bytes of its data follow on lines of their own. */
struct import_follow_row {
	const char *regex;
};

extern const struct import_follow_row import_follow_rows[];
extern const size_t import_follow_count;

/* What word processors and web pages make of a plain character. */
struct import_plain_row {
	const char *fancy, *plain;
};

extern const struct import_plain_row import_plain_rows[];
extern const size_t import_plain_count;

/* How a program calls the host's direction; everything else is the modem's. */
bool import_is_host_word(const char *p, size_t n);

#endif
