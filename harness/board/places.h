/* Where hil keeps things about boards: XDG's folders, with the fall-backs of the base directory specification. */
#ifndef BOARD_PLACES_H
#define BOARD_PLACES_H

#include <stddef.h>

/* $XDG_CONFIG_HOME/hil/NAME, $XDG_STATE_HOME/hil/NAME; nothing is made. */
void place_config(char *out, size_t size, const char *name);
void place_state(char *out, size_t size, const char *name);
/* $XDG_RUNTIME_DIR/hil/NAME, or /tmp/hil-UID/NAME; the folder is made with mode 0700. */
void place_runtime(char *out, size_t size, const char *name);

#endif
