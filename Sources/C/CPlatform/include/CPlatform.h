// What Glibc's module map leaves out of the Linux system interface.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <linux/filter.h>
#include <linux/netfilter_ipv4.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// Lets the kernel write the process's memory to no file, and processes without privileges read none of it.
static inline void cplatform_hide_memory(void) { prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// Raises the soft limit of descriptors to the hard one, and returns what it is then.
static inline uint64_t cplatform_raise_descriptor_limit(void) {
  struct rlimit limit = {1024, 1024};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  struct rlimit raised = {limit.rlim_max, limit.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

// struct epoll_event is packed and holds a union; Swift takes the two words it needs.
static inline int cplatform_epoll_ctl(int epfd, int op, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event;
  event.events = events;
  event.data.u64 = token;
  return epoll_ctl(epfd, op, fd, &event);
}

static inline uint64_t cplatform_epoll_token(const struct epoll_event *event) {
  return event->data.u64;
}

static inline uint64_t cplatform_monotonic_nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline uint64_t cplatform_realtime_nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline int cplatform_accept(int fd, struct sockaddr *address, socklen_t *length) {
  extern int accept4(int, struct sockaddr *, socklen_t *, int);
  return accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// Lets a listening socket ignore segments that open a connection (SYN without ACK); the client's kernel
// sends them again. 0 on success.
static inline int cplatform_ignore_newcomers(int fd) {
  enum { flags_offset = 13, syn = 0x02, ack = 0x10 };
  struct sock_filter steps[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags_offset),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, syn | ack),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, syn, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0),
    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
  };
  struct sock_fprog program = {.len = sizeof steps / sizeof steps[0], .filter = steps};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static inline void cplatform_reset_on_close(int fd) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

// netinet/tcp.h's struct tcp_info ends before the counters; this is the kernel's layout up to them.
struct cplatform_tcp_info {
  uint8_t state_to_flags[8];
  uint32_t words[24];
  uint64_t pacing_rate;
  uint64_t max_pacing_rate;
  uint64_t bytes_acked;
};

// Bytes the peer acknowledged; -1 where the kernel does not tell.
static inline int64_t cplatform_bytes_acked(int fd) {
  struct cplatform_tcp_info info;
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0 || length < sizeof info) return -1;
  return (int64_t)info.bytes_acked;
}

static inline int cplatform_set_thread_name(pthread_t thread, const char *name) {
  extern int pthread_setname_np(pthread_t, const char *);
  return pthread_setname_np(thread, name);
}

// Processors the process may be scheduled on; at least 1.
int cplatform_scheduled_processors(void);

// Unmaps the code of the executable, which nobody writes to; it is mapped again as it is called.
void cplatform_return_code(void);

static inline int cplatform_errno(void) { return errno; }

#endif
