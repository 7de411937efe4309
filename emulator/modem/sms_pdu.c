/* Octets of message units. 3GPP 23.040 9.1.2, 9.2.2 and 9.2.3. */
#include "modem/sms_pdu.h"

#include <string.h>

#include "base/str.h"
#include "modem/sms_text.h"

enum { TON = 0x70, TON_INTERNATIONAL = 0x10, TON_TEXT = 0x50 };

/* --- reading with a limit ---------------------------------------------------------------------------------------- */

struct reader {
	const uint8_t *p, *end;
	bool bad;
};

static uint8_t get(struct reader *r)
{
	if (r->p == r->end) {
		r->bad = true;
		return 0;
	}
	return *r->p++;
}

static void get_bytes(struct reader *r, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = get(r);
}

/* --- addresses --------------------------------------------------------------------------------------------------- */

static const char digit_chars[] = "0123456789*#abc";

/* digits: half-octets, a filler of 0xf in the last when odd. false: not what digits are. */
static bool digits_parse(struct reader *r, size_t digits, char *out)
{
	uint8_t octet = 0;

	if (digits > SMS_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < digits; i++) {
		octet = i % 2 ? octet >> 4 : get(r);
		if ((octet & 0x0f) == 0x0f)
			return false;
		out[i] = digit_chars[octet & 0x0f];
	}
	out[digits] = '\0';
	return !(digits % 2) || octet >> 4 == 0x0f;
}

static void digits_build(const char *text, uint8_t *out)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++) {
		uint8_t half = (uint8_t)(strchr(digit_chars, text[i]) - digit_chars);

		if (i % 2)
			out[i / 2] = (uint8_t)((out[i / 2] & 0x0f) | half << 4);
		else
			out[i / 2] = half | 0xf0;
	}
}

/* len: half-octets that the packed septets take. */
static bool letters_parse(struct reader *r, size_t len, char *out)
{
	uint8_t octet[SMS_DIGITS_MAX / 2], septet[SMS_DIGITS_MAX];
	uint16_t c[SMS_DIGITS_MAX];
	size_t n = len * 4 / 7;
	struct buf text;

	if (len > SMS_DIGITS_MAX)
		return false;
	get_bytes(r, octet, (len + 1) / 2);
	if (r->bad)
		return false;
	sms_gsm_unpack(octet, 0, septet, n);
	n = sms_gsm_decode(septet, n, c);
	buf_init(&text, SMS_ADDRESS_TEXT - 1);
	sms_utf8_encode(c, n, &text);
	str_copy(out, SMS_ADDRESS_TEXT, buf_str(&text));
	buf_free(&text);
	return true;
}

static bool address_parse(struct reader *r, size_t len, struct sms_address *a)
{
	if ((a->type & TON) == TON_TEXT)
		return letters_parse(r, len, a->text);
	return digits_parse(r, len, a->text);
}

/* Septets of an alphanumeric address; what the alphabet lacks is a question mark. */
static size_t letters_encode(const char *text, uint8_t septet[12])
{
	uint16_t c[SMS_ADDRESS_TEXT];
	long n = sms_utf8_decode(text, strlen(text), c, SMS_ADDRESS_TEXT);
	size_t len = 0;

	for (long i = 0; i < n && len < 11; i++) {
		uint8_t one[2];
		size_t k = sms_gsm_encode(c[i], one);

		if (!k)
			one[0] = '?', k = 1;
		if (len + k > 11)
			break;
		memcpy(septet + len, one, k);
		len += k;
	}
	return len;
}

/* Length in half-octets, type and number; returns octets. */
static size_t address_build(const struct sms_address *a, uint8_t *out)
{
	uint8_t septet[12];
	size_t n;

	out[1] = a->type;
	if ((a->type & TON) == TON_TEXT) {
		n = letters_encode(a->text, septet);
		memset(out + 2, 0, sms_gsm_octets(n, 0));
		sms_gsm_pack(septet, n, out + 2, 0);
		out[0] = (uint8_t)((n * 7 + 3) / 4);
		return 2 + sms_gsm_octets(n, 0);
	}
	n = strlen(a->text);
	digits_build(a->text, out + 2);
	out[0] = (uint8_t)n;
	return 2 + (n + 1) / 2;
}

