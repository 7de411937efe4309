/*
 * Certificates into the modem's store and the settings of SSL context 0.
 * SIM7600 manual V3.00 chapter 17: CCERTLIST, CCERTDOWN, CSSLCFG.
 */
#include "core/node_state.h"

#include <string.h>

#define FILES 3

static const struct script_row list_rows[] = {
	{"AT+CCERTLIST", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 10,
	 ACCEPT_OK, 0},
};

/* The count is of raw bytes: the modem waits for the last one forever. */
static const struct script_row down_rows[] = {
	{"AT+CCERTDOWN=\"$n\",$l", WHEN_ALWAYS, DATA_FILE, URC_NONE, false, 30,
	 ACCEPT_OK, 0},
	{"AT+CCERTLIST", WHEN_ALWAYS, DATA_NONE, URC_NONE, false, 10,
	 ACCEPT_OK, 0},
};

static bool file_wanted(const struct node *n, uint8_t i)
{
	return node_file(n, i)->name && node_file(n, i)->data;
}

static bool file_stored(const struct node *n, uint8_t i)
{
	return (n->session.files & 1u << i) != 0;
}

static void fmt_file(struct node *n, uint8_t i, struct fmt *f)
{
	node_fmt(n, f);
	fmt_print(f, "certificate %s ", node_file(n, i)->name);
}

static bool all_stored(const struct node *n)
{
	for (uint8_t i = 0; i < FILES; i++) {
		if (file_wanted(n, i) && !file_stored(n, i))
			return false;
	}
	return true;
}

/* After an interrupted transfer the name is listed, the content is not. */
static void mark_listed(struct node *n, const char *quoted)
{
	size_t len = strlen(quoted);

	for (uint8_t i = 0; i < FILES; i++) {
		const char *name = node_file(n, i)->name;

		if (!file_wanted(n, i) || len != strlen(name) + 2 ||
		    strncmp(quoted + 1, name, len - 2) != 0)
			continue;
		if (!(n->files_torn & 1u << i))
			n->session.files |= (uint8_t)(1u << i);
	}
}

static void store_next(struct node *n)
{
	for (n->file = 0; n->file < FILES; n->file++) {
		if (file_wanted(n, n->file) && !file_stored(n, n->file)) {
			n->files_torn |= (uint8_t)(1u << n->file);
			SCRIPT_START(n, down_rows);
			return;
		}
	}
	node_go(n, NODE_CLEAN);
}

static void cert_enter(struct node *n)
{
	if (!n->cfg->tls || all_stored(n))
		node_go(n, NODE_CLEAN);
	else
		SCRIPT_START(n, list_rows);
}

static void listed(struct node *n)
{
	struct fmt f;

	for (uint8_t i = 0; i < FILES; i++) {
		if (!file_stored(n, i))
			continue;
		fmt_file(n, i, &f);
		fmt_text(&f, "present");
		node_log(n, PORT_LOG_INFO, &f);
	}
	store_next(n);
}

static void cert_failed(struct node *n, const char *why)
{
	struct fmt f;

	fmt_file(n, n->file, &f);
	fmt_print(&f, "not stored: %s", why);
	node_log(n, PORT_LOG_INFO, &f);
	if (++n->tries < NODE_CERT_TRIES) {
		deadline_set(&n->timer, n->now, 2000);
		return;
	}
	n->failures++;
	node_retry(n, NODE_CERT, "certificate not stored");
}

static void stored(struct node *n)
{
	struct fmt f;

	if (!file_stored(n, n->file)) {
		cert_failed(n, "not in the list");
		return;
	}
	fmt_file(n, n->file, &f);
	fmt_print(&f, "stored (%u bytes)",
		  (unsigned)node_file(n, n->file)->size);
	node_log(n, PORT_LOG_INFO, &f);
	store_next(n);
}

static void cert_line(struct node *n, const struct urc *urc)
{
	if (urc->id == URC_CERT)
		mark_listed(n, urc->text);
}

