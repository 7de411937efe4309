/*
 * Voice calls: out, in, several at once (hold, wait, conference), and how each ends. The other ends are the list
 * phones: of the world files, and the control socket. M3 2.2.2 to 2.2.8 and chapter 5, at-general 12, 27.007 6 and
 * 7, 22.030.
 */
#ifndef MODEM_VOICE_H
#define MODEM_VOICE_H

#include "link/world_phone.h"
#include "modem/modem.h"

enum { VOICE_CALLS = 7, VOICE_LEVEL_MAX = 5 };

/* <stat> of +CLCC; ENDED is what a call is while its end is told. */
enum voice_state {
	VOICE_ACTIVE,
	VOICE_HELD,
	VOICE_DIALING,
	VOICE_ALERTING,
	VOICE_INCOMING,
	VOICE_WAITING,
	VOICE_ENDED,
	VOICE_STATES,
};

/* Why a call has ended. */
enum voice_end {
	VOICE_END_NONE,
	VOICE_END_LOCAL,      /* the host hung up, or did not take it */
	VOICE_END_REMOTE,     /* the other end hung up after the answer */
	VOICE_END_BUSY,	      /* outgoing: busy */
	VOICE_END_NO_ANSWER,  /* outgoing: it rang and nobody came */
	VOICE_END_REJECTED,   /* outgoing: the other end did not take it */
	VOICE_END_UNASSIGNED, /* outgoing: nobody has this number */
	VOICE_END_CONGESTION, /* outgoing: no channel */
	VOICE_END_MISSED,     /* incoming: the caller gave up */
	VOICE_END_NETWORK,    /* the network is gone */
	VOICE_END_NO_SERVICE, /* outgoing: there was none */
	VOICE_ENDS,
};

/* MODEM_EVENT_CALL: code. index is the call's number, whose struct still says how it is. */
enum voice_news {
	VOICE_NEWS_STATE,     /* its state changed; also to ENDED */
	VOICE_NEWS_ACCEPTED,  /* the network has taken what was dialled: the OK of ATD */
	VOICE_NEWS_ANSWERED,  /* active for the first time; before STATE */
	VOICE_NEWS_CONNECTED, /* the same, after STATE */
	VOICE_NEWS_RING,      /* size: the how manieth ring */
	VOICE_NEWS_WAITS,     /* it came while another one was there */
	VOICE_NEWS_OVER,      /* length: seconds since the answer, -1: it never was; after STATE */
	VOICE_NEWS_DTMF,      /* topic: one digit that the other end has pressed */
	VOICE_NEWS_NOTICE,   /* outgoing: size: what the network says of the other end, <code1> of +CSSI */
	VOICE_NEWS_HELD,      /* size 1: the other end has put it on hold, 0: taken it back */
};

struct voice_call {
	bool used;
	bool incoming;
	bool party;	/* of a conference */
	bool answered;	/* has been active */
	bool withheld;	/* incoming: the caller hides the number */
	bool abandoned; /* the host typed into its ATD: nobody waits for a result */
	bool hides;	/* outgoing: the own number is hidden */
	enum voice_state state;
	enum voice_end end;
	char number[PHONE_NUMBER_MAX + 2];
	const struct phone *phone; /* who answers; borrowed from the world; NULL: nobody known, or incoming */
	struct voice *voice;
	struct timer step; /* what the other end does next */
	struct timer tick; /* outgoing: the network takes it; incoming: the next ring */
	uint64_t began_us; /* when it was dialled or came, then when it was answered */
	unsigned rings;
};

enum { VOICE_CLIR_NETWORK, VOICE_CLIR_HIDE, VOICE_CLIR_SHOW };

/* What AT+C... sets; all of it is back at its default after a reset [guess]. */
struct voice_settings {
	bool hook;		   /* AT+CVHU=0: ATH hangs up */
	bool cring;		   /* AT+CRC */
	bool clip;		   /* AT+CLIP */
	bool colp;		   /* AT+COLP */
	bool list;		   /* AT+CLCC=1: each change is told */
	bool waiting;		   /* AT+CCWA=1: a waiting call is told */
	bool notice_mo, notice_mt; /* AT+CSSN */
	int clir;		   /* AT+CLIR */
	int type;		   /* AT+CSTA */
	int tone;		   /* AT+VTD, tenths of a second */
	bool mute;		   /* AT+CMUT: until the call is over */
	bool pcm;		   /* AT+CPCMREG */
};

struct voice_boot {
	struct voice_settings set;
	enum voice_end last_end; /* AT+CEER */
};

struct voice_nv {
	int level; /* AT+CLVL */
};

