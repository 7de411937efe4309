/* Members of a cell as texts: one row each says what they may be and where they go. */
#include "link/cell.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

void cell_default(struct net_cell *c)
{
	*c = (struct net_cell){
		.coverage = true,
		.stat = { NET_STAT_HOME, NET_STAT_HOME, NET_STAT_HOME },
		.act = NET_ACT_EUTRAN, .system = 8,
		.mcc = 1, .mnc = 1, .mnc_digits = 2, .name = "Test PLMN 1-1", .short_name = "TEST",
		.lac = 0x00c3, .ci = 0x01a2d003, .csq = 25,
		.pci = 125, .band = 20, .earfcn = 6300, .bandwidth = 3,
		.rsrq = -100, .rsrp = -900, .rssi = -630, .snr = 14,
		.nitz = true,
	};
}

/* -113 dBm and 2 dB a step; the reference signal is as far below as in the default cell. */
void cell_set_csq(struct net_cell *c, int csq)
{
	enum { FLOOR = -1130, STEP = 20, REFERENCE_BELOW = 270 };

	c->csq = csq;
	c->rssi = FLOOR + STEP * csq;
	c->rsrp = c->rssi - REFERENCE_BELOW;
}

static const struct {
	const char *name;
	enum net_act act;
	int system;
} rats[] = {
	{ "gsm", NET_ACT_GSM, 1 },     { "gprs", NET_ACT_GSM, 2 },    { "edge", NET_ACT_GSM, 3 },
	{ "wcdma", NET_ACT_UTRAN, 4 }, { "hsdpa", NET_ACT_UTRAN, 5 }, { "hsupa", NET_ACT_UTRAN, 6 },
	{ "hspa", NET_ACT_UTRAN, 7 },  { "lte", NET_ACT_EUTRAN, 8 },
};

bool cell_rat(const char *text, enum net_act *act, int *system)
{
	for (size_t i = 0; i < sizeof(rats) / sizeof(rats[0]); i++) {
		if (!strcmp(rats[i].name, text)) {
			*act = rats[i].act;
			*system = rats[i].system;
			return true;
		}
	}
	return false;
}

bool cell_plmn(const char *text, int *mcc, int *mnc, int *digits)
{
	size_t n = strlen(text);
	long long country, network;

	if (n < 5 || n > 6 || strspn(text, "0123456789") != n)
		return false;
	str_to_num(text, 3, 0, 999, &country);
	str_to_num(text + 3, n - 3, 0, 999, &network);
	*mcc = (int)country;
	*mnc = (int)network;
	*digits = (int)n - 3;
	return true;
}

void cell_plmn_text(int mcc, int mnc, int digits, char buf[8])
{
	snprintf(buf, 8, "%03d%0*d", mcc % 1000, digits, mnc % 1000);
}

static bool set_rat(struct net_cell *c, const char *text)
{
	return cell_rat(text, &c->act, &c->system);
}

static bool set_plmn(struct net_cell *c, const char *text)
{
	return cell_plmn(text, &c->mcc, &c->mnc, &c->mnc_digits);
}

static bool set_truth(bool *to, const char *text)
{
	*to = !strcmp(text, "true");
	return *to || !strcmp(text, "false");
}

static bool set_coverage(struct net_cell *c, const char *text)
{
	return set_truth(&c->coverage, text);
}

static bool set_nitz(struct net_cell *c, const char *text)
{
	return set_truth(&c->nitz, text);
}

static const struct {
	const char *name;
	enum net_stat stat;
} stats[] = { { "home", NET_STAT_HOME }, { "roaming", NET_STAT_ROAMING }, { "denied", NET_STAT_DENIED } };

static bool find_stat(const char *text, enum net_stat *stat)
{
	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
		if (!strcmp(stats[i].name, text)) {
			*stat = stats[i].stat;
			return true;
		}
	}
	return false;
}

static bool set_registration(struct net_cell *c, const char *text)
{
	enum net_stat stat;

	if (!find_stat(text, &stat))
		return false;
	for (int d = 0; d < NET_DOMAINS; d++)
		c->stat[d] = stat;
	return true;
}

static bool set_voice(struct net_cell *c, const char *text)
{
	return find_stat(text, &c->stat[NET_CS]);
}

static bool set_csq(struct net_cell *c, const char *text)
{
	long long csq;

	if (str_to_num(text, strlen(text), 0, 31, &csq))
		return false;
	cell_set_csq(c, (int)csq);
	return true;
}

static bool set_zone(struct net_cell *c, const char *text)
{
	const char *digits = text + (*text == '+');
	long long zone;

	if (str_to_num(digits, strlen(digits), -48, 56, &zone))
		return false;
	c->has_zone = true;
	c->zone = (int)zone;
	return true;
}

const char *const cell_names[] = {
	"coverage", "registration", "voice", "rat",  "operator", "short", "plmn", "area",    "cell", "csq",
	"rsrp",	    "rsrq",	    "rssi",  "snr",  "pci",	 "band",  "channel", "bandwidth", "nitz", "zone", NULL,
};

