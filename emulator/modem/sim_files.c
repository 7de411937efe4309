/*
 * A table of files and how each is filled; reading and writing them by the rules of a UICC. Files that no row names do
 * not exist on this card. Which files there are and their sizes is a choice [guess]; their coding is the standard's.
 */
#include "modem/sim_files.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "modem/net.h"
#include "modem/sim.h"
#include "modem/store.h"

enum { NO_FILE = 0, MF = 0x3f00, ADF_USIM = 0x7fff, DF_TELECOM = 0x7f10 };

/* Status bytes of ETSI 102 221 10.2 */
enum {
	SW_OK = 0x9000,
	SW_MORE = 0x6100,
	SW_TRIES = 0x63c0,
	SW_LENGTH = 0x6700,
	SW_SECURITY = 0x6982,
	SW_BLOCKED = 0x6983,
	SW_NO_EF = 0x6986,
	SW_NOT_FOUND = 0x6a82,
	SW_NO_RECORD = 0x6a83,
	SW_PARAMETERS = 0x6b00,
	SW_INSTRUCTION = 0x6d00,
};

struct file {
	unsigned id;
	size_t size;			/* of a record, if there are some */
	unsigned records;		/* 0: transparent */
	bool open;			/* can be read without the PIN */
	bool writable;
	void (*fill)(const struct sim *s, uint8_t *p, size_t n);
};

static void set_sw(struct sim_reply *r, unsigned sw)
{
	r->sw1 = (uint8_t)(sw >> 8);
	r->sw2 = (uint8_t)sw;
}

/* Digits two a byte, the first in the lower half; F fills up. */
static void bcd(const char *digits, uint8_t *p, size_t n)
{
	memset(p, 0xff, n);
	for (size_t i = 0; digits[i] && i < 2 * n; i++) {
		unsigned d = digits[i] <= '9' ? (unsigned)(digits[i] - '0') : (unsigned)((digits[i] | 0x20) - 'a' + 10);

		p[i / 2] = (uint8_t)(i % 2 ? (p[i / 2] & 0x0f) | (d & 0xf) << 4 : (p[i / 2] & 0xf0) | (d & 0xf));
	}
}

static const struct identity *identity(const struct sim *s)
{
	return &s->modem->profile->id;
}

static void fill_iccid(const struct sim *s, uint8_t *p, size_t n)
{
	bcd(identity(s)->iccid, p, n);
}

/* Length, then the digits behind a half byte that tells that their number is odd. */
static void fill_imsi(const struct sim *s, uint8_t *p, size_t n)
{
	const char *imsi = identity(s)->imsi;
	char digits[24];

	snprintf(digits, sizeof(digits), "%c%s", strlen(imsi) % 2 ? '9' : '1', imsi);
	memset(p, 0xff, n);
	p[0] = (uint8_t)(strlen(imsi) / 2 + 1);
	bcd(digits, p + 1, n - 1);
}

/* Normal operation; the last byte is the number of digits of the network code. */
static void fill_ad(const struct sim *s, uint8_t *p, size_t n)
{
	(void)s;
	memset(p, 0, n);
	p[n - 1] = 2;
}

static void fill_spn(const struct sim *s, uint8_t *p, size_t n)
{
	const char *name = s->provider;
	size_t len = strlen(name);

	memset(p, 0xff, n);
	p[0] = 0;
	memcpy(p + 1, name, len < n - 1 ? len : n - 1);
}

/* A name of 14 bytes, the length, the kind of number, ten bytes of digits, two references. */
static void fill_msisdn(const struct sim *s, uint8_t *p, size_t n)
{
	const char *number = identity(s)->msisdn;
	bool plus = *number == '+';
	size_t digits = strlen(number + plus);

	memset(p, 0xff, n);
	if (!digits)
		return;
	p[14] = (uint8_t)(1 + (digits + 1) / 2);
	p[15] = plus ? 0x91 : 0x81;
	bcd(number + plus, p + 16, 10);
}

static void plmn(const struct net_cell *c, uint8_t *p)
{
	char digits[16];

	/* three digits of the country; of the network its second and first in the last byte, its third above the country's third */
	snprintf(digits, sizeof(digits), c->mnc < 100 ? "%03d%02df" : "%03d%03d", c->mcc, c->mnc);
	bcd(((const char[]){ digits[0], digits[1], digits[2], digits[5], digits[3], digits[4], '\0' }), p, 3);
}

