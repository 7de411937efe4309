/* A recording as a scenario to begin with: what was sent is sent again, what came is expected. */
#ifndef IMPORT_IMPORT_DRAFT_H
#define IMPORT_IMPORT_DRAFT_H

#include "base/buf.h"
#include "harness/import/import.h"
#include "harness/import/import_profile.h"

struct import_draft {
	const char *name;   /* of the scenario: letters, digits and dashes */
	const char *source; /* what the text is called in refs: "issue-49" */
	const struct import_segment *segment;
	const struct recording *recording;
	const struct import_profile *profile; /* NULL: not known */
};

/* Appends the YAML of a scenario that `hil check` takes. Returns 0 or -ENOMEM. */
int import_write_draft(const struct import_draft *d, struct buf *out);

/* "out/Field Log_3" to "field-log-3", for names of scenarios. */
void import_plain_name(const char *text, char *out, size_t size);

#endif