size_t sms_sca_parse(const uint8_t *p, size_t n, struct sms_address *a)
{
	struct reader r = { .p = p, .end = p + n };
	size_t octets = get(&r), digits;

	*a = (struct sms_address){ 0 };
	if (r.bad)
		return 0;
	if (!octets)
		return 1;
	if (octets >= SMS_SCA_MAX || octets > n - 1)
		return 0;
	a->type = get(&r);
	digits = (octets - 1) * 2;
	if (digits && p[octets] >> 4 == 0x0f)
		digits--;
	return digits_parse(&r, digits, a->text) ? octets + 1 : 0;
}

size_t sms_sca_build(const struct sms_address *a, uint8_t *out)
{
	size_t n = strlen(a->text);

	if (!n) {
		out[0] = 0;
		return 1;
	}
	out[0] = (uint8_t)(1 + (n + 1) / 2);
	out[1] = a->type;
	digits_build(a->text, out + 2);
	return 1u + out[0];
}

bool sms_address_set(struct sms_address *a, const char *text, size_t n)
{
	bool plus = n && text[0] == '+';

	*a = (struct sms_address){ .type = plus ? SMS_TYPE_INTERNATIONAL : SMS_TYPE_UNKNOWN };
	text += plus;
	n -= plus;
	if (!n || n > SMS_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!text[i] || !strchr(digit_chars, text[i]))
			return false;
	}
	memcpy(a->text, text, n);
	return true;
}

void sms_address_text(const struct sms_address *a, struct buf *out)
{
	if (*a->text && (a->type & TON) == TON_INTERNATIONAL)
		buf_addc(out, '+');
	buf_adds(out, a->text);
}

bool sms_address_same(const struct sms_address *a, const struct sms_address *b)
{
	return !strcmp(a->text, b->text);
}

/* --- times ------------------------------------------------------------------------------------------------------- */

static uint8_t swapped(unsigned two_digits)
{
	return (uint8_t)(two_digits % 10 << 4 | two_digits / 10 % 10);
}

static unsigned unswapped(uint8_t octet)
{
	return (octet & 0x0fu) * 10 + (octet >> 4);
}

void sms_time_set(uint8_t out[SMS_TIME_OCTETS], time_t utc, int quarters_east)
{
	time_t local = utc + quarters_east * 15 * 60;
	struct tm tm;

	gmtime_r(&local, &tm);
	out[0] = swapped((unsigned)tm.tm_year % 100);
	out[1] = swapped((unsigned)tm.tm_mon + 1);
	out[2] = swapped((unsigned)tm.tm_mday);
	out[3] = swapped((unsigned)tm.tm_hour);
	out[4] = swapped((unsigned)tm.tm_min);
	out[5] = swapped((unsigned)tm.tm_sec);
	out[6] = swapped((unsigned)(quarters_east < 0 ? -quarters_east : quarters_east));
	if (quarters_east < 0)
		out[6] |= 0x08;
}

/* Digits that are none (half-octets above 9) are shown as they add up, as modems do [guess]. */
void sms_time_text(const uint8_t time[SMS_TIME_OCTETS], struct buf *out)
{
	buf_addf(out, "%02u/%02u/%02u,%02u:%02u:%02u%c%02u", unswapped(time[0]), unswapped(time[1]), unswapped(time[2]),
		 unswapped(time[3]), unswapped(time[4]), unswapped(time[5]), time[6] & 0x08 ? '-' : '+',
		 unswapped((uint8_t)(time[6] & ~0x08)));
}

bool sms_time_parse(uint8_t out[SMS_TIME_OCTETS], const char *text, size_t n)
{
	static const char form[] = "00/00/00,00:00:00+00";

	if (n != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (form[i] == '0' ? !digit : form[i] == '+' ? text[i] != '+' && text[i] != '-' : text[i] != form[i])
			return false;
	}
	for (size_t i = 0; i < SMS_TIME_OCTETS; i++)
		out[i] = (uint8_t)((text[i * 3] - '0') | (text[i * 3 + 1] - '0') << 4);
	if (text[17] == '-')
		out[6] |= 0x08;
	return true;
}

/* --- user data --------------------------------------------------------------------------------------------------- */

