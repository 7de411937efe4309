/* MQTT topic names and filters (MQTT 3.1.1, 4.7). */
#ifndef LINK_TOPIC_H
#define LINK_TOPIC_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a name without wildcards matches a filter. */
bool topic_matches(const char *filter, size_t filter_len, const char *name, size_t name_len);

/* Whether a filter is well formed: '#' last and alone in its level, '+' alone in its level, not empty. */
bool topic_filter_valid(const char *filter, size_t len);

#endif
