/* Inside the loader: what a text or a set of keys must look like, whatever it is stored in. */
#ifndef HARNESS_SCENARIO_KEYS_H
#define HARNESS_SCENARIO_KEYS_H

#include "harness/scenario_load.h"

/* Index of s in a NULL-terminated list, or -1. */
int find_word(const char *const words[], const char *s);

/* A name of lower-case letters, digits, '-', and unless plain '/', ':', '_', '.' inside: ids, tags, needs. */
int check_name(struct reader *r, const struct yml_node *n, bool plain);

/* A key that will be read as ${key}: letters, digits, '_', '-' and '.', none that hil gives itself. */
int check_variable(struct reader *r, const struct yml_node *key);

/* A template that is to be a regex, escaped bytes or hex digits. */
int check_text(struct reader *r, const struct yml_node *n, enum field_type type, const char *text);

#endif
