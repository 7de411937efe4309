/* The board whose firmware is under test: found, locked for as long as the run takes, and flashed when that is asked
 * for. */
#ifndef HARNESS_RUN_FIRMWARE_H
#define HARNESS_RUN_FIRMWARE_H

#include "base/err.h"
#include "harness/hil.h"

struct run_firmware;

/*
 * For --dut board:NAME sets run->firmware and run->jobs, which is 1; nothing for other clients, then *out is NULL. 0,
 * or a negative error with *e filled.
 */
int run_firmware_take(struct run_firmware **out, struct run_options *run, struct err *e);
/* Lets it go. NULL is fine. */
void run_firmware_free(struct run_firmware *f);

#endif
