/* Who the host is: PAP (RFC 1334) and CHAP with MD5 (RFC 1994), the modem being the one who asks. */
#include "ppp/ppp_impl.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/str.h"

static void send(struct ppp *p, enum ppp_proto proto, int code, uint8_t id, const struct buf *data)
{
	struct buf out;

	buf_init(&out, PPP_MRU);
	buf_addc(&out, (char)code);
	buf_addc(&out, (char)id);
	wire_add16(&out, (uint16_t)(CP_HEAD + data->len));
	buf_add(&out, buf_str(data), data->len);
	ppp_packet_out(p, proto, out.data, out.len);
	buf_free(&out);
}

static void send_challenge(struct ppp *p)
{
	struct buf data;

	buf_init(&data, PPP_MRU);
	buf_addc(&data, PPP_DIGEST);
	buf_add(&data, p->login.challenge, PPP_DIGEST);
	buf_adds(&data, p->config.chap_name);
	send(p, PROTO_CHAP, CHAP_CHALLENGE, p->login.id, &data);
	buf_free(&data);
}

/* A PAP peer speaks by itself; a challenge is said again. */
static void next_try(void *ctx)
{
	struct ppp *p = ctx;

	if (!p->login_tries--) {
		ppp_close(p, PPP_END_SILENCE);
		return;
	}
	if (p->login.auth == PPP_AUTH_CHAP)
		send_challenge(p);
	clock_arm(p->clock, &p->login_timer, p->config.restart_us);
}

void auth_start(struct ppp *p)
{
	p->login = (struct ppp_login){ .auth = p->auth, .id = 1 };
	p->login_done = p->auth == PPP_AUTH_NONE;
	p->login_tries = p->config.tries;
	if (p->login_done) {
		if (p->ops.login(&p->login, p->ops.ctx))
			ppp_logged_in(p);
		else
			ppp_close(p, PPP_END_LOGIN);
		return;
	}
	for (size_t i = 0; i < PPP_DIGEST; i++)
		p->login.challenge[i] = (uint8_t)prng_below(p->prng, 256);
	next_try(p);
}

void auth_init(struct ppp *p)
{
	timer_init(&p->login_timer, next_try, p);
}

void auth_stop(struct ppp *p)
{
	timer_cancel(&p->login_timer);
}

/* The answer, which is said again to a host that has lost it, and what follows from it. */
static void answer(struct ppp *p, uint8_t id, bool good)
{
	struct buf message;

	buf_init(&message, 1);
	auth_stop(p);
	if (p->login.auth == PPP_AUTH_PAP) {
		buf_addc(&message, 0); /* an empty message (OVMS#720) */
		send(p, PROTO_PAP, good ? PAP_ACK : PAP_NAK, id, &message);
	} else {
		send(p, PROTO_CHAP, good ? CHAP_SUCCESS : CHAP_FAILURE, id, &message);
	}
	buf_free(&message);
	if (!good) {
		ppp_close(p, PPP_END_LOGIN);
	} else if (!p->login_done) {
		p->login_done = true;
		ppp_logged_in(p);
	}
}

/* A text with its length before it. false: it is not all there, or cannot be a C string. */
static bool take_text(const uint8_t **p, const uint8_t *end, char *out)
{
	size_t len;

	if (*p == end || (size_t)(end - *p) < 1u + **p)
		return false;
	len = **p;
	memcpy(out, *p + 1, len);
	out[len] = '\0';
	*p += 1 + len;
	return strlen(out) == len;
}

/* The head of a packet is sound, and it is the code that is expected of a host. */
static bool is_packet(const uint8_t *data, size_t n, int code, size_t *len)
{
	*len = n >= CP_HEAD ? wire_get16(data + 2) : 0;
	return *len >= CP_HEAD && *len <= n && data[0] == code;
}

void auth_input_pap(struct ppp *p, const uint8_t *data, size_t n)
{
	const uint8_t *at = data + CP_HEAD;
	size_t len;

	if (p->login.auth != PPP_AUTH_PAP || !is_packet(data, n, PAP_REQ, &len))
		return;
	if (!take_text(&at, data + len, p->login.user) || !take_text(&at, data + len, p->login.password))
		return;
	answer(p, data[1], p->login_done || p->ops.login(&p->login, p->ops.ctx));
}

void auth_input_chap(struct ppp *p, const uint8_t *data, size_t n)
{
	const uint8_t *at = data + CP_HEAD;
	size_t len, name;

	if (p->login.auth != PPP_AUTH_CHAP || !is_packet(data, n, CHAP_RESPONSE, &len) || data[1] != p->login.id)
		return;
	if (len < CP_HEAD + 1 + PPP_DIGEST || *at != PPP_DIGEST)
		return;
	memcpy(p->login.response, at + 1, PPP_DIGEST);
	name = len - CP_HEAD - 1 - PPP_DIGEST;
	name = name < PPP_NAME_MAX ? name : PPP_NAME_MAX;
	memcpy(p->login.user, at + 1 + PPP_DIGEST, name);
	p->login.user[name] = '\0';
	answer(p, data[1], p->login_done || p->ops.login(&p->login, p->ops.ctx));
}

/* RFC 1994, 2: the digest of identifier, secret and challenge. */
static bool chap_matches(const struct ppp_login *l, const char *password)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	bool done;

	done = md && EVP_DigestInit_ex(md, EVP_md5(), NULL) && EVP_DigestUpdate(md, &l->id, sizeof(l->id)) &&
	       EVP_DigestUpdate(md, password, strlen(password)) && EVP_DigestUpdate(md, l->challenge, PPP_DIGEST) &&
	       EVP_DigestFinal_ex(md, digest, &n);
	EVP_MD_CTX_free(md);
	return done && n == PPP_DIGEST && !memcmp(digest, l->response, PPP_DIGEST);
}

bool ppp_login_matches(const struct ppp_login *l, const char *user, const char *password)
{
	if (l->auth == PPP_AUTH_NONE || strcmp(l->user, user))
		return false;
	return l->auth == PPP_AUTH_PAP ? !strcmp(l->password, password) : chap_matches(l, password);
}
