// Preloaded into a proxy built with the address sanitizer: on SIGRTMIN it looks for memory that
// nothing refers to any more, while all that is in use still has its owners.

#include <pthread.h>
#include <signal.h>
#include <stdio.h>

// The sanitizer's own, exported by the executable.
extern int __lsan_do_recoverable_leak_check(void);

static sigset_t asked;

static void *check_when_asked(void *argument) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  for (;;) {
    int number;
    sigwait(&asked, &number);
    dprintf(2, "leak check: %s\n", __lsan_do_recoverable_leak_check() ? "leaks" : "none");
  }
  return argument;
}

__attribute__((constructor)) static void start(void) {
  sigemptyset(&asked);
  sigaddset(&asked, SIGRTMIN);
  pthread_sigmask(SIG_BLOCK, &asked, NULL);
  pthread_t thread;
  pthread_create(&thread, NULL, check_when_asked, NULL);
}
