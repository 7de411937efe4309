/*
 * What one source said since the scenario began: bytes with the time of their arrival, and the lines they make.
 * A line ends at CR or LF; empty lines do not count. Matching never moves anything: a cursor belongs to its reader.
 */
#ifndef HARNESS_STREAM_H
#define HARNESS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "harness/match.h"

struct stream;

/* The order of arrivals over all streams of a cell: one counter, shared. */
struct stream_order {
	uint64_t next;
};

/* order is borrowed and outlives the stream. NULL: out of memory. */
struct stream *stream_new(struct stream_order *order);
void stream_free(struct stream *s);

/* Adds what arrived at t_us. Past 16 MiB the rest is not kept and stream_is_full() says so. */
void stream_add(struct stream *s, uint64_t t_us, const void *p, size_t n);
/* Ends an unfinished line where it is: the other side has answered, so what follows is something new. */
void stream_break_line(struct stream *s);
bool stream_is_full(const struct stream *s);

size_t stream_len(const struct stream *s);
const char *stream_bytes(const struct stream *s);
/* When the byte at pos arrived; of the last byte when pos is behind the end; 0 in an empty stream. */
uint64_t stream_time(const struct stream *s, size_t pos);
/* Order of arrival of the byte at pos. */
uint64_t stream_seq(const struct stream *s, size_t pos);
/* The first byte that arrived later than seq; the length when there is none. */
size_t stream_after_seq(const struct stream *s, uint64_t seq);

struct stream_line {
	size_t start, end;	/* raw bytes without line end */
	bool complete;
};

size_t stream_lines(const struct stream *s);
/* Line i with its times; the last one may be unfinished. */
struct stream_line stream_line(const struct stream *s, size_t i);
/* The first line that ends behind pos. */
size_t stream_line_at(const struct stream *s, size_t pos);
/* Appends the escaped view of line i. */
void stream_view(const struct stream *s, size_t i, struct buf *out);

struct stream_hit {
	size_t start, end;	/* raw bytes that the match consumed */
	size_t resume;		/* where the next search begins: for a regex behind the line */
	uint64_t t_us;		/* when the last consumed byte arrived */
	uint64_t seq;
	char group[MATCH_GROUPS_MAX][256];
	unsigned n_groups;
};

/*
 * The first match of m at or behind pos. last: nothing more will come, so that an unfinished line counts as finished.
 * *resume, when not NULL, is set on failure to where a later search may begin without missing anything.
 */
bool stream_find(const struct stream *s, const struct match *m, size_t pos, bool last, struct stream_hit *hit,
		 size_t *resume);

#endif
