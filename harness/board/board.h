/*
 * The boards of a lab, as boards.yaml has them: $XDG_CONFIG_HOME/hil/boards.yaml, then boards.yaml of this folder,
 * whose entries replace those of the same name.
 *
 *   schema: 1
 *   boards:
 *     - name: lab-1
 *       port: /dev/serial/by-id/usb-SimTech__Incorporated_...-if02-port0    # or tcp://HOST:PORT
 *       baud: 115200                       # or auto: the speed at which it answers AT
 *       revision: LE20B03SIM7600M22        # what AT+CGMR has to say
 *       has: [sim, broker-reachable]       # what scenarios can need
 *       reset: {at: AT+CRESET, ready: PB DONE, within: 60s}     # or run: COMMAND, or line: rts, for: 200ms
 *       power: {on: uhubctl ..., off: uhubctl ..., cycle: uhubctl ...}
 *       pwrkey: {line: '!rts'}             # a line of the adapter; or {on: COMMAND, off: COMMAND}; reset_pin: likewise
 *   firmware:                              # boards whose firmware is under test, with an emulator as their modem
 *     - name: node-1
 *       modem: /dev/serial/by-id/...       # its modem's wires lead here; without it it has a modem of its own
 *       console: /dev/serial/by-id/...     # what it prints
 *       flash: {run: 'st-flash write ${file} 0x8000000', within: 2m}    # hil run --flash FILE
 *       start: {run: 'provision ${args}'}  # what a client step asks for; then
 *       reset: {line: rts, for: 100ms}     # of the console's adapter; or {run: COMMAND}
 *       exit: '^exit ([0-9]+)$'            # the line on its console that ends a client step
 */
#ifndef BOARD_BOARD_H
#define BOARD_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "harness/lines.h"

enum { BOARD_POWER_ON, BOARD_POWER_OFF, BOARD_POWER_CYCLE, BOARD_POWER_COUNT };

enum { BOARD_KEY_PWRKEY, BOARD_KEY_RESET, BOARD_KEY_COUNT };

/* A line of the adapter that does something else on this board: SERIAL_LINE_DTR or SERIAL_LINE_RTS, or -1 for none. */
struct board_wire {
	int line;
	bool inverted; /* pressed is off */
};

/* How a pin of the modem is pressed and let go: by a wire, or by commands. Neither: it cannot be. */
struct board_key {
	struct board_wire wire;
	const char *run[2]; /* let go, pressed: shell commands, or NULL */
};

/* Texts are the list's. */
struct board {
	const char *name;     /* a bare address is its own name */
	const char *port;     /* path, or tcp://HOST:PORT */
	const char *revision; /* NULL: whatever it is */
	long baud;	      /* 0: to be found out */
	const char *const *has;
	size_t n_has;
	/* What resets it before each cell: a command to it, one of this machine, or a pulse of a wire; none: nothing
	 * does. */
	const char *reset_at, *reset_run;
	struct board_wire reset_wire;
	uint64_t reset_for_us;	 /* the pulse */
	const char *reset_ready; /* the line that ends its boot; NULL: any answer to AT */
	uint64_t reset_within_us;
	const char *power[BOARD_POWER_COUNT]; /* shell commands, NULL: there is none */
	struct board_key key[BOARD_KEY_COUNT];
};

enum { FIRMWARE_FLASH, FIRMWARE_START, FIRMWARE_RESET, FIRMWARE_STOP, FIRMWARE_HOOK_COUNT };

/* One of both: a command, or a pulse of a wire of the console's adapter. Neither: nothing is done. */
struct firmware_hook {
	const char *run;
	struct board_wire wire;
	uint64_t for_us, within_us;
};

/* A firmware under test on its own board. Texts are the list's. */
struct firmware {
	const char *name;
	const char *modem, *console; /* ports of this machine, as addresses of boards; modem NULL: one of its own */
	long baud, console_baud;
	struct firmware_hook hook[FIRMWARE_HOOK_COUNT];
	const char *exit; /* regex; NULL: it never ends by itself */
};

struct boards;

/* Reads the files that exist. NULL with *e filled (file:line:column). */
struct boards *boards_load(struct err *e);
/* The same from one text that errors call name. */
struct boards *boards_parse(const char *name, const char *text, size_t n, struct err *e);
void boards_free(struct boards *b);

size_t boards_size(const struct boards *b);
const struct board *boards_at(const struct boards *b, size_t i);

/*
 * The board that is meant: a name, "pool:word,word" (the first that has all the words, is not out and is free), or else
 * an address. NULL with *e filled. What is made of an address belongs to b.
 */
const struct board *boards_find(struct boards *b, const char *what, struct err *e);

/* A firmware by its name. NULL with *e filled. */
const struct firmware *boards_find_firmware(const struct boards *b, const char *name, struct err *e);

/*
 * One user at a time: a lock that the kernel frees when its holder ends. 0, -EBUSY with the holder's pid in *e, or
 * another error. *fd is closed to let the board go.
 */
int board_lock(const struct board *b, int *fd, struct err *e);

/* Health: a board that failed its check is out, with the reason, until it passes one. board_out() returns false and ""
 * when it is not. */
bool board_out(const struct board *b, char *why, size_t size);
int board_set_out(const struct board *b, const char *why, struct err *e); /* why NULL: it is back */

#endif
