/*
 * One page that holds a table and every cell's wire: no network, no file beside it, readable without scripts as far as
 * the table goes. Style and script are files of their own (harness/html), carried inside hil.
 */
#ifndef HARNESS_HTML_PAGE_H
#define HARNESS_HTML_PAGE_H

#include "base/buf.h"
#include "harness/grid_text.h"
#include "harness/story.h"

struct html_page;

struct html_about {
	const char *title, *started, *target, *seed;
	double real;			/* seconds that the run took */
	const char *stopped;		/* why it ended early, NULL: it did not */
	struct grid_verdict verdict;
};

/* NULL: out of memory. */
struct html_page *html_page_new(void);
void html_page_free(struct html_page *p);

/* The wire of the place that was planned as number. */
void html_page_wire(struct html_page *p, size_t number, const struct story *s);

/* Appends the whole page. The grid has its labels. */
void html_page_write(const struct html_page *p, const struct grid *g, const struct html_about *about, struct buf *out);

/* Appends text so that it is text between tags and in attributes. */
void html_text(struct buf *out, const char *s);

#endif
