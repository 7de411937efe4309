/* Members of a position as texts. */
#include "link/position.h"

#include <errno.h>

#include "base/str.h"

const char *const position_names[] = { "lat", "lon", "alt", "speed", "course", NULL };

static const struct {
	unsigned decimals;
	long long min, max;
	const char *want;
} members[POSITION_MEMBERS] = {
	[POSITION_LAT] = { 7, -900000000, 900000000, "degrees from -90 to 90, at most 7 decimals" },
	[POSITION_LON] = { 7, -1800000000, 1800000000, "degrees from -180 to 180, at most 7 decimals" },
	[POSITION_ALT] = { 1, -100000, 1000000, "metres from -10000 to 100000, at most 1 decimal" },
	[POSITION_SPEED] = { 1, 0, 100000, "knots from 0 to 10000, at most 1 decimal" },
	[POSITION_COURSE] = { 1, 0, 3599, "degrees from 0 to 359.9, at most 1 decimal" },
};

int position_set(struct position *p, enum position_member m, const char *text, const char **want)
{
	*want = members[m].want;
	return str_to_fixed(text, members[m].decimals, members[m].min, members[m].max, &p->value[m]) ? -EINVAL : 0;
}
