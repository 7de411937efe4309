/* What profile.c and profile_yaml.c share: the rows of quirks.def and the one setter behind both kinds of text. */
#ifndef PROFILE_PROFILE_INTERNAL_H
#define PROFILE_PROFILE_INTERNAL_H

#include "profile/profile.h"

/* Puts a value into p from its words (one, except for lists). 0, or -EINVAL with what is wrong in what. */
int quirk_assign(struct profile *p, enum quirk_id id, const char *const words[], size_t n, char *what, size_t size);

/* The words of a list quirk; NULL when it is no list. */
const struct word_list *quirk_list(const struct profile *p, enum quirk_id id);

/* Says where the value of id comes from now. Copies both texts; 0 or -ENOMEM. */
int quirk_set_source(struct profile *p, enum quirk_id id, const char *profile, const char *evidence,
		     const char *confidence);

/* The id of a quirk name, or QUIRK_COUNT. */
enum quirk_id quirk_find(const char *name);

/* Fills names[QUIRK_COUNT + 1] with all quirk names, NULL-terminated. */
void quirk_names(const char *names[QUIRK_COUNT + 1]);

/* "doc" "seen" "driver" "guess", NULL-terminated. */
extern const char *const quirk_confidences[];

/* Appends a copy. 0 or -ENOMEM. */
int word_list_add(struct word_list *l, const char *word);

/* An empty profile with the defaults of quirks.def, or NULL. */
struct profile *profile_new(void);

#endif
