/* What standard output is: colour and width. */
#ifndef HARNESS_TERMINAL_H
#define HARNESS_TERMINAL_H

#include <stdbool.h>

#include "harness/hil.h"

/* Whether to write colours to stdout: asked for, or a terminal that has them; NO_COLOR beats CLICOLOR_FORCE. */
bool terminal_color(enum hil_color asked);

/* Columns of the terminal at stdout, or of $COLUMNS; otherwise when neither is known. */
unsigned terminal_width(unsigned otherwise);

#endif
