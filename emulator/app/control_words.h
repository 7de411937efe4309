/* What the files of the control language share. */
#ifndef APP_CONTROL_WORDS_H
#define APP_CONTROL_WORDS_H

#include "app/emu_internal.h"
#include "base/buf.h"

struct control_verb {
	const char *name;
	int (*run)(struct emu *m, const char *args, struct buf *reply);
	const char *help;
	bool of_port; /* may follow `port NAME` */
};

/* Takes the next word, quoted ("..." with escapes) or bare; returns what follows it, NULL when there is none. */
const char *control_word(const char *s, struct buf *word);
/* The rest of a line as text: in quotes, or as it stands with escapes. false: nothing there, or a broken escape. */
bool control_text(const char *s, struct buf *text);
/* Writes what is wanted and returns -EINVAL. */
int control_refuse(struct buf *reply, const char *what);
/* Runs the row of verbs that the first word of args names; usage when none does. */
int control_pick(struct emu *m, const struct control_verb *verbs, size_t n, const char *args, struct buf *reply,
		 const char *usage);

/* control_around.c */
int control_net(struct emu *m, const char *args, struct buf *reply);
int control_supply(struct emu *m, const char *args, struct buf *reply);
int control_temperature(struct emu *m, const char *args, struct buf *reply);
int control_adc(struct emu *m, const char *args, struct buf *reply);
int control_gpio(struct emu *m, const char *args, struct buf *reply);

/* control_call.c */
int control_call(struct emu *m, const char *args, struct buf *reply);
/* call.N=STATE NUMBER of each call. */
void control_call_status(struct emu *m, struct buf *reply);
int control_ussd(struct emu *m, const char *args, struct buf *reply);

#endif
