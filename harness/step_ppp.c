/* A packet of the host in a frame of PPP; what comes of it is the stream ppp. */
#include <stdlib.h>

#include "base/str.h"
#include "harness/ppp_line.h"
#include "harness/step.h"

enum { PACKET_MAX = 2048, FRAME_MAX_BYTES = 2 * PACKET_MAX + 16 };

static int add_hex(struct play *p, const struct step *s, struct buf *packet)
{
	char *text = play_expand(p, s->ppp->send, &s->ppp->place);
	int err = text ? 0 : -1;

	if (text && (str_unhex(packet, text) || packet->len < 2))
		err = play_fail(p, OUTCOME_ERROR, &s->ppp->place, "'%s' is no packet in hex, its protocol first", text);
	free(text);
	return err;
}

static int add_ack(struct play *p, const struct step *s, struct buf *packet)
{
	static const uint16_t protos[] = { PPP_LINE_LCP, PPP_LINE_IPCP };

	if (!ppp_ear_ack(rig_ppp(p->rig), protos[s->ppp->ack], packet))
		return 0;
	return play_fail(p, OUTCOME_FAIL, &s->ppp->place,
			 "the modem has sent no Configure-Request that could be acknowledged");
}

int step_ppp(struct play *p, const struct step *s)
{
	struct buf packet, frame;
	int err;

	buf_init(&packet, PACKET_MAX);
	buf_init(&frame, FRAME_MAX_BYTES);
	err = s->ppp->send ? add_hex(p, s, &packet) : add_ack(p, s, &packet);
	if (!err)
		err = ppp_frame_write(&frame, packet.data, packet.len);
	p->sent_from = stream_len(rig_stream(p->rig, STREAM_HOST));
	if (!err)
		rig_send(p->rig, frame.data, frame.len);
	buf_free(&packet);
	buf_free(&frame);
	return err;
}