enum sms_alphabet sms_dcs_alphabet(uint8_t dcs)
{
	static const enum sms_alphabet by_bits[] = { SMS_ALPHABET_GSM, SMS_ALPHABET_OCTETS, SMS_ALPHABET_UCS2,
						     SMS_ALPHABET_GSM };

	if (dcs < 0x80)
		return dcs & 0x20 ? SMS_ALPHABET_OCTETS : by_bits[dcs >> 2 & 3]; /* 0x20: compressed */
	if (dcs >= 0xf0)
		return dcs & 0x04 ? SMS_ALPHABET_OCTETS : SMS_ALPHABET_GSM;
	return dcs >= 0xe0 ? SMS_ALPHABET_UCS2 : SMS_ALPHABET_GSM;
}

int sms_dcs_class(uint8_t dcs)
{
	return (dcs < 0x80 && dcs & 0x10) || dcs >= 0xf0 ? dcs & 3 : -1;
}

size_t sms_ud_octets(const struct sms_tpdu *t)
{
	return sms_dcs_alphabet(t->dcs) == SMS_ALPHABET_GSM ? sms_gsm_octets(t->udl, 0) : t->udl;
}

size_t sms_ud_header(const struct sms_tpdu *t)
{
	return t->type != SMS_TYPE_REPORT && t->fo & SMS_FO_HEADER ? 1u + t->ud[0] : 0;
}

/* Septets that a header takes, the fill bits behind it included. */
static size_t header_septets(size_t octets)
{
	return (octets * 8 + 6) / 7;
}

size_t sms_ud_septets(const struct sms_tpdu *t, uint8_t *out)
{
	size_t skip = header_septets(sms_ud_header(t));
	size_t n = skip < t->udl ? t->udl - skip : 0;

	sms_gsm_unpack(t->ud, skip * 7, out, n);
	return n;
}

bool sms_ud_set_septets(struct sms_tpdu *t, const uint8_t *header, size_t header_len, const uint8_t *septet, size_t n)
{
	size_t skip = header_septets(header_len);

	if (n > SMS_SEPTETS_MAX || skip + n > SMS_SEPTETS_MAX)
		return false;
	memset(t->ud, 0, sizeof(t->ud));
	if (header_len)
		memcpy(t->ud, header, header_len);
	sms_gsm_pack(septet, n, t->ud, skip * 7);
	t->udl = (uint8_t)(skip + n);
	return true;
}

bool sms_ud_set_octets(struct sms_tpdu *t, const uint8_t *header, size_t header_len, const uint8_t *p, size_t n)
{
	if (n > SMS_UD_MAX || header_len + n > SMS_UD_MAX)
		return false;
	memset(t->ud, 0, sizeof(t->ud));
	if (header_len)
		memcpy(t->ud, header, header_len);
	if (n)
		memcpy(t->ud + header_len, p, n);
	t->udl = (uint8_t)(header_len + n);
	return true;
}

void sms_ud_text(const struct sms_tpdu *t, struct buf *out)
{
	size_t header = sms_ud_header(t), n = sms_ud_octets(t);
	uint8_t septet[SMS_SEPTETS_MAX];
	uint16_t c[SMS_SEPTETS_MAX];

	switch (sms_dcs_alphabet(t->dcs)) {
	case SMS_ALPHABET_GSM:
		n = sms_ud_septets(t, septet);
		sms_utf8_encode(c, sms_gsm_decode(septet, n, c), out);
		break;
	case SMS_ALPHABET_UCS2:
		n = (n - header) / 2;
		for (size_t i = 0; i < n; i++)
			c[i] = (uint16_t)(t->ud[header + i * 2] << 8 | t->ud[header + i * 2 + 1]);
		sms_utf8_encode(c, n, out);
		break;
	case SMS_ALPHABET_OCTETS:
		str_hex(out, t->ud + header, n - header);
		break;
	}
}

/* --- units ------------------------------------------------------------------------------------------------------- */

static size_t vp_octets(uint8_t fo)
{
	switch (fo & SMS_FO_VPF) {
	case 0x00:
		return 0;
	case 0x10:
		return 1;
	default:
		return SMS_TIME_OCTETS;
	}
}

