/* Lines of the control socket and of scenarios, by table. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "link/model.h"
#include "link/model_stream.h"


static int answer(struct buf *reply, int err, const char *text)
{
	buf_adds(reply, text);
	return err;
}

/* --- publish TOPIC TEXT [qos N] [retain] --------------------------------------------------------------------------- */

/* The options stand behind the text, which may have blanks; the words are cut off the end as they are understood. */
static bool take_last_word(char *text, const char *word)
{
	size_t n = strlen(text), k = strlen(word);

	if (n < k || strcmp(text + n - k, word) || (n > k && text[n - k - 1] != ' '))
		return false;
	text[n > k ? n - k - 1 : 0] = '\0';
	return true;
}

static int take_qos(char *text)
{
	static const char *const words[] = { "qos 0", "qos 1", "qos 2" };

	for (int qos = 0; qos < 3; qos++) {
		if (take_last_word(text, words[qos]))
			return qos;
	}
	return 0;
}

static int publish_everywhere(struct link *l, struct message *m)
{
	struct broker *b;

	TAILQ_FOREACH(b, &l->brokers, entry)
		broker_publish(b, m);
	if (!m->retain)
		return TAILQ_EMPTY(&l->brokers) ? -ENOTCONN : 0;
	return queue_retain(&l->retained, m);
}

static int control_publish(struct link *l, char *args, struct buf *reply)
{
	char *text = strchrnul(args, ' ');
	struct message *m;
	bool retain;
	int qos, err;

	if (!*args)
		return answer(reply, -EINVAL, "publish needs a topic: publish TOPIC TEXT [qos N] [retain]");
	if (*text)
		*text++ = '\0';
	retain = take_last_word(text, "retain");
	qos = take_qos(text);
	m = message_new(args, strlen(args), text, strlen(text), qos, retain);
	err = m ? publish_everywhere(l, m) : -ENOMEM;
	message_unref(m);
	if (err)
		return answer(reply, -EINVAL, err == -ENOTCONN ? "no broker has been connected to yet" : "out of memory");
	return answer(reply, 0, "ok");
}

/* --- the others ------------------------------------------------------------------------------------------------- */

static int control_drop(struct link *l, char *args, struct buf *reply)
{
	bool reset = !strcmp(args, "reset");
	struct conn *m;
	unsigned n = 0;

	if (*args && !reset && strcmp(args, "close"))
		return answer(reply, -EINVAL, "drop takes close or reset");
	TAILQ_FOREACH(m, &l->conns, entry) {
		if (m->state != CONN_UP)
			continue;
		conn_die(m, reset ? LINK_RESET : LINK_PEER_CLOSED, "control: drop");
		n++;
	}
	model_ftp_drop(l, reset, &n);
	model_http_drop(l, reset, &n);
	buf_addf(reply, "ok %u", n + model_peers_drop(l, reset ? LINK_RESET : LINK_PEER_CLOSED));
	return 0;
}

static int set_flag(bool *flag, const char *args, struct buf *reply)
{
	if (strcmp(args, "on") && strcmp(args, "off"))
		return answer(reply, -EINVAL, "must be on or off");
	*flag = !strcmp(args, "on");
	return answer(reply, 0, "ok");
}

static int control_refuse(struct link *l, char *args, struct buf *reply)
{
	return set_flag(&l->refuse, args, reply);
}

static int control_mute(struct link *l, char *args, struct buf *reply)
{
	int err = set_flag(&l->mute, args, reply);

	model_peers_wake(l);
	return err;
}

static int control_misbehave(struct link *l, char *args, struct buf *reply)
{
	struct faults fresh = { 0 };
	const char *near;
	char *save, *word;

	if (!*args)
		return answer(reply, -EINVAL, "misbehave takes words, or off");
	for (word = strtok_r(args, " ", &save); word && strcmp(word, "off"); word = strtok_r(NULL, " ", &save)) {
		if (!faults_set(&fresh, word))
			continue;
		near = str_nearest(word, fault_words);
		buf_addf(reply, near ? "unknown misbehaviour '%s' (did you mean '%s'?)" : "unknown misbehaviour '%s'%s", word,
			 near ? near : "");
		return -EINVAL;
	}
	l->faults = fresh;
	return answer(reply, 0, "ok");
}

static int control_sessions(struct link *l, char *args, struct buf *reply)
{
	struct conn *m;
	bool any = false;

	(void)args;
	TAILQ_FOREACH(m, &l->conns, entry) {
		if (m->state != CONN_UP)
			continue;
		buf_addf(reply, "%s%s@%s:%u", any ? " " : "", m->session->client_id, m->broker->name, m->broker->port);
		any = true;
	}
	model_ftp_sessions(l, reply, &any);
	model_http_sessions(l, reply, &any);
	return any ? 0 : answer(reply, 0, "none");
}

static const struct { const char *verb; int (*func)(struct link *l, char *args, struct buf *reply); } verbs[] = {
	{ "publish", control_publish }, { "drop", control_drop }, { "refuse", control_refuse }, { "mute", control_mute },
	{ "misbehave", control_misbehave }, { "sessions", control_sessions }, { "connect", control_connect },
	{ "peer", control_peer }, { "peers", control_peers },
};

int link_control(struct link *l, const char *line, struct buf *reply)
{
	const char *args = strchrnul(line, ' ');
	size_t n = (size_t)(args - line);
	char *copy;
	int err;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strlen(verbs[i].verb) != n || strncmp(verbs[i].verb, line, n))
			continue;
		copy = strdup(args + strspn(args, " "));
		if (!copy)
			return answer(reply, -EINVAL, "out of memory");
		err = verbs[i].func(l, copy, reply);
		free(copy);
		return err;
	}
	buf_addf(reply, "unknown link command '%.*s' "
		"(one of: publish drop refuse mute misbehave sessions connect peer peers)", (int)n, line);
	return -EINVAL;
}
