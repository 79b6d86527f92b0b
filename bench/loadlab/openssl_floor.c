/* What OpenSSL holds for a server's idle TLS 1.3 connection, whatever proxy it is in: bytes of resident memory each,
   after a handshake and one message each way, with SSL_MODE_RELEASE_BUFFERS.  openssl_floor SERVER.PEM COUNT */
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WARM_UP = 100, SERVER = 0, CLIENT = 1 };

static void need(int fine, const char *what) {
    if (!fine) {
        fprintf(stderr, "openssl_floor: %s failed\n", what);
        _exit(1);
    }
}

static long resident(void) {
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    need(statm && fscanf(statm, "%*s %ld", &pages) == 1, "statm");
    fclose(statm);
    return pages * sysconf(_SC_PAGESIZE);
}

static SSL *connection(SSL_CTX *context, int descriptor) {
    SSL *connection = SSL_new(context);
    need(connection && SSL_set_fd(connection, descriptor), "SSL_new");
    return connection;
}

/* The other process, so that what it holds does not count. */
static void be_client(int (*ends)[2], int count) {
    char byte = 'x';
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    for (int i = 0; i < count; i++) {
        SSL *client = connection(context, ends[i][CLIENT]);
        need(SSL_connect(client) == 1, "connect");
        need(SSL_write(client, &byte, 1) == 1 && SSL_read(client, &byte, 1) == 1, "exchange");
        SSL_free(client);
    }
    _exit(0);
}

static void serve(SSL_CTX *context, int (*ends)[2], int first, int end) {
    char byte;
    for (int i = first; i < end; i++) {
        SSL *server = connection(context, ends[i][SERVER]);
        need(SSL_accept(server) == 1, "accept");
        need(SSL_read(server, &byte, 1) == 1 && SSL_write(server, &byte, 1) == 1, "exchange");
    }
}

int main(int argument_count, char **arguments) {
    need(argument_count == 3, "usage: openssl_floor SERVER.PEM COUNT; this");
    int count = WARM_UP + atoi(arguments[2]);
    int (*ends)[2] = calloc(count, sizeof *ends);
    for (int i = 0; i < count; i++) need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) == 0, "socketpair");
    if (fork() == 0) be_client(ends, count);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    need(SSL_CTX_use_certificate_chain_file(context, arguments[1]), "certificate");
    need(SSL_CTX_use_PrivateKey_file(context, arguments[1], SSL_FILETYPE_PEM), "key");
    need(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION), "TLS 1.3");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    serve(context, ends, 0, WARM_UP);
    long before = resident();
    serve(context, ends, WARM_UP, count);
    printf("%ld\n", (resident() - before) / (count - WARM_UP));
    wait(NULL);
    return 0;
}
