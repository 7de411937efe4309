/* What AT&W and AT+IPREX keep over power-off, in the modem's store. */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include "at/at.h"
#include "modem/store.h"

/* A setting the store has never seen stays as it is. */
void settings_load(const struct store *store, struct at_settings *s);
void settings_save(struct store *store, const struct at_settings *s);

#endif
