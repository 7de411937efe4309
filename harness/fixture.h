/* What a cell needs beside modem and client: started before the steps, stopped after finally, in reverse. */
#ifndef HARNESS_FIXTURE_H
#define HARNESS_FIXTURE_H

#include "base/err.h"
#include "harness/scenario.h"

struct fixtures;

/*
 * Starts the cell's fixtures and sets ${name.host} and ${name.port}. Files go to dir. NULL with *e filled (with its
 * place) when one does not start; those before it are stopped again then.
 */
struct fixtures *fixtures_start(struct cell *cell, const char *dir, struct err *e);
void fixtures_stop(struct fixtures *f);	/* NULL is fine */

/* World files to hand to the modem, before those of the scenario. */
const char *const *fixtures_worlds(const struct fixtures *f, size_t *n);

#endif
