/* One modem on a virtual clock, the hosts on its ports, and the rules that hold whatever they say to each other. */
#ifndef COMMANDS_STAGE_H
#define COMMANDS_STAGE_H

#include "app/emu_internal.h"
#include "tests/commands/host.h"
#include "tests/commands/story.h"

/* How many lines of a name came to which end. */
struct tally {
	uint64_t lines;				      /* command lines sent, whatever became of them */
	uint64_t judged;			      /* played to their end and judged */
	uint64_t ok, refused, prompts, calls, resets; /* how those ended */
	uint64_t controls, refused_controls;
	uint64_t json;	     /* trace events read back */
	uint64_t peak_bytes; /* most memory of one modem */
};

enum { SETUPS_MAX = 64 };

/* What stages share: revisions that were read already. Zeroed at first. */
struct setups {
	struct emu_setup *setup[SETUPS_MAX];	/* without quirks of a story */
	struct emu_setup *last;			/* with some */
	char last_profile[64], last_quirk[STORY_QUIRKS_MAX][80];
	size_t n_last_quirks;
	FILE *trace; /* the trace of all modems, a line each; NULL: nowhere */
};

void setups_free(struct setups *all);

struct stage {
	const struct story *story;
	struct emu_setup *setup; /* of the setups */
	struct clock *clock;
	struct emu *emu;
	struct host host[EMU_PORT_COUNT];
	bool wired; /* bytes take time on the line, some are lost: no rule about when they come */
	FILE *trace;
	bool has_stopped; /* a host did not read for a time: power-on may have taken what waited */
	bool json;			  /* read back what the trace says as JSON */
	uint64_t trace_hash, trace_bytes; /* what left through the UART, as the trace has it */
	unsigned fired;			  /* armed faults, since it was last set to 0 */
	bool settled[EMU_PORT_COUNT];	  /* a line ended there and nothing was sent since: no result can come */
	uint64_t memory_before;		  /* in use without this modem */
	uint64_t acts;
	uint64_t hash; /* of all bytes of all ports and the time, before stage_close() */
	uint64_t kept; /* bytes not given back by stage_close(): a library may keep some, but only once */
	struct tally tally;
	char broken[600]; /* the first rule that was broken; "" */
};

/* The modem of a story, on; its acts are not played. A setup that cannot be loaded ends the program. */
void stage_open(struct stage *st, const struct story *s, struct setups *setups, bool json);
/* false: a rule is broken, and nothing more should be played. */
bool stage_play(struct stage *st, const struct act *a);
/* The rules of the end, then frees the modem. */
void stage_close(struct stage *st);
/* All of a story, open to close; false: a rule is broken, or memory was kept. st->broken says which. */
bool stage_tell(struct stage *st, const struct story *s, struct setups *setups, bool json);
/* What one who writes a story needs to know. */
struct at_channel *stage_channel(const struct stage *st, enum emu_port_role port); /* NULL: none */
bool stage_is_dead(const struct stage *st); /* no power, or before the first line of a boot */
/* What a host says on a port is heard and answered: it is open, read, and the modem neither off, asleep nor held by RTS. */
bool stage_is_heard(const struct stage *st, enum emu_port_role port);
/* The bytes of the UART are a multiplexer's, or will be when its command is over. */
bool stage_is_multiplexed(const struct stage *st);
/* At which prompt a channel is: the bytes it still wants, 0 for one that ends with Ctrl-Z. false: at none. */
bool stage_at_prompt(const struct stage *st, enum emu_port_role port, size_t *left);

/* Bytes of memory this process holds by malloc. */
uint64_t memory_in_use(void);

#endif
