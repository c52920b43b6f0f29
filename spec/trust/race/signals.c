/* signals.c: a handler for SIGBUS that is not vmem's, and a small stack for it. */
#define _GNU_SOURCE

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "race.h"

static struct sigaction before;
static _Thread_local sigjmp_buf back;
static _Thread_local char *volatile own;
static _Thread_local volatile sig_atomic_t sent;

static void pass_on(int number, siginfo_t *info, void *context) {
  if (before.sa_flags & SA_SIGINFO) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  } else {
    signal(number, SIG_DFL);
    raise(number);
  }
}

static void on_sigbus(int number, siginfo_t *info, void *context) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *at = info->si_addr;
  if (info->si_code <= 0)
    sent++;
  else if (own != NULL && at >= own && at < own + page)
    siglongjmp(back, 1);
  else
    pass_on(number, info, context);
}

void race_install(void) {
  struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_ONSTACK}, now;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, NULL, &now);
  if ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_sigbus) return;
  before = now;
  sigaction(SIGBUS, &action, NULL);
}

int race_touch_own(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  FILE *file = tmpfile();
  if (file == NULL) return 0;
  own = mmap(NULL, page, PROT_READ, MAP_SHARED, fileno(file), 0); /* it has no bytes */
  volatile int reached = 0;
  if (own != MAP_FAILED && sigsetjmp(back, 1) == 0)
    (void)*(volatile char *)own;
  else
    reached = 1;
  if (own != MAP_FAILED) munmap(own, page);
  own = NULL;
  fclose(file);
  return reached;
}

int race_send(void) {
  int old = sent;
  raise(SIGBUS);
  return sent == old + 1;
}

/* {====== A small stack ====== */

enum { FRESH = 0xa5 };
static _Thread_local unsigned char *stack;
static _Thread_local size_t stack_size;

int race_use_small_stack(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t least = getauxval(AT_MINSIGSTKSZ);
  if (least < (size_t)MINSIGSTKSZ) least = (size_t)MINSIGSTKSZ;
  stack_size = least + 2048;
  size_t room = (stack_size + page - 1) / page * page;
  char *memory =
      mmap(NULL, page + room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* a guard first */
  if (memory == MAP_FAILED || mprotect(memory + page, room, PROT_READ | PROT_WRITE) != 0) return 0;
  stack = (unsigned char *)memory + page;
  memset(stack, FRESH, stack_size);
  stack_t use = {.ss_sp = stack, .ss_size = stack_size};
  return sigaltstack(&use, NULL) == 0;
}

size_t race_stack_used(size_t *size) {
  size_t fresh = 0;
  while (fresh < stack_size && stack[fresh] == FRESH) fresh++;
  *size = stack_size;
  return stack_size - fresh;
}

/* ====== } */
