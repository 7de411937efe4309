/* What text arguments and the control language are made of. */
#ifndef COMMANDS_GRAMMAR_WORDS_H
#define COMMANDS_GRAMMAR_WORDS_H

/* Values for text arguments whose name has hint in it; "" fits every name. Ends with a NULL hint. */
struct grammar_words {
	const char *hint;
	const char *const *word; /* NULL-terminated */
};

extern const struct grammar_words grammar_words[];
/* Whole lines that lead deeper than chance would, without AT. NULL-terminated. */
extern const char *const grammar_good_lines[];
/* Lines that only together lead somewhere, without AT, each list NULL-terminated; the last list is NULL. */
extern const char *const *const grammar_recipes[];
/* Lines of the control language. NULL-terminated. */
extern const char *const grammar_controls[];

#endif