static void cert_event(struct node *n, const struct node_event *event)
{
	bool down = n->script.rows == down_rows;

	switch (event->kind) {
	case NODE_EVENT_LINE:
		/* the first row of down_rows ended well: content is whole */
		if (down && script_row(n) == &down_rows[1])
			n->files_torn &= (uint8_t)~(1u << n->file);
		cert_line(n, event->urc);
		break;
	case NODE_EVENT_DONE:
		if (down)
			stored(n);
		else
			listed(n);
		break;
	case NODE_EVENT_FAILED:
		cert_failed(n, codes_text(event->code));
		break;
	case NODE_EVENT_TIMER:
		SCRIPT_START(n, list_rows);
		break;
	case NODE_EVENT_SILENT:
		break;
	}
}

const struct node_state tls_cert = {
	"cert", cert_enter, cert_event, NULL, NODE_CERT, false,
};

/* ---- SSL context 0 ---- */

/*
 * All of it before every connect: the settings are volatile, and a modem
 * that rebooted unnoticed would connect unchecked with its defaults.
 */
static const struct script_row configure_rows[] = {
	{"AT+CSSLCFG=\"sslversion\",0,4", WHEN_ALWAYS, DATA_NONE, URC_NONE,
	 false, 5, ACCEPT_OK, 0},
	{"AT+CSSLCFG=\"authmode\",0,$A", WHEN_ALWAYS, DATA_NONE, URC_NONE,
	 false, 5, ACCEPT_OK, 0},
	{"AT+CSSLCFG=\"ignorelocaltime\",0,1", WHEN_ALWAYS, DATA_NONE, URC_NONE,
	 false, 5, ACCEPT_OK, 0},
	{"AT+CSSLCFG=\"cacert\",0,\"$x\"", WHEN_CA, DATA_NONE, URC_NONE, false,
	 5, ACCEPT_OK, 0},
	{"AT+CSSLCFG=\"clientcert\",0,\"$y\"", WHEN_CERT, DATA_NONE, URC_NONE,
	 false, 5, ACCEPT_OK, 0},
	{"AT+CSSLCFG=\"clientkey\",0,\"$z\"", WHEN_KEY, DATA_NONE, URC_NONE,
	 false, 5, ACCEPT_OK, 0},
	{"AT+CSSLCFG=\"ciphersuites\",0,$C", WHEN_CIPHERS, DATA_NONE, URC_NONE,
	 false, 5, ACCEPT_OK, 0},
	{"AT+CSSLCFG=\"enableSNI\",0,$S", WHEN_SNI_TAG, DATA_NONE, URC_NONE,
	 false, 5, ACCEPT_OK, 0},
};

static void configure_enter(struct node *n)
{
	if (!n->cfg->tls) {
		node_go(n, NODE_CONNECT);
		return;
	}
	if (!policy_has_tag(&n->policy))
		n->policy.on = false;
	SCRIPT_START(n, configure_rows);
}

static void tag_refused(struct node *n)
{
	struct fmt f;

	policy_tag_refused(&n->policy);
	node_fmt(n, &f);
	fmt_print(&f, "sni not supported by %s",
		  n->policy.revision[0] ? n->policy.revision : "this modem");
	node_say_once(n, SAID_NO_TAG, f.text);
	SCRIPT_START(n, configure_rows);
}

static void configure_failed(struct node *n, const struct script_row *row)
{
	struct fmt f;

	if (row->when == WHEN_SNI_TAG) {
		tag_refused(n);
		return;
	}
	node_fmt(n, &f);
	fmt_text(&f, "refused: ");
	fmt_text(&f, row->command);
	node_log(n, PORT_LOG_INFO, &f);
	n->failures++;
	if (row->when == WHEN_CA || row->when == WHEN_CERT ||
	    row->when == WHEN_KEY) {
		/* the name is checked against the store: look there again */
		n->session.files = 0;
		node_retry(n, NODE_CERT, "a certificate is not in the store");
		return;
	}
	node_retry(n, NODE_TLS, "the modem refuses an SSL setting");
}

static void configure_event(struct node *n, const struct node_event *event)
{
	if (event->kind == NODE_EVENT_FAILED) {
		configure_failed(n, event->row);
	} else if (event->kind == NODE_EVENT_DONE) {
		node_say(n, n->policy.on ? "sni on" : "sni off");
		node_go(n, NODE_CONNECT);
	}
}

const struct node_state tls_configure = {
	"tls", configure_enter, configure_event, NULL, NODE_TLS, false,
};
