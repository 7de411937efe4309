/*
 * The machine: Arm MPS2+ with the Cortex-M3 image AN385, as QEMU's mps2-an385
 * has it. Addresses and bits: Arm Application Note AN385 (DAI 0385D) 3.6, CMSDK
 * technical reference (DDI 0479) 4.3, Armv7-M reference (DDI 0403) B3.
 */
#ifndef PORT_BOARD_H
#define PORT_BOARD_H

#include <stdint.h>

#define BOARD_HZ 25000000u

/* CMSDK APB UART. */
struct uart_regs {
	volatile uint32_t data;
	volatile uint32_t state;
	volatile uint32_t ctrl;
	volatile uint32_t interrupt; /* read: status; write 1: clear */
	volatile uint32_t bauddiv;
};

#define UART_STATE_TX_FULL 0x1u
#define UART_STATE_RX_FULL 0x2u
#define UART_CTRL_TX 0x1u
#define UART_CTRL_RX 0x2u
#define UART_CTRL_TX_INTERRUPT 0x4u
#define UART_CTRL_RX_INTERRUPT 0x8u
#define UART_INTERRUPT_TX 0x1u
#define UART_INTERRUPT_RX 0x2u

#define UART0 ((struct uart_regs *)0x40004000u)
#define UART1 ((struct uart_regs *)0x40005000u)

enum board_irq {
	IRQ_UART0_RX,
	IRQ_UART0_TX,
	IRQ_UART1_RX,
	IRQ_UART1_TX,
	IRQ_COUNT = 32,
};

#define NVIC_ISER0 (*(volatile uint32_t *)0xe000e100u)
#define SYST_CSR (*(volatile uint32_t *)0xe000e010u)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014u)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018u)
#define SYST_CSR_ON 0x7u /* enabled, with its interrupt, from the core clock */

/* What an image puts in the vector table. */
void systick_handler(void);
void uart0_rx_handler(void);
void uart0_tx_handler(void);
void uart1_rx_handler(void);
void uart1_tx_handler(void);

/* Bytes of the stack that were never used since reset, and its size. */
uint32_t board_stack_unused(void);
uint32_t board_stack_size(void);

static inline void board_wait_for_interrupt(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

static inline void board_interrupts(int on)
{
	if (on)
		__asm__ volatile("cpsie i" ::: "memory");
	else
		__asm__ volatile("cpsid i" ::: "memory");
}

#endif
