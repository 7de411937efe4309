/* What a world file says of a modelled host that speaks something else than MQTT. Const after loading. */
#ifndef LINK_WORLD_STREAM_H
#define LINK_WORLD_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/yml.h"
#include "link/link.h"

enum service {
	SERVICE_MQTT,
	SERVICE_ECHO,
	SERVICE_DISCARD,
	SERVICE_CHARGEN,
	SERVICE_DAYTIME,
	SERVICE_SCRIPT,
	SERVICE_HTTP,
	SERVICE_FTP,
	SERVICE_NTP,
};

/* The windows of a modelled connection: usual without scaling [guess], and the most a world may ask for. */
enum { MODEL_WINDOW_BYTES = 65535, MODEL_WINDOW_MAX = 1 << 20 };

/* Bytes, NULs included. */
struct text {
	char *data;
	size_t len;
};

struct stream_step {
	struct text expect; /* empty: at once */
	struct text send;
	uint64_t after_us;    /* between the two */
	enum link_status end; /* LINK_PEER_CLOSED, LINK_RESET, or LINK_OK: the connection stays */
};

struct stream_model {
	struct text greeting; /* when the connection stands */
	struct stream_step *step;
	size_t n_steps;
	uint64_t window;		    /* bytes taken before they are read */
	uint64_t rate;			    /* bytes read a second, 0: at once */
	uint64_t close_after, reset_after; /* bytes received, 0: never */
};

/* The word of a world file. */
const char *service_name(enum service service);

/* Reads the keys service, greeting, script and limits of a model. 0 or -EINVAL with the place in *e. */
int world_read_stream(struct stream_model *m, enum service *service, const struct yml_node *map, struct err *e);
void stream_model_free(struct stream_model *m);

#endif
