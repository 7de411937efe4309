/* Where hil keeps things of its own: the folders of the XDG base directory specification, with its fall-backs. */
#ifndef HARNESS_XDG_H
#define HARNESS_XDG_H

#include <stdbool.h>
#include <stddef.h>

/* $XDG_CONFIG_HOME/hil/NAME, $XDG_STATE_HOME/hil/NAME; nothing is made. False, and "" in out: there is no home either. */
bool xdg_config(char *out, size_t size, const char *name);
bool xdg_state(char *out, size_t size, const char *name);

/* $XDG_RUNTIME_DIR/hil/NAME, or /tmp/hil-UID/NAME; the folder is made with mode 0700. */
void xdg_runtime(char *out, size_t size, const char *name);

/* Makes the folders above a file. */
void xdg_folders_above(const char *path);

#endif