/* What is left of r is the user data, no octet more or less. NULL or what is wrong. */
static const char *ud_parse(struct reader *r, struct sms_tpdu *t)
{
	bool gsm = sms_dcs_alphabet(t->dcs) == SMS_ALPHABET_GSM;

	t->udl = get(r);
	if (r->bad)
		return "it ends before its user data";
	if (t->udl > (gsm ? SMS_SEPTETS_MAX : SMS_UD_MAX))
		return "its user data is longer than any message";
	if ((size_t)(r->end - r->p) != sms_ud_octets(t))
		return "its length of user data does not fit what follows";
	get_bytes(r, t->ud, sms_ud_octets(t));
	if (t->fo & SMS_FO_HEADER && (!t->udl || sms_ud_header(t) > sms_ud_octets(t)))
		return "its header is longer than its user data";
	return NULL;
}

static const char *address_next(struct reader *r, struct sms_tpdu *t)
{
	size_t len = get(r);

	t->address.type = get(r);
	if (!address_parse(r, len, &t->address))
		return "its address is broken";
	return NULL;
}

static const char *submit_parse(struct reader *r, struct sms_tpdu *t)
{
	const char *bad;

	t->mr = get(r);
	bad = address_next(r, t);
	if (bad)
		return bad;
	t->pid = get(r);
	t->dcs = get(r);
	get_bytes(r, t->vp, vp_octets(t->fo));
	return ud_parse(r, t);
}

static const char *deliver_parse(struct reader *r, struct sms_tpdu *t)
{
	const char *bad = address_next(r, t);

	if (bad)
		return bad;
	t->pid = get(r);
	t->dcs = get(r);
	get_bytes(r, t->time, SMS_TIME_OCTETS);
	return ud_parse(r, t);
}

/* Parameters behind the status are optional and say nothing that is used here. */
static const char *report_parse(struct reader *r, struct sms_tpdu *t)
{
	const char *bad;

	t->mr = get(r);
	bad = address_next(r, t);
	if (bad)
		return bad;
	get_bytes(r, t->time, SMS_TIME_OCTETS);
	get_bytes(r, t->discharge, SMS_TIME_OCTETS);
	t->status = get(r);
	return r->bad ? "it ends before its status" : NULL;
}

const char *sms_tpdu_parse(const uint8_t *p, size_t n, bool from_host, struct sms_tpdu *t)
{
	struct reader r = { .p = p, .end = p + n };

	*t = (struct sms_tpdu){ 0 };
	t->fo = get(&r);
	if (r.bad)
		return "it is empty";
	if (n > SMS_TPDU_MAX)
		return "it is longer than any message";
	t->type = (enum sms_type)(t->fo & SMS_FO_TYPE);
	if (from_host)
		return t->type == SMS_TYPE_SUBMIT ? submit_parse(&r, t) : "it is no SMS-SUBMIT";
	if (t->type == SMS_TYPE_DELIVER)
		return deliver_parse(&r, t);
	return t->type == SMS_TYPE_REPORT ? report_parse(&r, t) : "it is no SMS-DELIVER and no SMS-STATUS-REPORT";
}

static size_t put(uint8_t *out, const void *p, size_t n)
{
	memcpy(out, p, n);
	return n;
}

static size_t report_build(const struct sms_tpdu *t, uint8_t *out)
{
	size_t n = 0;

	out[n++] = t->mr;
	n += address_build(&t->address, out + n);
	n += put(out + n, t->time, SMS_TIME_OCTETS);
	n += put(out + n, t->discharge, SMS_TIME_OCTETS);
	out[n++] = t->status;
	return n;
}

size_t sms_tpdu_build(const struct sms_tpdu *t, uint8_t *out)
{
	size_t n = 0;

	out[n++] = (uint8_t)((t->fo & ~SMS_FO_TYPE) | (int)t->type);
	if (t->type == SMS_TYPE_REPORT)
		return n + report_build(t, out + n);
	if (t->type == SMS_TYPE_SUBMIT)
		out[n++] = t->mr;
	n += address_build(&t->address, out + n);
	out[n++] = t->pid;
	out[n++] = t->dcs;
	if (t->type == SMS_TYPE_SUBMIT)
		n += put(out + n, t->vp, vp_octets(t->fo));
	else
		n += put(out + n, t->time, SMS_TIME_OCTETS);
	out[n++] = t->udl;
	return n + put(out + n, t->ud, sms_ud_octets(t));
}
