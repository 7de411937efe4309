/*
 * The wires of a page, small: texts are kept once, equal wires are kept once, long texts and long wires lose their middle
 * (and say so), and what a line's pace tore apart is one event again.
 */
#ifndef HARNESS_HTML_WIRE_H
#define HARNESS_HTML_WIRE_H

#include <jansson.h>
#include <stddef.h>

#include "harness/story.h"

struct html_wires;

/* NULL: out of memory. */
struct html_wires *html_wires_new(void);
void html_wires_free(struct html_wires *w);

/* Takes a cell's wire in; returns its number. */
size_t html_wires_add(struct html_wires *w, const struct story *s);

/*
 * {"texts": ["..."], "wires": [{"e": [dt, lane, text, ...], "s": [event, outcome, line, finally, kind, id, ...]}]}: dt in
 * microseconds since the event before (less than 0: another attempt begins), lane an enum wire_from or 8 for what is left out,
 * text, kind and id numbers of texts. A new reference.
 */
json_t *html_wires_json(const struct html_wires *w);

#endif
