/* The JSON Schema (draft-07) of scenario files and step libraries, made from the loader's tables. */
#ifndef HARNESS_SCHEMA_H
#define HARNESS_SCHEMA_H

/* The whole schema as text ending with a newline; the caller frees it. NULL: out of memory. */
char *schema_text(void);

#endif
