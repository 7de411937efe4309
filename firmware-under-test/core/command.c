/*
 * From script rows to command lines: the letters of the templates, the
 * conditions of the rows, the data behind the prompts. The only file that
 * knows how a setting is spelt on the line.
 *
 * $a APN                $i client id        $t 1 TLS, 0 TCP
 * $v ",4" or nothing    $h host             $p port
 * $k keepalive          $c clean            $u ,"user","pass" as set
 * $n name of the file   $l length of data   $A authmode
 * $C cipher mask        $x $y $z ca, cert, key name
 * $S SNI 0 or 1         $q QoS of messages  $s QoS of subscription
 * $w QoS of the will    $r ",1" for retained
 */
#include "core/node_state.h"

#include <string.h>

#define OLD_CLIENT_ID_MAX 23
#define OLD_KEEPALIVE_MIN 60

static const char *name_or_empty(const struct node_file *f)
{
	return f->name ? f->name : "";
}

static void put_client_id(const struct node *n, struct fmt *f)
{
	const char *id = n->cfg->client_id;
	size_t most = policy_is_old(&n->policy) ? OLD_CLIENT_ID_MAX : SIZE_MAX;

	for (size_t i = 0; id[i] && i < most; i++)
		fmt_char(f, id[i]);
}

static void put_credentials(const struct node *n, struct fmt *f)
{
	if (!n->cfg->user)
		return;
	fmt_print(f, ",\"%s\"", n->cfg->user);
	if (n->cfg->pass)
		fmt_print(f, ",\"%s\"", n->cfg->pass);
}

static uint32_t keepalive(const struct node *n)
{
	uint32_t s = n->cfg->keepalive_s;

	if (policy_is_old(&n->policy) && s < OLD_KEEPALIVE_MIN)
		return OLD_KEEPALIVE_MIN;
	return s;
}

static uint32_t authmode(const struct node_config *cfg)
{
	if (cfg->authmode != NODE_AUTHMODE_AUTO)
		return cfg->authmode;
	if (cfg->ca.name)
		return cfg->cert.name ? 2 : 1;
	return cfg->cert.name ? 3 : 0;
}

static void put_ciphers(const struct node *n, struct fmt *f)
{
	fmt_text(f, "0x");
	for (unsigned shift = 16; shift; shift -= 4)
		fmt_char(f, "0123456789ABCDEF"[n->cfg->ciphers >> (shift - 4) &
					       15]);
}

static uint32_t message_qos(const struct node *n)
{
	struct outbox_message m;

	return outbox_head(&n->outbox, &m) ? m.qos : n->cfg->qos;
}

static bool message_retained(const struct node *n)
{
	struct outbox_message m;

	return outbox_head(&n->outbox, &m) && m.retain;
}

static uint32_t number_of(const struct node *n, char letter,
			  const struct script_row *row)
{
	const uint8_t *data;
	size_t len;

	switch (letter) {
	case 't':
		return n->cfg->tls;
	case 'p':
		return n->cfg->port;
	case 'k':
		return keepalive(n);
	case 'c':
		return n->cfg->clean;
	case 'l':
		command_data(n, (enum command_data)row->data, &data, &len);
		return (uint32_t)len;
	case 'A':
		return authmode(n->cfg);
	case 'S':
		return n->policy.on;
	case 's':
		return n->cfg->subscribe[n->session.subscribed].qos;
	case 'w':
		return n->cfg->qos;
	default:
		return message_qos(n);
	}
}

static void put_letter(const struct node *n, char letter,
		       const struct script_row *row, struct fmt *f)
{
	switch (letter) {
	case 'a':
		fmt_text(f, n->cfg->apn);
		break;
	case 'i':
		put_client_id(n, f);
		break;
	case 'v':
		fmt_text(f, policy_has_version(&n->policy) ? ",4" : "");
		break;
	case 'h':
		fmt_text(f, n->cfg->host);
		break;
	case 'u':
		put_credentials(n, f);
		break;
	case 'n':
		fmt_text(f, name_or_empty(node_file(n, n->file)));
		break;
	case 'x':
	case 'y':
	case 'z':
		fmt_text(f, name_or_empty(node_file(n, (uint8_t)(letter - 'x'))));
		break;
	case 'C':
		put_ciphers(n, f);
		break;
	case 'r':
		fmt_text(f, message_retained(n) ? ",1" : "");
		break;
	default:
		fmt_uint(f, number_of(n, letter, row));
		break;
	}
}

bool command_build(const struct node *n, const struct script_row *row,
		   struct fmt *f)
{
	for (const char *t = row->command; *t; t++) {
		if (*t != '$') {
			fmt_char(f, *t);
			continue;
		}
		t++;
		put_letter(n, *t, row, f);
	}
	return !f->cut;
}

bool command_wanted(const struct node *n, enum command_when when)
{
	struct outbox_message m;

	switch (when) {
	case WHEN_ALWAYS:
		return true;
	case WHEN_NO_REVISION:
		return !n->policy.revision[0];
	case WHEN_APN:
		return n->cfg->apn != NULL;
	case WHEN_UNREGISTERED:
		return !n->session.registered;
	case WHEN_NET_STALE:
		return n->session.net_stale;
	case WHEN_NET_CLOSED:
		return !n->session.net_open;
	case WHEN_TLS:
		return n->cfg->tls;
	case WHEN_CA:
		return n->cfg->ca.name != NULL;
	case WHEN_CERT:
		return n->cfg->cert.name != NULL;
	case WHEN_KEY:
		return n->cfg->key.name != NULL;
	case WHEN_SNI_TAG:
		return policy_has_tag(&n->policy);
	case WHEN_CIPHERS:
		return n->cfg->ciphers != 0;
	case WHEN_NOT_ACQUIRED:
		return !n->session.acquired;
	case WHEN_WILL:
		return n->cfg->will.topic && !n->session.acquired;
	case WHEN_PAYLOAD:
		return outbox_head(&n->outbox, &m) && m.payload_len;
	}
	return false;
}

static void text_data(const char *text, const uint8_t **data, size_t *len)
{
	*data = (const uint8_t *)text;
	*len = strlen(text);
}

void command_data(const struct node *n, enum command_data which,
		  const uint8_t **data, size_t *len)
{
	struct outbox_message m;

	*data = NULL;
	*len = 0;
	switch (which) {
	case DATA_NONE:
		return;
	case DATA_FILE:
		*data = node_file(n, n->file)->data;
		*len = node_file(n, n->file)->size;
		return;
	case DATA_WILL_TOPIC:
		text_data(n->cfg->will.topic, data, len);
		return;
	case DATA_WILL_TEXT:
		text_data(n->cfg->will.text, data, len);
		return;
	case DATA_SUBSCRIBE:
		text_data(n->cfg->subscribe[n->session.subscribed].topic, data,
			  len);
		return;
	case DATA_TOPIC:
	case DATA_PAYLOAD:
		if (!outbox_head(&n->outbox, &m))
			return;
		*data = which == DATA_TOPIC ? m.topic : m.payload;
		*len = which == DATA_TOPIC ? m.topic_len : m.payload_len;
		return;
	}
}
