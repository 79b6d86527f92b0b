// OpenSSL, and inline functions in place of the macros that Swift cannot see.
#ifndef COPENSSL_H
#define COPENSSL_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// The configuration file of the system is not read: what the proxy does is in its own configuration.
static inline int copenssl_start(void) {
  return OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
}

// Contexts

// What every context is set to: no renegotiation, no compression, small idle connections, records read
// as many at a time as are there, writes taken up from a buffer that may have moved.
static inline void copenssl_set_defaults(SSL_CTX *context) {
  SSL_CTX_set_options(
    context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(
    context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
               | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline void copenssl_prefer_server_ciphers(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
}

static inline void copenssl_disable_tickets(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
}

// Hands new sessions of clients to the callback and keeps none.
static inline void copenssl_report_sessions(
  SSL_CTX *context, int (*callback)(SSL *, SSL_SESSION *)
) {
  SSL_CTX_set_session_cache_mode(
    context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, callback);
}

static inline int copenssl_set_versions(SSL_CTX *context, int minimum, int maximum) {
  return SSL_CTX_set_min_proto_version(context, minimum)
    && SSL_CTX_set_max_proto_version(context, maximum);
}

static inline int copenssl_set_groups(SSL_CTX *context, const char *names) {
  return SSL_CTX_set1_groups_list(context, names) == 1;
}

static inline void copenssl_set_automatic_dh(SSL_CTX *context) { SSL_CTX_set_dh_auto(context, 1); }

// The chain of the certificate that was set last; `chain` leaves the leaf out and is not kept.
static inline int copenssl_set_chain(SSL_CTX *context, STACK_OF(X509) *chain) {
  return SSL_CTX_set1_chain(context, chain) == 1;
}

static inline void copenssl_set_status_callback(SSL_CTX *context, int (*callback)(SSL *, void *)) {
  SSL_CTX_set_tlsext_status_cb(context, callback);
}

// Sessions

static inline void copenssl_set_server_name(SSL *ssl, const char *name) {
  SSL_set_tlsext_host_name(ssl, name);
}

// Staples a copy of an OCSP response; 1 on success.
static inline int copenssl_staple(SSL *ssl, const unsigned char *response, size_t count) {
  unsigned char *copy = OPENSSL_memdup(response, count);
  if (copy == NULL) return 0;
  if (SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)count) == 1) return 1;
  OPENSSL_free(copy);
  return 0;
}

// Buffers that move bytes for a session

static inline void copenssl_no_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline void copenssl_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void copenssl_retry_write(BIO *bio) { BIO_set_retry_write(bio); }

// The bytes a memory buffer holds.
static inline size_t copenssl_bytes(BIO *bio, char **start) {
  long count = BIO_get_mem_data(bio, start);
  return count > 0 ? (size_t)count : 0;
}

// RFC 2253: all but printable ASCII is escaped.
static inline void copenssl_print_name(BIO *bio, const X509_NAME *name) {
  X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
}

static inline void copenssl_free(void *memory) { OPENSSL_free(memory); }

// Tickets: HMAC-SHA256 keyed anew.
static inline int copenssl_start_mac(EVP_MAC_CTX *mac, const unsigned char *key, size_t count) {
  char digest[] = "SHA256";
  OSSL_PARAM parameters[] = {
    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
    OSSL_PARAM_construct_end(),
  };
  return EVP_MAC_init(mac, key, count, parameters);
}

// The reason of an error of the TLS library itself; 0 for those of others.
static inline int copenssl_tls_reason(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0;
}

#endif
