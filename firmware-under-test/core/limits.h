/*
 * Sizes and times of the client. All memory is in struct node, so these
 * decide its size; a small target overrides them with -D.
 */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

/* Longest line kept from the modem; a longer one is dropped whole. */
#ifndef NODE_LINE_MAX
#define NODE_LINE_MAX 160
#endif

/* "AT", 559 characters (SIM7600 manual 1.4.4) and the carriage return. */
#ifndef NODE_COMMAND_MAX
#define NODE_COMMAND_MAX 562
#endif

/* Store-and-forward queue, records with topic and payload. */
#ifndef NODE_OUTBOX_BYTES
#define NODE_OUTBOX_BYTES 2048
#endif

/* What is kept of a received message; the rest is counted and checksummed. */
#ifndef NODE_RX_TOPIC_MAX
#define NODE_RX_TOPIC_MAX 128
#endif
#ifndef NODE_RX_PAYLOAD_MAX
#define NODE_RX_PAYLOAD_MAX 256
#endif

#ifndef NODE_LOG_MAX
#define NODE_LOG_MAX 320
#endif

#define NODE_REVISION_MAX 40

/* The modem's own limits (SIM7600 manual V3.00, 16.2 and 17.2). */
#define MODEM_TOPIC_MAX 1024
#define MODEM_PAYLOAD_MAX 10240
#define MODEM_CERT_MAX 10240
#define MODEM_CERT_NAME_MIN 5
#define MODEM_CERT_NAME_MAX 128
#define MODEM_HOST_MAX 240
#define MODEM_CREDENTIAL_MAX 256

/* Times in milliseconds. */
#define NODE_BOOT_POLL_MS 1000
#define NODE_PROMPT_MS 5000
#define NODE_DATA_MS 10000
#define NODE_SETTLE_ERROR_MS 300
#define NODE_SETTLE_CODE_MS 2000
#define NODE_QUIET_MS 200
#define NODE_QUIET_MOST_MS 2000
#define NODE_RAW_SILENCE_MS 2000
#define NODE_RETRY_MS 500
#define NODE_BUSY_MS 1000
#define NODE_PROBE_MS 60000
#define NODE_STABLE_MS 30000
#define NODE_BACKOFF_FIRST_MS 2000
#define NODE_BACKOFF_MOST_MS 300000

/* Counts. */
#define NODE_BOOT_FLUSH_AFTER 15  /* silent polls before a prompt is assumed */
#define NODE_BOOT_SILENT_AFTER 30 /* silent polls before it is said */
#define NODE_BUSY_MOST 70	  /* a publish may hold the client 60 s */
#define NODE_RESYNC_MOST 3	  /* lost answers before the session restarts */
#define NODE_GIVE_UP_AFTER 5
#define NODE_SIM_TRIES 60
#define NODE_REGISTER_TRIES 180
#define NODE_CERT_TRIES 3

/* Slow sending, used once a data transfer has lost bytes. */
#define NODE_PACE_BYTES 64
#define NODE_PACE_MS 100

#endif
