/* What the fold has to know of particular commands, as rows. */
#ifndef WIRE_EXCHANGE_ROWS_H
#define WIRE_EXCHANGE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

/* A final result code: V.250 5.7.1, 27.007 9.1, 27.005 3.2.5. */
bool rows_is_final(const char *line);

/* A line that comes unasked on this family (manual 2.3 and the chapters' lists of URCs). */
bool rows_is_urc(const char *line);

/* Whether line is the result that the command of this name gives after its OK. */
bool rows_is_late(const char *name, const char *line);

/* The argument that is a number of bytes to come, n bytes of it; NULL: the command has none. Blanks around it are left out. */
const char *rows_length_argument(const char *command, size_t *n);

/* Whether line is a late result of any command. */
bool rows_is_any_late(const char *line);

/* Bytes of data the command asks for at its prompt; -1: until 0x1a or the final result. */
long rows_data_length(const char *command);

#endif
