/* File names of the certificate store as the host types them. Shared by the CCERT and CSSLCFG families. */
#ifndef CMD_CMD_CERT_H
#define CMD_CMD_CERT_H

#include <stdbool.h>
#include <stddef.h>

enum { CMD_CERT_NAME_SIZE = 256 };

/*
 * One argument as it stands in the line: "name", name, or {non-ascii}"HEX" whose digits are the bytes of the name.
 * false when it is none of them or does not fit out of CMD_CERT_NAME_SIZE bytes.
 */
bool cmd_cert_name(const char *text, size_t n, char *out);

#endif