/* Identity and area where the card was last registered; the status behind it is "updated". */
static void fill_loci(const struct sim *s, uint8_t *p, size_t n)
{
	const struct net_cell *c = &s->modem->net->cell;

	memset(p, 0xff, n);
	plmn(c, p + 4);
	p[7] = (uint8_t)(c->lac >> 8);
	p[8] = (uint8_t)c->lac;
	p[n - 1] = 0;
}

static void fill_smsp(const struct sim *s, uint8_t *p, size_t n)
{
	(void)s;
	memset(p, 0xff, n);
}

static void fill_empty(const struct sim *s, uint8_t *p, size_t n)
{
	(void)s;
	memset(p, 0xff, n);
}

static void fill_access_class(const struct sim *s, uint8_t *p, size_t n)
{
	(void)s;
	memset(p, 0, n);
	p[n - 1] = 1;
}

static void fill_search_period(const struct sim *s, uint8_t *p, size_t n)
{
	(void)s;
	memset(p, 5, n);
}

static void fill_language(const struct sim *s, uint8_t *p, size_t n)
{
	(void)s;
	memset(p, 0xff, n);
	memcpy(p, "en", 2);
}

static void fill_service_table(const struct sim *s, uint8_t *p, size_t n)
{
	(void)s;
	memset(p, 0, n);
	p[0] = 0x0c;	/* short messages and their status */
	p[2] = 0x0c;	/* service provider name, MSISDN */
}

/* Country and network of the IMSI, the latter two digits as fill_ad() says. */
static void fill_home(const struct sim *s, uint8_t *p, size_t n)
{
	const char *imsi = identity(s)->imsi;

	memset(p, 0xff, n);
	if (strlen(imsi) > 4)
		bcd((const char[]){ imsi[0], imsi[1], imsi[2], 'f', imsi[3], imsi[4], '\0' }, p, 3);
}

static const struct file files[] = {
	{ 0x2fe2, 10, 0, true, false, fill_iccid },
	{ 0x2f05, 6, 0, true, true, fill_language },
	{ 0x6f05, 4, 0, true, true, fill_language },
	{ 0x6f07, 9, 0, false, false, fill_imsi },
	{ 0x6f31, 1, 0, false, false, fill_search_period },
	{ 0x6f38, 12, 0, false, false, fill_service_table },
	{ 0x6f40, 28, 1, false, true, fill_msisdn },
	{ 0x6f42, 28, 1, false, true, fill_smsp },
	{ 0x6f46, 17, 0, true, false, fill_spn },
	{ 0x6f60, 20, 0, false, true, fill_empty },
	{ 0x6f61, 20, 0, false, false, fill_empty },
	{ 0x6f73, 14, 0, false, true, fill_empty },
	{ 0x6f78, 2, 0, false, false, fill_access_class },
	{ 0x6f7b, 12, 0, false, true, fill_empty },
	{ 0x6f7e, 11, 0, false, true, fill_loci },
	{ 0x6fad, 4, 0, true, false, fill_ad },
	{ 0x6fd9, 3, 0, false, false, fill_home },
	{ 0x6fe3, 18, 0, false, true, fill_empty },
};

static const struct file *find(unsigned id)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (files[i].id == id)
			return &files[i];
	}
	return NULL;
}

/* --- content ------------------------------------------------------------------------------------------------------- */

static void key_of(const struct file *f, unsigned record, char *key, size_t size)
{
	snprintf(key, size, "sim.ef.%04x.%u", f->id, record);
}

/* record counts from 1 and is 0 for a file without. */
static void load(const struct sim *s, const struct file *f, unsigned record, uint8_t *p)
{
	const char *written;
	struct buf bytes;
	char key[32];

	key_of(f, record, key, sizeof(key));
	written = store_text(s->modem->store, key, "");
	f->fill(s, p, f->size);
	buf_init(&bytes, SIM_FILE_MAX);
	if (*written && !str_unhex(&bytes, written) && bytes.len == f->size)
		memcpy(p, bytes.data, f->size);
	buf_free(&bytes);
}

static void save(struct sim *s, const struct file *f, unsigned record, const uint8_t *p)
{
	struct buf hex;
	char key[32];

	key_of(f, record, key, sizeof(key));
	buf_init(&hex, 2 * SIM_FILE_MAX + 1);
	str_hex(&hex, p, f->size);
	store_set_text(s->modem->store, key, buf_str(&hex));
	buf_free(&hex);
}

/* --- instructions on a file ---------------------------------------------------------------------------------------- */

static bool pin_stands(const struct sim *s)
{
	return sim_check(s) != SIM_ERR_NONE;
}

