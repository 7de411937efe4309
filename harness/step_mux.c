/* A frame of the host on a multiplexed line; what comes of it is the stream mux. */
#include <stdlib.h>

#include "base/str.h"
#include "harness/mux_line.h"
#include "harness/step.h"

enum { FRAME_MAX_BYTES = 1 << 16 };

static int add_info(struct play *p, const struct step *s, struct buf *info)
{
	char *text = play_expand(p, s->mux->send, &s->mux->place);
	size_t bad = text ? (size_t)str_unescape(info, text) : 0;
	int err = text ? 0 : -1;

	if (bad)
		err = play_fail(p, OUTCOME_ERROR, &s->mux->place,
				"bad escape at character %zu, or too long for a frame", bad);
	free(text);
	return err;
}

int step_mux(struct play *p, const struct step *s)
{
	struct buf info, frame;
	int err = 0;

	buf_init(&info, 32767);
	buf_init(&frame, FRAME_MAX_BYTES);
	if (s->mux->send)
		err = add_info(p, s, &info);
	if (!err)
		err = mux_frame_write(&frame, (unsigned)s->mux->dlci,
				      s->mux->send ? MUX_FRAME_UIH : s->mux->frame + MUX_FRAME_SABM, info.data,
				      info.len);
	p->sent_from = stream_len(rig_stream(p->rig, STREAM_HOST));
	if (!err)
		rig_send(p->rig, frame.data, frame.len);
	buf_free(&info);
	buf_free(&frame);
	return err;
}
