/* The service centre. Holds what waits for the modem in order, and remembers the last messages of the modem. */
#include "modem/sms_centre.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "modem/rtc.h"
#include "modem/sms_text.h"

/* Waits for the modem. */
struct letter {
	uint64_t due_us;
	size_t len;
	uint8_t pdu[SMS_PDU_MAX];
};

struct sms_centre {
	struct sms *sms;
	struct timer timer;
	struct letter *letter; /* in the order they are due */
	size_t letters;
	struct sms_tpdu *seen; /* ring of SMS_CENTRE_SEEN_MAX */
	size_t seen_n, seen_first;
	int refuse;	   /* cause, 0: nothing is refused */
	long refuse_times; /* -1: always */
	uint8_t part_ref;  /* of the next long message */
};

static struct modem *modem_of(const struct sms_centre *c)
{
	return c->sms->modem;
}

/* --- to the modem ------------------------------------------------------------------------------------------------ */

static void arm(struct sms_centre *c)
{
	uint64_t now = clock_now_us(modem_of(c)->clock), due = c->letter[0].due_us;

	clock_arm(modem_of(c)->clock, &c->timer, due > now ? due - now : 0);
}

static void drop_first(struct sms_centre *c)
{
	c->letters--;
	memmove(c->letter, c->letter + 1, c->letters * sizeof(c->letter[0]));
}

/* What does not go now waits for sms_centre_look(). */
static void on_timer(void *ctx)
{
	struct sms_centre *c = ctx;
	uint64_t now = clock_now_us(modem_of(c)->clock);

	while (c->letters && c->letter[0].due_us <= now && sms_can_receive(c->sms)) {
		const struct letter *l = &c->letter[0];
		int err = sms_receive(c->sms, l->pdu, l->len);

		if (err == -ENOSPC || err == -EBUSY)
			return;
		drop_first(c);
	}
	if (c->letters && c->letter[0].due_us > now)
		arm(c);
}

void sms_centre_look(struct sms_centre *c)
{
	if (c->letters)
		clock_arm(modem_of(c)->clock, &c->timer, 0);
}

static int post(struct sms_centre *c, const struct sms_tpdu *t, unsigned delay_ms)
{
	struct sms_address own;
	struct letter *l;

	if (c->letters == SMS_CENTRE_QUEUE_MAX)
		return -ENOSPC;
	if (!c->letter)
		c->letter = calloc(SMS_CENTRE_QUEUE_MAX, sizeof(c->letter[0]));
	if (!c->letter)
		return -ENOMEM;
	sms_address_set(&own, SMS_CENTRE_NUMBER, strlen(SMS_CENTRE_NUMBER));
	l = &c->letter[c->letters++];
	l->due_us = clock_now_us(modem_of(c)->clock) + delay_ms * 1000ull;
	l->len = sms_sca_build(&own, l->pdu);
	l->len += sms_tpdu_build(t, l->pdu + l->len);
	for (; l > c->letter && l[-1].due_us > l->due_us; l--) {
		struct letter other = l[-1];

		l[-1] = *l;
		*l = other;
	}
	arm(c);
	return 0;
}

static void stamp(const struct sms_centre *c, uint8_t time[SMS_TIME_OCTETS])
{
	const struct rtc *rtc = modem_of(c)->rtc;

	sms_time_set(time, rtc_network_utc(rtc), rtc->world_zone);
}

/* --- from the modem ---------------------------------------------------------------------------------------------- */

static void remember(struct sms_centre *c, const struct sms_tpdu *t)
{
	size_t at = (c->seen_first + c->seen_n) % SMS_CENTRE_SEEN_MAX;

	if (!c->seen)
		c->seen = calloc(SMS_CENTRE_SEEN_MAX, sizeof(c->seen[0]));
	if (!c->seen)
		return;
	c->seen[at] = *t;
	if (c->seen_n < SMS_CENTRE_SEEN_MAX)
		c->seen_n++;
	else
		c->seen_first = (c->seen_first + 1) % SMS_CENTRE_SEEN_MAX;
}

