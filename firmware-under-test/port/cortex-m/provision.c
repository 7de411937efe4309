/* The checksum of the provisioning page, the same for its maker and its reader. */
#include "port/cortex-m/provision.h"

uint32_t provision_crc(const uint8_t *p, size_t n)
{
	uint32_t crc = 0xffffffffu;

	while (n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}
