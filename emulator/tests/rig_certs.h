/* Certificates for tests: a CA of the field thread as it was typed there, and self-signed ones made on the spot. */
#ifndef TESTS_RIG_CERTS_H
#define TESTS_RIG_CERTS_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "modem/cert.h"
#include "tests/rig.h"

/* issue-49:284-305, DigiCert Global Root CA: 1338 bytes with LF line ends, the last one included. */
#define RIG_DIGICERT \
	"-----BEGIN CERTIFICATE-----\n" \
	"MIIDrzCCApegAwIBAgIQCDvgVpBCRrGhdWrJWZHHSjANBgkqhkiG9w0BAQUFADBh\n" \
	"MQswCQYDVQQGEwJVUzEVMBMGA1UEChMMRGlnaUNlcnQgSW5jMRkwFwYDVQQLExB3\n" \
	"d3cuZGlnaWNlcnQuY29tMSAwHgYDVQQDExdEaWdpQ2VydCBHbG9iYWwgUm9vdCBD\n" \
	"QTAeFw0wNjExMTAwMDAwMDBaFw0zMTExMTAwMDAwMDBaMGExCzAJBgNVBAYTAlVT\n" \
	"MRUwEwYDVQQKEwxEaWdpQ2VydCBJbmMxGTAXBgNVBAsTEHd3dy5kaWdpY2VydC5j\n" \
	"b20xIDAeBgNVBAMTF0RpZ2lDZXJ0IEdsb2JhbCBSb290IENBMIIBIjANBgkqhkiG\n" \
	"9w0BAQEFAAOCAQ8AMIIBCgKCAQEA4jvhEXLeqKTTo1eqUKKPC3eQyaKl7hLOllsB\n" \
	"CSDMAZOnTjC3U/dDxGkAV53ijSLdhwZAAIEJzs4bg7/fzTtxRuLWZscFs3YnFo97\n" \
	"nh6Vfe63SKMI2tavegw5BmV/Sl0fvBf4q77uKNd0f3p4mVmFaG5cIzJLv07A6Fpt\n" \
	"43C/dxC//AH2hdmoRBBYMql1GNXRor5H4idq9Joz+EkIYIvUX7Q6hL+hqkpMfT7P\n" \
	"T19sdl6gSzeRntwi5m3OFBqOasv+zbMUZBfHWymeMr/y7vrTC0LUq7dBMtoM1O/4\n" \
	"gdW7jVg/tRvoSSiicNoxBN33shbyTApOB6jtSj1etX+jkMOvJwIDAQABo2MwYTAO\n" \
	"BgNVHQ8BAf8EBAMCAYYwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHQ4EFgQUA95QNVbR\n" \
	"TLtm8KPiGxvDl7I90VUwHwYDVR0jBBgwFoAUA95QNVbRTLtm8KPiGxvDl7I90VUw\n" \
	"DQYJKoZIhvcNAQEFBQADggEBAMucN6pIExIK+t1EnE9SsPTfrgT1eXkIoyQY/Esr\n" \
	"hMAtudXH/vTBH1jLuG2cenTnmCmrEbXjcKChzUyImZOMkXDiqw8cvpOp/2PV5Adg\n" \
	"06O/nVsJ8dWO41P0jmP6P6fbtGbfYmbW0W5BjfIttep3Sp+dWOIrWcBAI+0tKIJF\n" \
	"PnlUkiaY4IBIqDfv8NZ5YBberOgOzW6sRBc4L0na4UU+Krk2U886UAb3LujEV0ls\n" \
	"YSEY1QSteDwsOoBrp+uvFRTp2InBuThs4pFsiv9kuXclVzDAGySj4dzp30d8tbQk\n" \
	"CAUw7C29C79Fv1C5qfPrmAESrciIxpg0X40KPMbp1ZWVbd4=\n" \
	"-----END CERTIFICATE-----\n"

/* A self-signed certificate under a given subject key identifier; dates as ASN.1 text. */
struct rig_cert_spec {
	const char *skid;	/* "84:18:CC:..." */
	const char *from, *to;	/* NULL: 2020 to 2040 */
};

static inline void rig_put_bio(struct rig *r, const char *name, BIO *bio)
{
	char *data;
	long n = BIO_get_mem_data(bio, &data);

	ck_assert_int_eq(cert_put(r->modem->cert, name, data, (size_t)n), 0);
	BIO_free(bio);
}

static inline X509 *rig_sign(EVP_PKEY *key, const struct rig_cert_spec *spec)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_key_identifier, spec->skid);

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	ck_assert(ASN1_TIME_set_string_X509(X509_getm_notBefore(x), spec->from ? spec->from : "20200101000000Z"));
	ck_assert(ASN1_TIME_set_string_X509(X509_getm_notAfter(x), spec->to ? spec->to : "20400101000000Z"));
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"rig", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_set_pubkey(x, key);
	ck_assert_ptr_nonnull(ext);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	ck_assert(X509_sign(x, key, EVP_sha256()));
	return x;
}

/* Puts a new certificate, and its key when key_name is not NULL, into the modem's store. */
static inline void rig_put_new(struct rig *r, const char *name, const char *key_name, const struct rig_cert_spec *spec)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = rig_sign(key, spec);
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_X509(bio, x);
	rig_put_bio(r, name, bio);
	if (key_name) {
		bio = BIO_new(BIO_s_mem());
		PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
		rig_put_bio(r, key_name, bio);
	}
	X509_free(x);
	EVP_PKEY_free(key);
}

static inline void rig_put_text(struct rig *r, const char *name, const char *text)
{
	ck_assert_int_eq(cert_put(r->modem->cert, name, text, strlen(text)), 0);
}

#endif
