/* The only list of tables, and what no table can ask. */
#include "harness/probe/rows.h"

const struct experiment *const *probe_tables(void)
{
	static const struct experiment *const tables[] = { probe_identity, probe_forms, probe_line, NULL };

	return tables;
}

const struct presence_row probe_presence[] = {
	{ "+CCERTMOVE", "" },	/* quirk ccertmove */
	{ "+CCHSTATE", "" },	/* quirk cch_state */
	{ "+COPS", "?" },	/* its test form searches for networks */
	{ NULL, NULL },
};

const struct unseen_row probe_unseen[] = {
	{ "host_rx_fifo_bytes", "the host's own receive ring" },
	{ "host_rx_drain_bytes_per_ms", "the host's own receive ring" },
	{ "modem_rx_fifo_bytes", "a ring of the board between host and modem" },
	{ "modem_rx_drain_bytes_per_ms", "a ring of the board between host and modem" },
	{ NULL, NULL },
};
