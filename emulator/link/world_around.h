/* What a world file says of the modem's surroundings: the radio, the card in its slot, supply and temperature. */
#ifndef LINK_WORLD_AROUND_H
#define LINK_WORLD_AROUND_H

#include <stdbool.h>

#include "base/err.h"
#include "base/yml.h"
#include "link/cell.h"

enum { AROUND_CODE_MAX = 8 };

struct around {
	struct cell_plan *cells;	/* NULL: nothing was said */
	bool has_sim, has_board;
	char sim_state[12];		/* "ready", "pin" ...; "" as the card is */
	char pin[AROUND_CODE_MAX + 1], puk[AROUND_CODE_MAX + 1];	/* "" the usual ones */
	long supply_mv, adc_mv;		/* -1: nothing was said */
	int temperature_c;
	bool has_temperature;
};

void around_init(struct around *a);
void around_free(struct around *a);

/* One key of a world file each; what an earlier file said stays. 0 or -EINVAL with the place in *e. */
int around_read_network(struct around *a, const struct yml_node *n, struct err *e);
int around_read_sim(struct around *a, const struct yml_node *n, struct err *e);
int around_read_board(struct around *a, const struct yml_node *n, struct err *e);

#endif
