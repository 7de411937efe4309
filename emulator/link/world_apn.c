#include "link/world_apn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/session.h"

static const char *const apn_keys[] = { "match", "user", "password", "dns", "refuse", NULL };

/* Of a network that says nothing else: as private as the addresses of hosts. */
static const uint32_t usual_dns[2] = { 0x0a40ff01, 0x0a40ff02 };

static int copy_text(char **to, const struct yml_node *n, struct err *e)
{
	if (!n)
		return 0;
	if (yml_want(n, YML_SCALAR, e))
		return -EINVAL;
	*to = strdup(yml_str(n));
	return *to ? 0 : err_set(e, -ENOMEM, "out of memory");
}

/* One address or two; the second is the first when it is missing. */
static int read_dns(struct apn_row *r, const struct yml_node *seq, struct err *e)
{
	if (yml_want(seq, YML_SEQ, e))
		return -EINVAL;
	if (!yml_size(seq) || yml_size(seq) > 2)
		return yml_error(seq, e, "one or two addresses of name servers are wanted");
	for (size_t i = 0; i < 2; i++) {
		const struct yml_node *n = yml_at(seq, i < yml_size(seq) ? i : 0);
		struct in_addr a;

		if (yml_want(n, YML_SCALAR, e))
			return -EINVAL;
		if (inet_pton(AF_INET, yml_str(n), &a) != 1)
			return yml_error(n, e, "'%s' must be an IPv4 address", yml_str(n));
		r->dns[i] = ntohl(a.s_addr);
	}
	return 0;
}

static int read_row(struct apn_row *r, const struct yml_node *map, struct err *e)
{
	const struct yml_node *match, *dns, *refuse;

	if (yml_want(map, YML_MAP, e) || yml_check_keys(map, apn_keys, e))
		return -EINVAL;
	match = yml_get(map, "match");
	dns = yml_get(map, "dns");
	refuse = yml_get(map, "refuse");
	if (!match)
		return yml_error(map, e, "'match' is missing");
	if (copy_text(&r->match, match, e) || copy_text(&r->user, yml_get(map, "user"), e) ||
	    copy_text(&r->password, yml_get(map, "password"), e))
		return -EINVAL;
	if (!r->user != !r->password)
		return yml_error(map, e, "'user' and 'password' go together");
	if ((dns && read_dns(r, dns, e)) || (refuse && yml_bool(refuse, &r->refuses, e)))
		return -EINVAL;
	return asprintf(&r->place, "%s:%u", yml_name(map), yml_line(map)) < 0 ? err_set(e, -ENOMEM, "out of memory")
									      : 0;
}

int world_read_apns(struct apn_list *l, const struct yml_node *seq, struct err *e)
{
	struct apn_row *grown;

	if (yml_want(seq, YML_SEQ, e))
		return -EINVAL;
	grown = realloc(l->row, (l->n + yml_size(seq) + 1) * sizeof(*grown));
	if (!grown)
		return err_set(e, -ENOMEM, "out of memory");
	l->row = grown;
	for (size_t i = 0; i < yml_size(seq); i++) {
		struct apn_row *r = &l->row[l->n++];

		*r = (struct apn_row){ .dns = { usual_dns[0], usual_dns[1] } };
		if (read_row(r, yml_at(seq, i), e))
			return -EINVAL;
	}
	return 0;
}

void world_free_apns(struct apn_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->row[i].match);
		free(l->row[i].place);
		free(l->row[i].user);
		free(l->row[i].password);
	}
	free(l->row);
}

void link_apn(const struct link *l, const char *apn, struct link_apn *out)
{
	const struct apn_list *list = &l->o.world->apns;

	*out = (struct link_apn){ .dns = { usual_dns[0], usual_dns[1] } };
	for (size_t i = 0; i < list->n; i++) {
		const struct apn_row *r = &list->row[i];

		if (fnmatch(r->match, apn, FNM_CASEFOLD))
			continue;
		*out = (struct link_apn){ r->user, r->password, r->refuses, { r->dns[0], r->dns[1] }, r->place };
		return;
	}
}