/* What is neither a function nor a name is a number with so many decimals. In the order of cell_names[]. */
static const struct {
	bool (*set)(struct net_cell *c, const char *text);
	size_t text_max, offset;
	unsigned decimals;
	long long min, max;
	const char *want;
} members[] = {
	{ .set = set_coverage, .want = "true or false" },
	{ .set = set_registration, .want = "home, roaming or denied" },
	{ .set = set_voice, .want = "home, roaming or denied" },
	{ .set = set_rat, .want = "one of gsm, gprs, edge, wcdma, hsdpa, hsupa, hspa, lte" },
	{ .text_max = CELL_NAME_MAX, .offset = offsetof(struct net_cell, name), .want = "a name of 1 to 31 bytes without quotes" },
	{ .text_max = CELL_SHORT_MAX, .offset = offsetof(struct net_cell, short_name), .want = "a name of 1 to 15 bytes without quotes" },
	{ .set = set_plmn, .want = "five or six digits" },
	{ .offset = offsetof(struct net_cell, lac), .max = 0xffff, .want = "a number from 0 to 65535" },
	{ .offset = offsetof(struct net_cell, ci), .max = 0xfffffff, .want = "a number from 0 to 268435455" },
	{ .set = set_csq, .want = "a number from 0 to 31" },
	{ .offset = offsetof(struct net_cell, rsrp), .decimals = 1, .min = -1400, .max = -440, .want = "dBm from -140 to -44" },
	{ .offset = offsetof(struct net_cell, rsrq), .decimals = 1, .min = -195, .max = -30, .want = "dB from -19.5 to -3" },
	{ .offset = offsetof(struct net_cell, rssi), .decimals = 1, .min = -1130, .max = -250, .want = "dBm from -113 to -25" },
	{ .offset = offsetof(struct net_cell, snr), .min = -20, .max = 30, .want = "dB from -20 to 30" },
	{ .offset = offsetof(struct net_cell, pci), .max = 1023, .want = "a number from 0 to 1023" },
	{ .offset = offsetof(struct net_cell, band), .min = 1, .max = 256, .want = "a number from 1 to 256" },
	{ .offset = offsetof(struct net_cell, earfcn), .max = 65535, .want = "a number from 0 to 65535" },
	{ .offset = offsetof(struct net_cell, bandwidth), .max = 5, .want = "a number from 0 (1.4 MHz) to 5 (20 MHz)" },
	{ .set = set_nitz, .want = "true or false" },
	{ .set = set_zone, .want = "quarter hours from -48 to 56" },
};

static int set_name(struct net_cell *c, size_t i, const char *text)
{
	size_t n = strlen(text);

	if (!n || n > members[i].text_max || strpbrk(text, "\"\r\n"))
		return -EINVAL;
	str_copy((char *)c + members[i].offset, members[i].text_max + 1, text);
	return 0;
}

int cell_set(struct net_cell *c, size_t i, const char *text, const char **want)
{
	long long v;

	*want = members[i].want;
	if (members[i].set)
		return members[i].set(c, text) ? 0 : -EINVAL;
	if (members[i].text_max)
		return set_name(c, i, text);
	if (members[i].decimals ? str_to_fixed(text, members[i].decimals, members[i].min, members[i].max, &v)
				: str_to_num_any(text, strlen(text), members[i].min, members[i].max, &v))
		return -EINVAL;
	*(int *)(void *)((char *)c + members[i].offset) = (int)v;
	return 0;
}

static const char *stat_name(enum net_stat stat)
{
	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
		if (stats[i].stat == stat)
			return stats[i].name;
	}
	return "home";
}

static const char *rat_name(int system)
{
	for (size_t i = 0; i < sizeof(rats) / sizeof(rats[0]); i++) {
		if (rats[i].system == system)
			return rats[i].name;
	}
	return "lte";
}

void cell_show(const struct net_cell *c, struct buf *out)
{
	char plmn[8];

	cell_plmn_text(c->mcc, c->mnc, c->mnc_digits, plmn);
	buf_addf(out, "coverage=%s\nregistration=%s\nvoice=%s\nrat=%s\n", c->coverage ? "true" : "false",
		 stat_name(c->stat[NET_PS]), stat_name(c->stat[NET_CS]), rat_name(c->system));
	buf_addf(out, "operator=%s\nshort=%s\nplmn=%s\narea=0x%x\ncell=0x%x\n", c->name, c->short_name, plmn, c->lac, c->ci);
	buf_addf(out, "csq=%d\nrsrp=%.1f\nrsrq=%.1f\nrssi=%.1f\nsnr=%d\n", c->csq, c->rsrp / 10.0, c->rsrq / 10.0,
		 c->rssi / 10.0, c->snr);
	buf_addf(out, "pci=%d\nband=%d\nchannel=%d\nbandwidth=%d\nnitz=%s\nzone=%d\n", c->pci, c->band, c->earfcn,
		 c->bandwidth, c->nitz ? "true" : "false", c->zone);
}
