/*
 * The memories for messages. What is in them is in the store, too, one file a message: its state, then its octets, much
 * as on a SIM.
 */
#include "modem/sms.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "modem/store.h"

#define FOLDER "sms"

static const char *const mem_names[SMS_MEMS] = { "SM", "ME", "SR" };

/* From MT, which is both, to the memory a place is in. */
static void resolve(const struct sms *s, enum sms_mem *mem, int *index)
{
	if (*mem != SMS_MEM_MT)
		return;
	*mem = SMS_MEM_SM;
	if (*index >= s->memory[SMS_MEM_SM].slots) {
		*index -= s->memory[SMS_MEM_SM].slots;
		*mem = SMS_MEM_ME;
	}
}

static struct sms_message *place(const struct sms *s, enum sms_mem mem, int index)
{
	resolve(s, &mem, &index);
	return index >= 0 && index < s->memory[mem].slots ? &s->memory[mem].message[index] : NULL;
}

static const char *file_name(char *buf, size_t size, enum sms_mem mem, int index)
{
	snprintf(buf, size, "%s-%d", mem_names[mem], index);
	return buf;
}

static int save(struct sms *s, enum sms_mem mem, int index)
{
	const struct sms_message *msg;
	uint8_t record[1 + SMS_PDU_MAX];
	char name[16];

	resolve(s, &mem, &index);
	msg = &s->memory[mem].message[index];
	record[0] = (uint8_t)msg->stat;
	memcpy(record + 1, msg->pdu, msg->len);
	return store_put(s->modem->store, FOLDER, file_name(name, sizeof(name), mem, index), record, 1 + msg->len);
}

static void load_one(struct sms *s, enum sms_mem mem, int index)
{
	struct sms_message *msg = &s->memory[mem].message[index];
	const struct store_file *f;
	struct sms_address centre;
	const uint8_t *record;
	struct sms_tpdu t;
	const char *broken;
	char name[16];

	f = store_get(s->modem->store, FOLDER, file_name(name, sizeof(name), mem, index));
	record = f ? f->data : NULL;
	if (!f || f->len < 2 || f->len > sizeof(msg->pdu) + 1 || record[0] >= SMS_STATS)
		return;
	*msg = (struct sms_message){ .used = true, .stat = (enum sms_stat)record[0], .len = f->len - 1 };
	memcpy(msg->pdu, record + 1, msg->len);
	broken = sms_parse(msg, &centre, &t);
	if (!broken)
		return;
	trace_text(s->modem->trace, TRACE_NOTE, "sms: %s is no message: %s", f->name, broken);
	msg->used = false;
}

void sms_memory_load(struct sms *s)
{
	for (int mem = 0; mem < SMS_MEMS; mem++) {
		for (int i = 0; i < s->memory[mem].slots; i++)
			load_one(s, (enum sms_mem)mem, i);
	}
}

int sms_slots(const struct sms *s, enum sms_mem mem)
{
	if (mem == SMS_MEM_MT)
		return s->memory[SMS_MEM_SM].slots + s->memory[SMS_MEM_ME].slots;
	return s->memory[mem].slots;
}

int sms_used(const struct sms *s, enum sms_mem mem)
{
	int used = 0;

	for (int i = 0; i < sms_slots(s, mem); i++)
		used += place(s, mem, i)->used;
	return used;
}

const struct sms_message *sms_get(const struct sms *s, enum sms_mem mem, int index)
{
	const struct sms_message *msg = place(s, mem, index);

	return msg && msg->used ? msg : NULL;
}

int sms_put(struct sms *s, enum sms_mem mem, enum sms_stat stat, const uint8_t *pdu, size_t len)
{
	for (int i = 0; i < sms_slots(s, mem); i++) {
		struct sms_message *msg = place(s, mem, i);

		if (msg->used)
			continue;
		*msg = (struct sms_message){ .used = true, .stat = stat, .len = len };
		memcpy(msg->pdu, pdu, len);
		if (!save(s, mem, i))
			return i;
		msg->used = false;
		return -EIO;
	}
	return -ENOSPC;
}

void sms_set_stat(struct sms *s, enum sms_mem mem, int index, enum sms_stat stat)
{
	struct sms_message *msg = place(s, mem, index);

	if (!msg || !msg->used || msg->stat == stat)
		return;
	msg->stat = stat;
	save(s, mem, index);
}

/* A file that cannot be removed comes back after power-off; the host sees it gone, as with a SIM that fails. */
static void forget(struct sms *s, enum sms_mem mem, int index)
{
	char name[16];

	resolve(s, &mem, &index);
	s->memory[mem].message[index] = (struct sms_message){ .used = false };
	store_delete(s->modem->store, FOLDER, file_name(name, sizeof(name), mem, index));
}

void sms_delete(struct sms *s, enum sms_mem mem, int index)
{
	if (!sms_get(s, mem, index))
		return;
	forget(s, mem, index);
	sms_look(s);
}

void sms_delete_all(struct sms *s, enum sms_mem mem, unsigned stats)
{
	for (int i = 0; i < sms_slots(s, mem); i++) {
		const struct sms_message *msg = sms_get(s, mem, i);

		if (msg && stats & 1u << msg->stat)
			forget(s, mem, i);
	}
	sms_look(s);
}

const char *sms_parse(const struct sms_message *msg, struct sms_address *centre, struct sms_tpdu *t)
{
	size_t n = sms_sca_parse(msg->pdu, msg->len, centre);

	if (!n)
		return "the centre's address is broken";
	return sms_tpdu_parse(msg->pdu + n, msg->len - n, msg->stat == SMS_UNSENT || msg->stat == SMS_SENT, t);
}
