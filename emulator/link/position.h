/* Where the antenna is: a part of the world, written in a world file or told on the control socket. */
#ifndef LINK_POSITION_H
#define LINK_POSITION_H

#include <stdbool.h>
#include <stddef.h>

enum position_member {
	POSITION_LAT,	 /* 1e-7 degrees, north positive */
	POSITION_LON,	 /* 1e-7 degrees, east positive */
	POSITION_ALT,	 /* decimetres */
	POSITION_SPEED,	 /* tenths of a knot */
	POSITION_COURSE, /* tenths of a degree */
	POSITION_MEMBERS,
};

struct position {
	bool seen; /* there are satellites */
	long long value[POSITION_MEMBERS];
};

/* "lat", "lon", "alt", "speed", "course", NULL-terminated. */
extern const char *const position_names[];

/* text ("45.0549914") becomes a member. 0, or -EINVAL with what it must be in *want ("degrees from -90 to 90"). */
int position_set(struct position *p, enum position_member m, const char *text, const char **want);

#endif