/* On one line. ascii: for the trace; otherwise UTF-8 stays as it is. */
static void describe(const struct sms_tpdu *t, bool ascii, struct buf *out)
{
	struct buf text;

	buf_init(&text, 1024);
	sms_ud_text(t, &text);
	sms_address_text(&t->address, out);
	buf_adds(out, " ");
	for (size_t i = 0; i < text.len; i++) {
		if (!ascii && text.data[i] & 0x80)
			buf_addc(out, text.data[i]);
		else
			str_escape(out, &text.data[i], 1);
	}
	buf_free(&text);
}

static void report(struct sms_centre *c, const struct sms_tpdu *t)
{
	struct sms_tpdu r = { .type = SMS_TYPE_REPORT, .fo = SMS_FO_NO_MORE, .mr = t->mr, .address = t->address };

	stamp(c, r.time);
	stamp(c, r.discharge);
	post(c, &r, SMS_CENTRE_TRIP_MS);
}

static bool to_own_number(const struct sms_centre *c, const struct sms_tpdu *t)
{
	const char *msisdn = modem_of(c)->profile->id.msisdn;
	struct sms_address own;

	return sms_address_set(&own, msisdn, strlen(msisdn)) && sms_address_same(&own, &t->address);
}

/* A message to the modem's own number comes back. */
static void reflect(struct sms_centre *c, const struct sms_tpdu *t)
{
	const char *msisdn = modem_of(c)->profile->id.msisdn;
	struct sms_tpdu back = *t;

	back.type = SMS_TYPE_DELIVER;
	back.fo = SMS_FO_NO_MORE | (t->fo & SMS_FO_HEADER);
	sms_address_set(&back.address, msisdn, strlen(msisdn));
	stamp(c, back.time);
	post(c, &back, SMS_CENTRE_TRIP_MS);
}

int sms_centre_submit(struct sms_centre *c, const struct sms_tpdu *t)
{
	struct buf line;

	if (c->refuse && c->refuse_times) {
		if (c->refuse_times > 0)
			c->refuse_times--;
		return c->refuse;
	}
	buf_init(&line, 2048);
	describe(t, true, &line);
	trace_text(modem_of(c)->trace, TRACE_BROKER, "sms %s", buf_str(&line));
	buf_free(&line);
	remember(c, t);
	if (t->fo & SMS_FO_REPORT)
		report(c, t);
	if (to_own_number(c, t))
		reflect(c, t);
	return 0;
}

/* --- people ------------------------------------------------------------------------------------------------------ */

enum { TEXT_MAX = 2000, HEADER = 6 };

/* A number, or a name that the GSM alphabet can write. */
static bool sender(struct sms_address *a, const char *from)
{
	uint16_t c[SMS_ADDRESS_TEXT];
	uint8_t septet[2];
	size_t total = 0;
	long n;

	if (sms_address_set(a, from, strlen(from)))
		return true;
	n = sms_utf8_decode(from, strlen(from), c, 11);
	for (long i = 0; i < n; i++) {
		size_t k = sms_gsm_encode(c[i], septet);

		if (!k)
			return false;
		total += k;
	}
	a->type = SMS_TYPE_TEXT;
	return n > 0 && total <= 11 && str_copy(a->text, sizeof(a->text), from);
}

/* The whole text in one alphabet: units are septets, or code units of UCS-2. */
struct writing {
	bool gsm;
	size_t n;
	uint16_t unit[TEXT_MAX * 2];
};

static bool spell(struct writing *w, const char *text)
{
	uint16_t c[TEXT_MAX];
	long n = sms_utf8_decode(text, strlen(text), c, TEXT_MAX);
	uint8_t septet[2];

	if (n < 0)
		return false;
	w->gsm = true;
	w->n = 0;
	for (long i = 0; i < n && w->gsm; i++) {
		size_t k = sms_gsm_encode(c[i], septet);

		w->gsm = k > 0;
		for (size_t j = 0; j < k; j++)
			w->unit[w->n++] = septet[j];
	}
	if (w->gsm)
		return true;
	memcpy(w->unit, c, (size_t)n * sizeof(c[0]));
	w->n = (size_t)n;
	return true;
}

