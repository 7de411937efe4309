/* Makes the provisioning page of the Cortex-M image from the command line's options. */
#ifndef PORT_QEMU_PAGE_H
#define PORT_QEMU_PAGE_H

#include "port/host/options.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Fills the page, which has PROVISION_MAX bytes, and sets *size to what is
 * used of it. Returns 0, or -1 when texts and files do not fit.
 */
int page_make(const struct node_options *o, uint8_t *page, size_t *size);

#endif
