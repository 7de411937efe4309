/* Results that a session is about: which lines hold one, and whether it is success. */
#ifndef REPRODUCE_OUTCOME_H
#define REPRODUCE_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

struct outcome {
	int rank; /* 1: what the session is for; higher: on the way there; 0: no result of that kind */
	int code; /* of "+CMQTTCONNECT: 0,32"; -1: none */
	bool ok;
};

/* What a result or final line says. "ERROR" and "+CME ERROR: n" are outcomes of rank 9. NULL gives rank 0. */
struct outcome outcome_of(const char *line);

/* Whether line is the outcome of this command: of its name, with a row, and the command is no question. */
bool outcome_belongs(const char *command, const char *line);

/* Where the code stands in a line that is an outcome; false when it has none. */
bool outcome_code_at(const char *line, size_t *at, size_t *n);

/* The rank of the command's outcome, 0 when it has none but its final result. */
int outcome_rank(const char *command);

#endif
