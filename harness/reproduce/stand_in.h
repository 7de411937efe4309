/* Brokers and web servers that no world knows, as a log may have met them: rows, and the world file for one of them. */
#ifndef REPRODUCE_STAND_IN_H
#define REPRODUCE_STAND_IN_H

#include "base/err.h"
#include "harness/pool.h"
#include "harness/reproduce/script.h"

size_t stand_in_count(void);
/* "takes every client" */
const char *stand_in_words(size_t i);

struct stand_in {
	const char *host;
	unsigned port;
	bool tls;
	const char *path; /* of a web page; NULL: it is an MQTT broker */
};

/* What the first command of the script that names a host outside brokers[] wants; false: there is none. Texts are the
 * pool's. */
bool stand_in_for(const struct script *s, struct pool *pool, struct stand_in *out);

/* Writes a world in which it is row i. 0, -ENOTSUP when the row makes no sense for it, or another error with *e filled.
 */
int stand_in_write(size_t i, const struct stand_in *in, const char *path, struct err *e);

#endif
