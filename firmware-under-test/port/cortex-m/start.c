/* From reset to main(): vectors, data, bss, and a painted stack whose deepest use can be read later. */
#include "port/cortex-m/board.h"

#define PAINT 0xa5a5a5a5u

extern uint32_t data_source, data_begin, data_end, bss_begin, bss_end;
extern uint32_t stack_limit, stack_top;

int main(void);

static void paint_stack(void)
{
	uint32_t *end = __builtin_frame_address(0);

	/* This function's own frame is in use. */
	for (volatile uint32_t *p = &stack_limit; (uint32_t *)p < end - 16; p++)
		*p = PAINT;
}

void reset_handler(void);
void reset_handler(void)
{
	uint32_t *from = &data_source;

	paint_stack();
	for (uint32_t *to = &data_begin; to < &data_end; to++)
		*to = *from++;
	for (uint32_t *to = &bss_begin; to < &bss_end; to++)
		*to = 0;
	main();
	for (;;)
		board_wait_for_interrupt();
}

/* A fault has nobody to tell: it stays where a debugger finds it. */
static void halt(void)
{
	for (;;)
		;
}

uint32_t board_stack_size(void)
{
	return (uint32_t)((uint8_t *)&stack_top - (uint8_t *)&stack_limit);
}

uint32_t board_stack_unused(void)
{
	const volatile uint32_t *p = &stack_limit;

	while ((uint32_t *)p < &stack_top && *p == PAINT)
		p++;
	return (uint32_t)((const volatile uint8_t *)p - (const volatile uint8_t *)&stack_limit);
}

typedef void (*vector)(void);

struct vectors {
	uint32_t *stack;
	vector exception[15]; /* reset to SysTick: Armv7-M table B1-4 */
	vector irq[IRQ_COUNT];
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
	&stack_top,
	{ reset_handler, halt, halt, halt, halt, halt, 0, 0, 0, 0, halt, halt, 0, halt, systick_handler },
	{
		[IRQ_UART0_RX] = uart0_rx_handler,
		[IRQ_UART0_TX] = uart0_tx_handler,
		[IRQ_UART1_RX] = uart1_rx_handler,
		[IRQ_UART1_TX] = uart1_tx_handler,
	},
};
