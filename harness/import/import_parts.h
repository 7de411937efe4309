/* One line of text that holds several: cut into its parts, and freed of what people wrote behind it. */
#ifndef IMPORT_IMPORT_PARTS_H
#define IMPORT_IMPORT_PARTS_H

#include "base/buf.h"
#include "harness/import/import_regex.h"
#include "harness/import/import_rows.h"

enum { PARTS_MAX = 64 };

struct import_part_span {
	size_t start, len;
	bool prose; /* words before the first command */
};

struct import_parts {
	struct import_part_span part[PARTS_MAX];
	size_t n;
	bool glued; /* a command ran into the line before it */
};

/* The tables that a line is looked at with. */
struct import_tables {
	struct import_regexes *looks, *comments, *parts, *follows;
};

/* NULL tables and *e filled on failure; import_tables_free() in both cases. */
int import_tables_load(struct import_tables *t, struct err *e);
void import_tables_free(struct import_tables *t);

enum import_look import_look_at(const struct import_tables *t, const char *p, size_t n);

/* Always at least one part; the parts are trimmed. */
void import_split_line(const struct import_tables *t, const char *p, size_t n, struct import_parts *out);

/* Bytes of the line without the comment behind it; n when there is none. */
size_t import_without_comment(const struct import_tables *t, const char *p, size_t n);

/* Appends the line with plain characters in the place of fancy ones. True when there were some. */
bool import_make_plain(const char *p, size_t n, struct buf *out);

/* Bytes of data that follow this line of the modem on lines of their own; 0: none. */
size_t import_data_behind(const struct import_tables *t, const char *p, size_t n);

/* The next command named in prose at or after from; false when there is none. */
bool import_find_mention(const struct import_tables *t, const char *p, size_t n, size_t from, struct import_span *out);

#endif
