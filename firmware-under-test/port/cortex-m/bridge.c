/*
 * at-bridge.elf: the terminal sketch of issue-49 (ATdebug.ino) on this machine. Each turn of its loop passes on one
 * byte in each direction and then waits a millisecond, so that an answer longer than the receive ring overruns it: the
 * damaged +CSSLCFG dumps of issue-49:242-253 by the same cause. EOT (0x04) on the console ends it.
 */
#include "port/cortex-m/machine.h"

#define LOOP_MS 1u
#define EOT 0x04

static void delay(uint32_t ms)
{
	uint32_t begin = machine_ms();

	while (machine_ms() - begin < ms)
		board_wait_for_interrupt();
}

int main(void)
{
	machine_open(115200u, 1u);
	machine_print("bridge\n");
	for (;;) {
		uint8_t c;

		if (uart_read(&machine_console, &c, 1)) {
			if (c == EOT)
				machine_exit(0);
			uart_write(&machine_modem, &c, 1);
		}
		if (uart_read(&machine_modem, &c, 1))
			uart_write(&machine_console, &c, 1);
		delay(LOOP_MS);
	}
}
