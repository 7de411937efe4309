/* What `hil` does, one function a verb. Each returns an enum hil_exit (or HIL_EXIT_SIGNAL + n). */
#ifndef HARNESS_VERBS_H
#define HARNESS_VERBS_H

#include "harness/options.h"

int verb_run(const struct options *o);
int verb_list(const struct options *o);
int verb_check(const struct options *o);
int verb_render(const struct options *o);
int verb_explain(const struct options *o);
int verb_record(const struct options *o);
int verb_replay(const struct options *o);
int verb_schema(const struct options *o);
int verb_compare(const struct options *o);
int verb_merge(const struct options *o);
int verb_reproduce(const struct options *o);
int verb_probe(const struct options *o);
int verb_matrix(const struct options *o);
int verb_import(const struct options *o);
int verb_boards(const struct options *o);
int verb_help(const struct options *o);
int verb_version(const struct options *o);

#endif
