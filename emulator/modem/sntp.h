/* The packets of SNTP (RFC 4330) as a client needs them: making a request, reading its answer. No clock, no socket. */
#ifndef MODEM_SNTP_H
#define MODEM_SNTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SNTP_PACKET_BYTES = 48, SNTP_COOKIE_BYTES = 8 };

/* cookie: eight bytes that the server cannot guess; they stand where a clock's own time may (RFC 4330, 10). */
void sntp_request(uint8_t packet[SNTP_PACKET_BYTES], const uint8_t cookie[SNTP_COOKIE_BYTES]);

enum sntp_verdict {
	SNTP_TIME,    /* *utc_us is the server's time when it answered, microseconds since 1970 */
	SNTP_FOREIGN, /* answers another request, or none */
	SNTP_USELESS, /* an answer without a time: *reason says why */
};
enum sntp_verdict sntp_answer(const uint8_t *packet, size_t len, const uint8_t cookie[SNTP_COOKIE_BYTES],
			      int64_t *utc_us, const char **reason);

#endif
