/* What the files of this room share about one link. */
#ifndef PPP_PPP_IMPL_H
#define PPP_PPP_IMPL_H

#include "ppp/fsm.h"
#include "ppp/hdlc.h"
#include "ppp/ppp.h"
#include "ppp/proto.h"
#include "ppp/wire.h"

enum ppp_phase { PHASE_ESTABLISH, PHASE_LOGIN, PHASE_NETWORK, PHASE_UP, PHASE_TERMINATE };

enum { PPP_MRU = 1500 };

/* What the host has asked for in its LCP request, and has got. */
struct lcp_peer {
	uint32_t accm;
	bool pfc, acfc;
	uint16_t mru;
};

struct ppp {
	struct ppp_config config;
	struct ppp_ops ops;
	struct clock *clock;
	struct trace *trace;
	struct prng *prng;
	struct fsm_times times;
	struct hdlc hdlc;
	enum ppp_phase phase;
	struct fsm lcp, ipcp;
	struct ppp_counts counts;
	/* lcp.c */
	uint32_t magic;
	enum ppp_auth auth; /* what our request asks for now */
	struct lcp_peer peer;
	/* auth.c */
	struct ppp_login login;
	struct timer login_timer;
	unsigned login_tries;
	bool login_done;
	/* ipcp.c */
	bool asked_network;
	struct ppp_network network;
	/* the end */
	struct timer over;
	enum ppp_end end;
	bool vj_told;
};

/* One packet of a protocol to the host, in its frame. LCP is always sent without any compression. */
void ppp_packet_out(struct ppp *p, enum ppp_proto proto, const void *data, size_t n);

/* lcp.c */
void lcp_init(struct ppp *p);
void lcp_protocol_reject(struct ppp *p, uint16_t proto, const uint8_t *data, size_t n);

/* auth.c: both say ppp_logged_in() or ppp_close() in the end. */
void auth_init(struct ppp *p);
void auth_start(struct ppp *p);
void auth_stop(struct ppp *p);
void auth_input_pap(struct ppp *p, const uint8_t *data, size_t n);
void auth_input_chap(struct ppp *p, const uint8_t *data, size_t n);

/* ipcp.c */
void ipcp_init(struct ppp *p);

/* ppp.c: what the layers tell. */
void ppp_lcp_up(struct ppp *p);
void ppp_lcp_down(struct ppp *p);
void ppp_lcp_finished(struct ppp *p);
void ppp_logged_in(struct ppp *p);
void ppp_ipcp_up(struct ppp *p);
void ppp_ipcp_down(struct ppp *p);

/* describe.c: a note of one packet in the words of pppd's log. from is "host" or "modem". */
void ppp_describe(struct ppp *p, const char *from, uint16_t proto, const uint8_t *data, size_t n);

#endif