/* How many units from at on go into one part of at most max: no escape and no surrogate pair is torn. */
static size_t part_len(const struct writing *w, size_t at, size_t max)
{
	size_t n = w->n - at;

	if (n <= max)
		return n;
	if (w->gsm ? w->unit[at + max - 1] == SMS_ESC : (w->unit[at + max - 1] & 0xfc00) == 0xd800)
		return max - 1;
	return max;
}

static void fill(struct sms_tpdu *t, const struct writing *w, size_t at, size_t n, const uint8_t *header,
		 size_t header_len)
{
	uint8_t p[SMS_SEPTETS_MAX * 2];

	if (w->gsm) {
		for (size_t i = 0; i < n; i++)
			p[i] = (uint8_t)w->unit[at + i];
		sms_ud_set_septets(t, header, header_len, p, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		p[i * 2] = (uint8_t)(w->unit[at + i] >> 8);
		p[i * 2 + 1] = (uint8_t)w->unit[at + i];
	}
	sms_ud_set_octets(t, header, header_len, p, n * 2);
}

static size_t count_parts(const struct writing *w, size_t max)
{
	size_t parts = 0;

	for (size_t at = 0; at < w->n; at += part_len(w, at, max))
		parts++;
	return parts;
}

/* 23.040 9.2.3.24.1: concatenation with a reference of 8 bits. */
static int post_parts(struct sms_centre *c, struct sms_tpdu *t, const struct writing *w)
{
	size_t max = w->gsm ? 153 : 67, parts = count_parts(w, max), at = 0;
	uint8_t header[HEADER] = { HEADER - 1, 0, 3, ++c->part_ref, (uint8_t)parts, 0 };

	if (c->letters + parts > SMS_CENTRE_QUEUE_MAX)
		return -ENOSPC;
	t->fo |= SMS_FO_HEADER;
	while (at < w->n) {
		size_t n = part_len(w, at, max);

		header[HEADER - 1]++;
		fill(t, w, at, n, header, HEADER);
		post(c, t, 0);
		at += n;
	}
	return 0;
}

int sms_centre_write(struct sms_centre *c, const char *from, const char *text)
{
	struct sms_tpdu t = { .type = SMS_TYPE_DELIVER, .fo = SMS_FO_NO_MORE };
	struct writing *w = malloc(sizeof(*w));
	int err = -EINVAL;

	if (!w)
		return -ENOMEM;
	if (sender(&t.address, from) && spell(w, text)) {
		t.dcs = w->gsm ? 0x00 : 0x08;
		stamp(c, t.time);
		if (w->n > (w->gsm ? 160 : 70)) {
			err = post_parts(c, &t, w);
		} else {
			fill(&t, w, 0, w->n, NULL, 0);
			err = post(c, &t, 0);
		}
	}
	free(w);
	return err;
}

int sms_centre_deliver(struct sms_centre *c, const uint8_t *tpdu, size_t len, const char **why)
{
	struct sms_tpdu t;

	*why = sms_tpdu_parse(tpdu, len, false, &t);
	return *why ? -EINVAL : post(c, &t, 0);
}

void sms_centre_refuse(struct sms_centre *c, int code, long times)
{
	c->refuse = code;
	c->refuse_times = times;
}

size_t sms_centre_waiting(const struct sms_centre *c)
{
	return c->letters;
}

void sms_centre_list(const struct sms_centre *c, struct buf *out)
{
	for (size_t i = 0; i < c->seen_n; i++) {
		const struct sms_tpdu *t = &c->seen[(c->seen_first + i) % SMS_CENTRE_SEEN_MAX];

		buf_addf(out, "%u ", t->mr);
		describe(t, false, out);
		buf_adds(out, "\n");
	}
}

/* --- life -------------------------------------------------------------------------------------------------------- */

struct sms_centre *sms_centre_new(struct sms *s)
{
	struct sms_centre *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->sms = s;
	timer_init(&c->timer, on_timer, c);
	return c;
}

void sms_centre_free(struct sms_centre *c)
{
	if (!c)
		return;
	timer_cancel(&c->timer);
	free(c->letter);
	free(c->seen);
	free(c);
}
