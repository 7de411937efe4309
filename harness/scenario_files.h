/* Inside the loader: the files a scenario is made of. */
#ifndef HARNESS_SCENARIO_FILES_H
#define HARNESS_SCENARIO_FILES_H

#include "harness/scenario_load.h"

/* Parses a text / file and keeps it among the reader's sources. NULL with *r->e set. */
struct source *source_add(struct reader *r, const char *name, const char *text, size_t len);
struct source *source_add_file(struct reader *r, const char *path);

/* Refuses a schema: this hil does not know. */
int check_version(struct reader *r, const struct yml_node *root);

/* The lists of a step library / of all files of include:, added to the reader's. */
int read_library(struct reader *r, const struct yml_node *root);
int read_includes(struct reader *r, const struct yml_node *include);

/* Reads every list by itself in the reader's scope. */
int check_lists(struct reader *r);

#endif
