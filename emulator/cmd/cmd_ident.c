/* Who the module is: ATI, AT+SIMCOMATI, AT+CGMR and their like. Everything comes from the profile. at-general 4. */
#include "cmd/cmd.h"

#include <string.h>

static const struct identity *identity(const struct at_channel *at)
{
	return &at_profile(at)->id;
}

/* ATI: six lines, seven on builds that print an SVN. */
static enum at_status info_exec(struct at_channel *at, const struct at_val *val)
{
	const struct identity *id = identity(at);

	(void)val;
	at_row(at, "Manufacturer: %s", id->manufacturer);
	at_row(at, "Model: %s", id->model);
	at_row(at, "Revision: %s", *id->ati_revision ? id->ati_revision : id->revision);
	if (*id->svn)
		at_row(at, "SVN: %s", id->svn);
	at_row(at, "IMEI: %s", id->imei);
	if (!id->short_ati)
		at_row(at, "+GCAP: %s", id->gcap);
	return AT_STATUS_OK;
}

static enum at_status simcomati_exec(struct at_channel *at, const struct at_val *val)
{
	const struct identity *id = identity(at);

	(void)val;
	at_row(at, "Manufacturer: %s", id->manufacturer);
	at_row(at, "Model: %s", id->model);
	at_row(at, "Revision: %s", id->revision);
	if (*id->build)
		at_row(at, "%s", id->build);
	if (id->qcn)
		at_row(at, "QCN: ");
	if (*id->svn)
		at_row(at, "SVN: %s", id->svn);
	at_row(at, "IMEI: %s", id->imei);
	if (id->short_ati)
		return AT_STATUS_OK;
	if (id->meid)
		at_row(at, "MEID: ");
	if (*id->gcap)
		at_row(at, "+GCAP: %s", id->gcap);
	at_row(at, "DeviceInfo: %s", id->device_info);
	return AT_STATUS_OK;
}

static enum at_status manufacturer_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "%s", identity(at)->manufacturer);
	return AT_STATUS_OK;
}

static enum at_status model_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "%s", identity(at)->model);
	return AT_STATUS_OK;
}

static enum at_status revision_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "%s%s", at_profile(at)->q.cgmr_prefix ? "+CGMR: " : "", identity(at)->revision);
	return AT_STATUS_OK;
}

static enum at_status imei_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "%s", identity(at)->imei);
	return AT_STATUS_OK;
}

static enum at_status gcap_exec(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+GCAP: %s", identity(at)->gcap);
	return AT_STATUS_OK;
}

/* One line per part of the firmware; a profile without them has no such command. */
static enum at_status csub_exec(struct at_channel *at, const struct at_val *val)
{
	const char *line = identity(at)->csub;

	(void)val;
	if (!*line)
		return AT_STATUS_ERROR;
	while (*line) {
		size_t n = strcspn(line, "\n");

		at_row(at, "+CSUB: %.*s", (int)n, line);
		line += n + (line[n] == '\n');
	}
	return AT_STATUS_OK;
}

static enum at_status simei_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+SIMEI: %s", identity(at)->imei);
	return AT_STATUS_OK;
}

/* No CDMA side: the MEID is empty, as SIMCOMATI prints it. */
static enum at_status smeid_read(struct at_channel *at, const struct at_val *val)
{
	(void)val;
	at_info(at, "+SMEID: 0x0");	/* guess */
	return AT_STATUS_OK;
}

const struct at_cmd cmd_ident[] = {
	{ "I", .exec = info_exec, .source = "M3 2.2.27, issue-49" },
	{ "+SIMCOMATI", .exec = simcomati_exec, .source = "issue-49:44-55, 340-351" },
	{ "+CGMI", .exec = manufacturer_exec, .source = "M3 2.2.28" },
	{ "+GMI", .exec = manufacturer_exec, .source = "guess: alias of +CGMI" },
	{ "+CGMM", .exec = model_exec, .source = "M3 2.2.29" },
	{ "+GMM", .exec = model_exec, .source = "guess: alias of +CGMM" },
	{ "+CGMR", .exec = revision_exec, .source = "M3 2.2.30" },
	{ "+GMR", .exec = revision_exec, .source = "guess: alias of +CGMR" },
	{ "+CGSN", .exec = imei_exec, .source = "M3 2.2.31" },
	{ "+GSN", .exec = imei_exec, .source = "TinyGSM getIMEI" },
	{ "+GCAP", .exec = gcap_exec, .source = "M3 2.2.25, TS#125" },
	{ "+CSUB", .exec = csub_exec, .source = "FOTA note 2, TS#125" },
	{ "+SIMEI", .read = simei_read, .source = "M3 19.2" },
	{ "+SMEID", .read = smeid_read, .source = "M3 19.2" },
	{ 0 },
};
