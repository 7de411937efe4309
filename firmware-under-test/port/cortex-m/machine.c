/* The MPS2+ as the images see it. */
#include "port/cortex-m/machine.h"

#include <string.h>

#define CONSOLE_BAUD 115200u

struct uart machine_console;
struct uart machine_modem;
static volatile uint32_t now_ms;
static uint32_t tick;

void systick_handler(void)
{
	now_ms += tick;
}

void uart0_rx_handler(void)
{
	uart_on_rx(&machine_console);
}

void uart0_tx_handler(void)
{
	uart_on_tx(&machine_console);
}

void uart1_rx_handler(void)
{
	uart_on_rx(&machine_modem);
}

void uart1_tx_handler(void)
{
	uart_on_tx(&machine_modem);
}

void machine_open(uint32_t modem_baud, uint32_t tick_ms)
{
	uart_open(&machine_console, UART0, CONSOLE_BAUD, IRQ_UART0_RX);
	uart_open(&machine_modem, UART1, modem_baud, IRQ_UART1_RX);
	tick = tick_ms;
	SYST_RVR = BOARD_HZ / 1000u * tick_ms - 1u;
	SYST_CVR = 0;
	SYST_CSR = SYST_CSR_ON;
}

uint32_t machine_ms(void)
{
	return now_ms;
}

/* With interrupts shut out a pending one still ends the waiting, so none is slept over. */
void machine_idle(void)
{
	board_interrupts(0);
	if (!uart_has_input(&machine_modem) && !uart_has_input(&machine_console))
		board_wait_for_interrupt();
	board_interrupts(1);
}

void machine_print(const char *text)
{
	size_t n = strlen(text);

	while (n) {
		size_t put = uart_write(&machine_console, (const uint8_t *)text, n);

		text += put;
		n -= put;
	}
}

void machine_print_number(uint32_t n)
{
	char digits[11];
	char *p = &digits[10];

	*p = '\0';
	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	machine_print(p);
}

void machine_exit(int code)
{
	machine_print("\x04"
		      "exit ");
	machine_print_number((uint32_t)code);
	machine_print(" stack ");
	machine_print_number(board_stack_size() - board_stack_unused());
	machine_print(" lost ");
	machine_print_number(machine_modem.lost);
	machine_print("\n");
	for (;;)
		board_wait_for_interrupt();
}