/* File control parameters, the tags that clients read: kind, identity, state, size. */
static void describe(unsigned id, const struct file *f, struct sim_reply *r)
{
	size_t size = f ? f->size * (f->records ? f->records : 1) : 0, n = 2;
	uint8_t *p = r->data;

	p[0] = 0x62;
	if (f && f->records) {
		const uint8_t kind[] = { 0x82, 5, 0x42, 0x21, 0, (uint8_t)f->size, (uint8_t)f->records };

		memcpy(p + n, kind, sizeof(kind));
		n += sizeof(kind);
	} else {
		const uint8_t kind[] = { 0x82, 2, f ? 0x41 : 0x78, 0x21 };

		memcpy(p + n, kind, sizeof(kind));
		n += sizeof(kind);
	}
	memcpy(p + n, ((const uint8_t[]){ 0x83, 2, (uint8_t)(id >> 8), (uint8_t)id, 0x8a, 1, 5 }), 7);
	n += 7;
	if (f) {
		memcpy(p + n, ((const uint8_t[]){ 0x80, 2, (uint8_t)(size >> 8), (uint8_t)size }), 4);
		n += 4;
	}
	p[1] = (uint8_t)(n - 2);
	r->len = n;
	set_sw(r, SW_OK);
}

static void read_binary(struct sim *s, const struct file *f, const struct sim_request *q, struct sim_reply *r)
{
	size_t offset = (size_t)q->p1 << 8 | q->p2;
	uint8_t content[SIM_FILE_MAX];
	size_t want = q->want ? q->want : f->size - (offset < f->size ? offset : f->size);

	if (f->records)
		set_sw(r, 0x6981);
	else if (offset >= f->size)
		set_sw(r, SW_PARAMETERS);
	else if (want > f->size - offset)
		set_sw(r, 0x6c00 | (unsigned)(f->size - offset));
	else {
		load(s, f, 0, content);
		memcpy(r->data, content + offset, want);
		r->len = want;
	}
}

static bool record_ok(const struct file *f, const struct sim_request *q, size_t n, struct sim_reply *r)
{
	if (!f->records)
		set_sw(r, 0x6981);
	else if (q->p2 != 4)
		set_sw(r, SW_PARAMETERS);
	else if (!q->p1 || q->p1 > f->records)
		set_sw(r, SW_NO_RECORD);
	else if (n && n != f->size)
		set_sw(r, SW_LENGTH);
	else
		return true;
	return false;
}

static void read_record(struct sim *s, const struct file *f, const struct sim_request *q, struct sim_reply *r)
{
	if (!record_ok(f, q, q->want, r))
		return;
	load(s, f, q->p1, r->data);
	r->len = f->size;
}

static void update(struct sim *s, const struct file *f, const struct sim_request *q, struct sim_reply *r)
{
	size_t offset = (size_t)q->p1 << 8 | q->p2;
	bool record = q->instruction == SIM_UPDATE_RECORD;
	uint8_t content[SIM_FILE_MAX];

	if (!f->writable) {
		set_sw(r, SW_SECURITY);
		return;
	}
	if (record) {
		if (!record_ok(f, q, q->n ? q->n : 1, r))
			return;
		save(s, f, q->p1, q->data);
	} else if (f->records || !q->n || offset + q->n > f->size) {
		set_sw(r, f->records ? 0x6981 : SW_LENGTH);
	} else {
		load(s, f, 0, content);
		memcpy(content + offset, q->data, q->n);
		save(s, f, 0, content);
	}
}

void sim_file_access(struct sim *s, const struct sim_request *q, struct sim_reply *r)
{
	const struct file *f = find(q->file);
	bool describes = q->instruction == SIM_GET_RESPONSE || q->instruction == SIM_STATUS;

	r->len = 0;
	set_sw(r, SW_OK);
	if (q->instruction == SIM_STATUS && !f)
		describe(ADF_USIM, NULL, r);
	else if (!f)
		set_sw(r, SW_NOT_FOUND);
	else if (describes)
		describe(q->file, f, r);
	else if (pin_stands(s) && !(f->open && (q->instruction == SIM_READ_BINARY || q->instruction == SIM_READ_RECORD)))
		set_sw(r, SW_SECURITY);
	else if (q->instruction == SIM_READ_BINARY)
		read_binary(s, f, q, r);
	else if (q->instruction == SIM_READ_RECORD)
		read_record(s, f, q, r);
	else if (q->instruction == SIM_UPDATE_BINARY || q->instruction == SIM_UPDATE_RECORD)
		update(s, f, q, r);
	else
		set_sw(r, SW_INSTRUCTION);
}

