/* Lines of a modem that are not what a modem sends. */
#ifndef IMPORT_IMPORT_DAMAGE_H
#define IMPORT_IMPORT_DAMAGE_H

#include "harness/import/import_notes.h"
#include "harness/wire/exchange.h"

/* Adds a remark for each line of c that has lost bytes by its look; the line itself stays as it came. */
void import_find_damage(const struct conversation *c, struct import_notes *notes);

#endif
