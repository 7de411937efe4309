/* The lines beside the data of a serial port, by the names that scenarios and boards.yaml use. */
#ifndef HARNESS_LINES_H
#define HARNESS_LINES_H

#include <stdbool.h>

/* What the host and the board drive, then what the modem drives. */
enum serial_line {
	SERIAL_LINE_DTR,
	SERIAL_LINE_RTS,
	SERIAL_LINE_PWRKEY,
	SERIAL_LINE_RESET,
	SERIAL_LINES_IN,
	SERIAL_LINE_CTS = SERIAL_LINES_IN,
	SERIAL_LINE_DSR,
	SERIAL_LINE_DCD,
	SERIAL_LINE_RI,
	SERIAL_LINE_COUNT,
};

/* "dtr" ... "ri", NULL-terminated. */
extern const char *const serial_line_names[];

/* As the modem drives them now. times: a number that grows when the line has moved, where the driver counts. */
struct serial_lines {
	bool on[SERIAL_LINE_COUNT];
	unsigned long times[SERIAL_LINE_COUNT];
};

/* The lines of text as the emulator's `line` answers: "dcd=off\ndcd.times=2\n". What is not named stays as it is. */
void serial_lines_read(struct serial_lines *out, const char *text);

#endif