/* --- APDUs --------------------------------------------------------------------------------------------------------- */

/* By identity, or by the end of a path; an application by its name is the USIM. P2 0C: no answer wanted. */
static void apdu_select(struct sim *s, const uint8_t *a, size_t n, struct sim_reply *r)
{
	size_t len = n > 4 ? a[4] : 0;
	unsigned id = ADF_USIM;

	if (n < 5 + len) {
		set_sw(r, SW_LENGTH);
		return;
	}
	if (len && a[2] != 4)
		id = len >= 2 ? (unsigned)a[5 + len - 2] << 8 | a[5 + len - 1] : NO_FILE;
	else if (!len)
		id = MF;
	if (!find(id) && id != MF && id != ADF_USIM && id != DF_TELECOM) {
		set_sw(r, SW_NOT_FOUND);
		return;
	}
	s->boot.selected = id;
	describe(id, find(id), r);
	s->boot.fetch = a[3] != 0x0c;
	set_sw(r, s->boot.fetch ? SW_MORE | (unsigned)r->len : SW_OK);
	r->len = 0;
}

/* The tries that are left when no PIN comes with it; a PIN is checked like any other. */
static void apdu_verify(struct sim *s, const uint8_t *a, size_t n, struct sim_reply *r)
{
	char pin[SIM_PIN_MAX + 1] = "";
	size_t len = n > 4 ? a[4] : 0;

	if (a[3] != 1) {
		set_sw(r, 0x6a88);
	} else if (!len) {
		set_sw(r, s->nv.pin_left ? SW_TRIES | (unsigned)s->nv.pin_left : SW_BLOCKED);
	} else if (len != SIM_PIN_MAX || n < 5 + len) {
		set_sw(r, SW_LENGTH);
	} else {
		for (size_t i = 0; i < len && a[5 + i] != 0xff; i++)
			pin[i] = (char)a[5 + i];
		if (sim_verify(s, pin))
			set_sw(r, s->nv.pin_left ? SW_TRIES | (unsigned)s->nv.pin_left : SW_BLOCKED);
	}
}

/* Reads and writes what was selected. Le 0 is as much as there is. */
static void apdu_access(struct sim *s, const uint8_t *a, size_t n, struct sim_reply *r)
{
	bool updates = a[1] == SIM_UPDATE_BINARY || a[1] == SIM_UPDATE_RECORD;
	size_t p3 = n > 4 ? a[4] : 0;
	struct sim_request q = { .instruction = (enum sim_instruction)a[1], .file = s->boot.selected, .p1 = a[2], .p2 = a[3] };

	if (!find(s->boot.selected)) {
		set_sw(r, SW_NO_EF);
		return;
	}
	if (updates && n < 5 + p3) {
		set_sw(r, SW_LENGTH);
		return;
	}
	q.data = updates ? a + 5 : NULL;
	q.n = updates ? p3 : 0;
	q.want = updates ? 0 : p3;
	sim_file_access(s, &q, r);
}

static void apdu_describe(struct sim *s, const uint8_t *a, size_t n, struct sim_reply *r)
{
	bool fetched = s->boot.fetch || a[1] == SIM_STATUS;

	s->boot.fetch = false;
	if (!fetched || n < 5) {
		set_sw(r, fetched ? SW_LENGTH : SW_PARAMETERS);
		return;
	}
	describe(s->boot.selected ? s->boot.selected : MF, find(s->boot.selected), r);
	if (a[4] && a[4] < r->len)
		r->len = a[4];
}

void sim_apdu(struct sim *s, const uint8_t *a, size_t n, struct sim_reply *r)
{
	r->len = 0;
	set_sw(r, SW_OK);
	if (n < 4) {
		set_sw(r, SW_LENGTH);
		return;
	}
	switch (a[1]) {
	case SIM_SELECT:
		apdu_select(s, a, n, r);
		return;
	case SIM_VERIFY:
		apdu_verify(s, a, n, r);
		return;
	case SIM_GET_RESPONSE:
	case SIM_STATUS:
		apdu_describe(s, a, n, r);
		return;
	case SIM_READ_BINARY:
	case SIM_READ_RECORD:
	case SIM_UPDATE_BINARY:
	case SIM_UPDATE_RECORD:
		apdu_access(s, a, n, r);
		return;
	default:
		set_sw(r, SW_INSTRUCTION);
	}
}
