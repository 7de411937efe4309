/* What the files of app/ share about one wired modem. Nobody else includes this. */
#ifndef APP_EMU_INTERNAL_H
#define APP_EMU_INTERNAL_H

#include "app/emu.h"
#include "at/at.h"
#include "base/buf.h"
#include "cmd/cmd.h"
#include "link/link.h"
#include "modem/modem.h"
#include "profile/profile.h"

struct emu_setup {
	struct profile *profile;
	struct world *world;
};

struct emu {
	const struct emu_setup *setup;
	struct clock *clock;
	struct trace *trace;
	struct port *port;
	struct link *link;
	struct modem *modem;
	struct cmd_host host;
	struct buf out;			/* waits for a host that does not read */
	uint64_t lost_bytes;		/* dropped since out was full */
	bool blocked;			/* the port took fewer bytes than offered */
	bool paced;			/* port is a wire with a line speed, which AT+IPR changes */
	struct buf last_why;		/* the newest explanation, as text */
};

#endif
