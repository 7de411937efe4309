/* Numbers of the PPP protocols: IANA "ppp-numbers", RFC 1332, 1334, 1661, 1877, 1994. */
#ifndef PPP_PROTO_H
#define PPP_PROTO_H

enum ppp_proto {
	PROTO_IP = 0x0021,
	PROTO_VJ_COMP = 0x002d,
	PROTO_VJ_UNCOMP = 0x002f,
	PROTO_IPCP = 0x8021,
	PROTO_IPV6CP = 0x8057,
	PROTO_CCP = 0x80fd,
	PROTO_LCP = 0xc021,
	PROTO_PAP = 0xc023,
	PROTO_CHAP = 0xc223,
};

enum cp_code {
	CP_CONF_REQ = 1,
	CP_CONF_ACK,
	CP_CONF_NAK,
	CP_CONF_REJ,
	CP_TERM_REQ,
	CP_TERM_ACK,
	CP_CODE_REJ,
	CP_PROTO_REJ, /* from here on of LCP only */
	CP_ECHO_REQ,
	CP_ECHO_REPLY,
	CP_DISCARD_REQ,
};

enum pap_code { PAP_REQ = 1, PAP_ACK, PAP_NAK };
enum chap_code { CHAP_CHALLENGE = 1, CHAP_RESPONSE, CHAP_SUCCESS, CHAP_FAILURE };
enum { CHAP_MD5 = 5 };

enum lcp_option {
	LCP_MRU = 1,
	LCP_ASYNCMAP = 2,
	LCP_AUTH = 3,
	LCP_QUALITY = 4,
	LCP_MAGIC = 5,
	LCP_PFC = 7,
	LCP_ACFC = 8,
};

enum ipcp_option {
	IPCP_ADDRESSES = 1,
	IPCP_COMPRESSION = 2,
	IPCP_ADDRESS = 3,
	IPCP_DNS_1 = 129,
	IPCP_NBNS_1 = 130,
	IPCP_DNS_2 = 131,
	IPCP_NBNS_2 = 132,
};

enum { CP_HEAD = 4, OPTION_HEAD = 2 }; /* code, identifier, length; type, length */

#endif
