/* SNTP packets. RFC 4330, chapters 3 to 5 and 8. */
#include "modem/sntp.h"

#include <string.h>

enum { MODE_CLIENT = 3, MODE_SERVER = 4, VERSION = 4 };
enum { AT_STRATUM = 1, AT_ORIGINATE = 24, AT_TRANSMIT = 40, STRATUM_MAX = 15, LEAP_UNKNOWN = 3 };

void sntp_request(uint8_t packet[SNTP_PACKET_BYTES], const uint8_t cookie[SNTP_COOKIE_BYTES])
{
	memset(packet, 0, SNTP_PACKET_BYTES);
	packet[0] = VERSION << 3 | MODE_CLIENT;
	memcpy(packet + AT_TRANSMIT, cookie, SNTP_COOKIE_BYTES);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The highest bit tells the era: without it the seconds count from 2036 on (chapter 3). */
static int64_t timestamp_us(const uint8_t *p)
{
	static const int64_t from_1900_to_1970 = 2208988800;
	int64_t seconds = get32(p);

	if (!(seconds & 0x80000000))
		seconds += (int64_t)1 << 32;
	return (seconds - from_1900_to_1970) * 1000000 + ((int64_t)get32(p + 4) * 1000000 >> 32);
}

/* NULL, or why the time in an answer is none. */
static const char *useless(const uint8_t *packet)
{
	if (!packet[AT_STRATUM])
		return "the server sends a kiss of death: it does not serve this client";
	if (packet[AT_STRATUM] > STRATUM_MAX || packet[0] >> 6 == LEAP_UNKNOWN)
		return "the server says that its own clock is not synchronised";
	if (!get32(packet + AT_TRANSMIT) && !get32(packet + AT_TRANSMIT + 4))
		return "the server's transmit timestamp is 0";
	return NULL;
}

enum sntp_verdict sntp_answer(const uint8_t *packet, size_t len, const uint8_t cookie[SNTP_COOKIE_BYTES],
			      int64_t *utc_us, const char **reason)
{
	if (len < SNTP_PACKET_BYTES || (packet[0] & 7) != MODE_SERVER ||
	    memcmp(packet + AT_ORIGINATE, cookie, SNTP_COOKIE_BYTES))
		return SNTP_FOREIGN;
	*reason = useless(packet);
	if (*reason)
		return SNTP_USELESS;
	*utc_us = timestamp_us(packet + AT_TRANSMIT);
	return SNTP_TIME;
}
