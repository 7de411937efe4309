/*
 * Whether to ask the modem for SNI, from what is known of its revision and
 * from what came of it, and the sentence for a human when nothing works.
 */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

#include "core/fmt.h"
#include "core/limits.h"

#include <stdbool.h>
#include <stdint.h>

enum sni_mode { SNI_AUTO, SNI_ON, SNI_OFF };

enum sni_support {
	SNI_UNKNOWN,
	SNI_ABSENT, /* no such tag: the modem never sends SNI */
	SNI_BROKEN, /* accepted, then every handshake ends in 32 */
	SNI_WORKS,
};

enum policy_verdict {
	POLICY_WAIT,	/* not about SNI, or nothing new: try again later */
	POLICY_FLIP,	/* the setting was changed: try again at once */
	POLICY_EXPLAIN, /* say policy_explain() once, then try again later */
};

struct revision;

struct policy {
	enum sni_mode mode;
	enum sni_support support;
	const struct revision *known;
	bool on;
	bool explained;
	uint8_t failed[2]; /* code seen with SNI off, on; 0: none */
	char revision[NODE_REVISION_MAX];
};

void policy_init(struct policy *p, enum sni_mode mode);

/* The modem says what it is. Same revision as before keeps what is known. */
void policy_set_revision(struct policy *p, const char *revision);

/* Whether CSSLCFG "enableSNI" may be sent at all. */
bool policy_has_tag(const struct policy *p);

/* The modem refused the tag: treat it as a revision without. */
void policy_tag_refused(struct policy *p);

/* Whether CMQTTACCQ takes the MQTT version as 4th argument. */
bool policy_has_version(const struct policy *p);

/* Rules of the 2018 manual: client id up to 23, keepalive from 60 s. */
bool policy_is_old(const struct policy *p);

/* A TLS connect ended with this code. */
enum policy_verdict policy_failed(struct policy *p, int code);

/* A connect worked: the setting is right, old failures are forgotten. */
void policy_worked(struct policy *p);

/*
 * One line: revision, broker, what each setting gave, the way out. Marks
 * the policy as explained.
 */
void policy_explain(struct policy *p, const char *broker, struct fmt *f);

#endif