/* Forwarding, as in AT+CCFC. */
enum voice_forward {
	VOICE_FORWARD_ALL,
	VOICE_FORWARD_BUSY,
	VOICE_FORWARD_NO_REPLY,
	VOICE_FORWARD_UNREACHABLE,
	VOICE_FORWARDS
};

struct voice_divert {
	bool registered, active;
	char number[PHONE_NUMBER_MAX + 2];
	int after_s; /* NO_REPLY */
};

/* What the network keeps for this subscriber: it survives resets of the modem. */
struct voice_network {
	struct voice_divert divert[VOICE_FORWARDS];
	bool waiting; /* AT+CCWA: calls may wait */
};

struct voice {
	struct modem *modem;
	struct voice_call call[VOICE_CALLS]; /* cleared by a reset, too */
	struct voice_boot boot;
	struct voice_nv nv;
	struct voice_network network;
};

struct voice *voice_new(struct modem *m);
void voice_reset(struct voice *v);
void voice_free(struct voice *v);

void voice_configure(struct voice *v, const struct voice_settings *next);
/* Kept over reset. */
void voice_set_level(struct voice *v, int level);

/* 1 to VOICE_CALLS; NULL: no such call. */
struct voice_call *voice_call(struct voice *v, int id);
int voice_id(const struct voice_call *c);
/* The lowest call in one of the states (1 << enum voice_state), NULL when there is none. */
struct voice_call *voice_find(struct voice *v, unsigned states);
enum {
	VOICE_TALKING = 1 << VOICE_ACTIVE | 1 << VOICE_HELD,
	VOICE_OUTGOING = 1 << VOICE_DIALING | 1 << VOICE_ALERTING,
	VOICE_RINGING = 1 << VOICE_INCOMING | 1 << VOICE_WAITING,
	VOICE_ANY = VOICE_TALKING | VOICE_OUTGOING | VOICE_RINGING,
};
/* "dialing" ... of the manual's list. */
const char *voice_state_name(enum voice_state state);
/* The manual's words for an end (M1 17.2). */
const char *voice_end_text(enum voice_end end);

/* --- the host ---------------------------------------------------------------------------------------------------- */

/*
 * Calls a number. Its id, or -EBUSY (another call is being set up, or there is no room), -ENETDOWN. Events follow, the
 * first one (STATE, DIALING) before this returns. Calls that talk are put on hold.
 */
int voice_dial(struct voice *v, const char *number, bool hides);
/* Takes the call that rings, or the one that waits: the one that talks is put on hold. -ENOENT. */
int voice_answer(struct voice *v);
/* One of the calls; the caller of one that rings hears that it is busy. */
void voice_hang_up(struct voice *v, struct voice_call *c);
/* All whose state is one of these. */
void voice_hang_up_all(struct voice *v, unsigned states);
/* AT+CHLD. 0 or -ENOENT: there is no call to do it with. */
int voice_release_held(struct voice *v);		      /* 0 */
int voice_release_active(struct voice *v);		      /* 1 */
int voice_swap(struct voice *v);			      /* 2 */
int voice_hold_except(struct voice *v, struct voice_call *c); /* 2x */
int voice_join(struct voice *v);			      /* 3 */
int voice_transfer(struct voice *v);			      /* 4 */
/* Tones to the other end of the active call: -ENOENT without one. */
int voice_tones(struct voice *v, const char *digits);

/* --- the world --------------------------------------------------------------------------------------------------- */

/*
 * Somebody calls; number "" is withheld. Gives up after so long. 0 and it rings or waits, -ENETDOWN the modem is not to
 * be reached, -EBUSY it is busy; *to, when not empty, is where the call was forwarded.
 */
int voice_incoming(struct voice *v, const char *number, uint64_t gives_up_us, const char **to);
/* The other end: answers, hangs up (or gives up, or does not take it), is busy, presses keys, holds. 0 or -EINVAL. */
int voice_remote_answers(struct voice_call *c);
int voice_remote_hangs_up(struct voice_call *c);
int voice_remote_busy(struct voice_call *c);
int voice_remote_tones(struct voice_call *c, const char *digits);
int voice_remote_holds(struct voice_call *c, bool on);
/* The network is gone: every call with it. */
void voice_network_lost(struct voice *v);

/* For the parts of voice.c. Out of VOICE_RINGING; every active call but one (NULL: every one) on hold. */
void voice_take(struct voice_call *c);
void voice_hold_all(struct voice *v, const struct voice_call *except);
void voice_set_state(struct voice_call *c, enum voice_state next);
void voice_end(struct voice_call *c, enum voice_end end);

#endif
