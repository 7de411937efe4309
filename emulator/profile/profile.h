/*
 * A firmware revision as typed data: identity, quirks, and for each quirk where its value comes from.
 * Read once from YAML (data/<name>.yaml, built in; or any file), const afterwards.
 */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/why.h"

/* NULL-terminated list of words. */
struct word_list {
	char **word;
	size_t n;
};

/* enum quirk_tls_sni { QUIRK_tls_sni_absent, QUIRK_tls_sni_broken, QUIRK_tls_sni_ok } ... */
#define QUIRK_PICK(_1, _2, _3, _4, _5, _6, name, ...) name
#define QUIRK_C1(q, a) QUIRK_##q##_##a
#define QUIRK_C2(q, a, b) QUIRK_##q##_##a, QUIRK_##q##_##b
#define QUIRK_C3(q, a, b, c) QUIRK_##q##_##a, QUIRK_##q##_##b, QUIRK_##q##_##c
#define QUIRK_C4(q, a, b, c, d) QUIRK_##q##_##a, QUIRK_##q##_##b, QUIRK_##q##_##c, QUIRK_##q##_##d
#define QUIRK_C5(q, a, b, c, d, e) QUIRK_C4(q, a, b, c, d), QUIRK_##q##_##e
#define QUIRK_C6(q, a, b, c, d, e, f) QUIRK_C5(q, a, b, c, d, e), QUIRK_##q##_##f
#define QUIRK_CONSTANTS(q, ...) \
	QUIRK_PICK(__VA_ARGS__, QUIRK_C6, QUIRK_C5, QUIRK_C4, QUIRK_C3, QUIRK_C2, QUIRK_C1, )(q, __VA_ARGS__)

#define QUIRK_ENUM(name, def, what, ...) enum quirk_##name { QUIRK_CONSTANTS(name, __VA_ARGS__) };
#define QUIRK_INT(name, def, min, max, unit, what)
#define QUIRK_BOOL(name, def, what)
#define QUIRK_LIST(name, what)
#define QUIRK_STR(name, def, what)
#include "profile/quirks.def"
#undef QUIRK_ENUM
#undef QUIRK_INT
#undef QUIRK_BOOL
#undef QUIRK_LIST
#undef QUIRK_STR

/* The values, one typed member a quirk. */
struct quirks {
#define QUIRK_ENUM(name, def, what, ...) enum quirk_##name name;
#define QUIRK_INT(name, def, min, max, unit, what) long name;
#define QUIRK_BOOL(name, def, what) bool name;
#define QUIRK_LIST(name, what) struct word_list name;
#define QUIRK_STR(name, def, what) char *name;
#include "profile/quirks.def"
#undef QUIRK_ENUM
#undef QUIRK_INT
#undef QUIRK_BOOL
#undef QUIRK_LIST
#undef QUIRK_STR
};

/* QUIRK_ID_tls_sni ... to ask for the evidence of a quirk. */
enum quirk_id {
#define QUIRK_ENUM(name, def, what, ...) QUIRK_ID_##name,
#define QUIRK_INT(name, def, min, max, unit, what) QUIRK_ID_##name,
#define QUIRK_BOOL(name, def, what) QUIRK_ID_##name,
#define QUIRK_LIST(name, what) QUIRK_ID_##name,
#define QUIRK_STR(name, def, what) QUIRK_ID_##name,
#include "profile/quirks.def"
#undef QUIRK_ENUM
#undef QUIRK_INT
#undef QUIRK_BOOL
#undef QUIRK_LIST
#undef QUIRK_STR
	QUIRK_COUNT,
};

/* Where a value comes from. */
struct quirk_source {
	char *evidence;		/* "issue-49:538-558, quirks R2"; "" for a default */
	char *profile;		/* name of the profile that set it; "" for a default */
	const char *confidence;	/* "doc" "seen" "driver" "guess"; "guess" for a default */
	char *value;		/* the value as text; lives as long as the profile */
};

struct identity {
	char *manufacturer;	/* "SIMCOM INCORPORATED" */
	char *model;		/* "SIMCOM_SIM7600G-H" */
	char *revision;		/* AT+CGMR: "LE20B03SIM7600M22" */
	char *build;		/* second line of SIMCOMATI, "" when the build prints none */
	char *ati_revision;	/* Revision line of ATI */
	char *svn;		/* SVN line, "" when absent */
	char *gcap;		/* "+CGSM" */
	char *device_info;	/* "173,170" */
	char *csub;		/* lines of AT+CSUB without "+CSUB: ", separated by '\n' */
	char *imei, *imsi, *iccid, *msisdn;
	bool qcn, meid;		/* QCN: and MEID: lines in SIMCOMATI */
	bool short_ati;		/* ATI and SIMCOMATI end with the IMEI */
};

struct profile {
	char *name;
	char *alias;		/* the first of its short names: "sim7600/B03"; "" when it has none */
	char *summary;
	bool field;		/* known from a few field reports alone: what they do not tell is its family's */
	struct identity id;
	struct quirks q;
	struct quirk_source source[QUIRK_COUNT];
	struct word_list files;	/* it was read from: the base of all first, itself last; "profile/x.yaml" is built in */
};

/*
 * Loads a built-in profile by name ("LE20B03SIM7600M22", "sim7600/B03" style aliases too) or a YAML file by path
 * (anything with a '/' or ending in .yaml). NULL with *e filled (file:line:column) on failure.
 */
struct profile *profile_load(const char *name_or_path, struct err *e);
/* The same from a text that errors will call name. */
struct profile *profile_load_text(const char *name, const char *text, size_t len, struct err *e);
void profile_free(struct profile *p);

/* A changed copy for one run: sets one quirk from text ("tls_sni=ok"), evidence "command line". 0 or -EINVAL. */
int profile_set(struct profile *p, const char *assignment, struct err *e);

/* Names of the built-in revisions (not of family bases), NULL-terminated, sorted; and the one used when none is named. */
const char *const *profile_names(void);
const char *profile_default_name(void);
/* What AT+CGMR prints of a built-in revision that is known from field reports alone; NULL: any other. */
const char *profile_field_revision(const char *name);

/* What quirks.def says of a quirk. */
struct quirk_info {
	const char *name, *type, *def, *unit, *what;
	const char *const *choices;	/* NULL-terminated for enum quirks, else NULL */
	long min, max;
};
const struct quirk_info *quirk_info(enum quirk_id id);

/* The value of an int quirk, 0 for a quirk of another type. */
long profile_number(const struct profile *p, enum quirk_id id);

/* The value of a quirk as text, into a buffer of size bytes; returns buf. */
const char *profile_value(const struct profile *p, enum quirk_id id, char *buf, size_t size);

enum { IDENTITY_COUNT = 16 };	/* members of struct identity */

/* The key of identity member i in a YAML, and its text ("true" and "false" for those that are yes or no). i < IDENTITY_COUNT. */
const char *profile_identity_key(size_t i);
const char *profile_identity(const struct profile *p, size_t i);

/* Appends a cause step that names the quirk, its value and its evidence. */
void profile_why(const struct profile *p, enum quirk_id id, struct why *w, const char *rule, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

bool quirk_list_has(const struct word_list *l, const char *word);

#endif
