/* unix_guarded.c: leaves a leaf function whose access to a page has raised SIGBUS. */
#define _GNU_SOURCE /* dladdr */

#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#include "os/guard.h"
#include "os/lost.h"
#include "os/move_guarded.h"
#include "os/unix.h"

/* A leaf that runs. */
typedef struct guard {
  sigjmp_buf back;
  const os_range *ranges;
  volatile uintptr_t lost;
} guard;

/* glibc makes other variables of a thread at their first use, which a signal handler must not wait for. musl makes all
** of them when the module is loaded, and refuses those of this kind. */
#if defined __GLIBC__
#define IN_PLACE __attribute__((tls_model("initial-exec")))
#else
#define IN_PLACE
#endif
static _Thread_local guard *volatile running IN_PLACE;

/* {====== The handler ====== */

/* A handler that was installed when vmem's came before it, and the one that had been there before that: handlers of
** other code may pass a signal on to vmem's. The handler and its next stay as they are entered, because a signal may
** come at any time. */
typedef struct earlier {
  struct sigaction action;
  struct earlier *next; /* NULL: none */
  atomic_bool is_over;  /* it was for one signal (SA_RESETHAND), and has had it */
} earlier;

enum { MOST = 8 };
static earlier entries[MOST];
static int count;
static earlier *_Atomic first;

static bool does_nothing(const struct sigaction *action) {
  bool is_old = (action->sa_flags & SA_SIGINFO) == 0;
  return is_old && (action->sa_handler == SIG_DFL || action->sa_handler == SIG_IGN);
}

static bool is_sent(const siginfo_t *info) { return info->si_code <= 0; }

/* The access is made again, and ends the process where it happened. A signal that was sent would not come again; the
** system leaves it alone where it is ignored. */
static void pass_to_system(int signal, const siginfo_t *info, const earlier *last) {
  bool ignores = last != NULL && last->action.sa_handler == SIG_IGN;
  if (is_sent(info) && ignores) return;
  struct sigaction action = {.sa_handler = SIG_DFL};
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, NULL);
  if (is_sent(info)) raise(signal);
}

/* False if there is nothing to call: then the system does what it does without a handler. */
static bool takes(earlier *to) {
  if (to == NULL || does_nothing(&to->action)) return false;
  bool is_once = (to->action.sa_flags & (int)SA_RESETHAND) != 0;
  return !is_once || !atomic_exchange(&to->is_over, true);
}

static void call(const struct sigaction *action, int signal, siginfo_t *info, void *context) {
  sigset_t old;
  pthread_sigmask(SIG_BLOCK, &action->sa_mask, &old);
  if (action->sa_flags & SA_SIGINFO)
    action->sa_sigaction(signal, info, context);
  else
    action->sa_handler(signal);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* To the handler of before; if that has passed the signal on to vmem's, to the one before it. How often it was passed on
** stands in a field that the system does not use and sets anew for each signal: the handler may leave it by siglongjmp,
** so nothing that has to be taken back will do. */
enum { MARK = 0x766d00 };

static void pass_on(int signal, siginfo_t *info, void *context) {
  int mark = info->si_errno, times = mark > MARK && mark <= MARK + MOST ? mark - MARK : 0;
  earlier *to = atomic_load(&first);
  for (int i = 0; i < times && to != NULL; i++) to = to->next;
  if (!takes(to)) {
    pass_to_system(signal, info, to);
    return;
  }
  info->si_errno = MARK + times + 1;
  call(&to->action, signal, info, context);
  info->si_errno = mark;
}

static uintptr_t within_page; /* the size of a page, less 1 */

static void on_sigbus(int signal, siginfo_t *info, void *context) {
  guard *here = running;
  uintptr_t address = (uintptr_t)info->si_addr;
  bool by_access = info->si_code > 0;
  if (by_access && os_leave_move(context)) return;
  if (here != NULL && by_access && os_find_lost(here->ranges, address, within_page, &here->lost)) {
    /* A handler of other code that came first may have been installed to block signals meanwhile. */
    pthread_sigmask(SIG_SETMASK, &((ucontext_t *)context)->uc_sigmask, NULL);
    siglongjmp(here->back, 1);
  }
  pass_on(signal, info, context);
}

/* Whether that is the program itself, which stays, and which dlopen does not open. */
static bool is_program(const Dl_info *self) {
#ifdef __linux__
  Dl_info program;
  return dladdr(unix_pointer((uintptr_t)getauxval(AT_PHDR)), &program) != 0 &&
         program.dli_fbase == self->dli_fbase;
#else
  (void)self;
  return false;
#endif
}

/* musl unloads nothing. It also does not find what is loaded: it opens the file again, whose path may be relative to a
** folder that the process has left. */
#if defined __linux__ && !defined __GLIBC__ && !defined __BIONIC__
#define UNLOADS false
#else
#define UNLOADS true
#endif

/* The handler may be called at any time from now on, so its code must stay. */
static bool stay_loaded(void) {
  Dl_info self;
  return !UNLOADS || dladdr(unix_pointer((uintptr_t)&os_guarded), &self) == 0 ||
         is_program(&self) ||
         dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) != NULL;
}

static bool is_same(const struct sigaction *a, const struct sigaction *b) {
  if ((a->sa_flags & SA_SIGINFO) != (b->sa_flags & SA_SIGINFO)) return false;
  return (a->sa_flags & SA_SIGINFO) ? a->sa_sigaction == b->sa_sigaction
                                    : a->sa_handler == b->sa_handler;
}

/* The entry of this handler, or a new one; NULL if there is no room. */
static earlier *enter(const struct sigaction *action) {
  for (int i = 0; i < count; i++) {
    if (!is_same(&entries[i].action, action)) continue;
    atomic_store(&entries[i].is_over, false); /* it was installed again */
    return &entries[i];
  }
  if (count == MOST) return NULL;
  entries[count].action = *action;
  entries[count].next = atomic_load(&first);
  return &entries[count++];
}

static vm_error install(void) {
  static bool loaded;
  struct sigaction now,
      ours = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  sigemptyset(&ours.sa_mask);
  if (!loaded) loaded = stay_loaded();
  within_page = os_get_limits()->page_size - 1;
  if (!loaded || sigaction(SIGBUS, NULL, &now) != 0) return VM_NOT_SUPPORTED;
  if (is_same(&now, &ours)) return VM_OK;
  earlier *entry = enter(&now);
  if (entry == NULL) return VM_NOT_SUPPORTED;
  atomic_store(&first, entry);
  return sigaction(SIGBUS, &ours, NULL) == 0 ? VM_OK : VM_NOT_SUPPORTED;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void take(void) { pthread_mutex_lock(&lock); }

static void give(void) { pthread_mutex_unlock(&lock); }

/* A child of fork has the lock as it is at that moment: so no other thread may have it then. */
static void guard_forks(void) { (void)pthread_atfork(take, give, give); }

vm_error os_guard(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, guard_forks);
  take();
  vm_error error = install();
  give();
  return error;
}

/* ====== } */

/* What the leaf touches must be touched between the two changes of `running`, in the compiler's eyes, too. */
__attribute__((noinline)) bool os_guarded(os_leaf *leaf, void *with, const os_range ranges[2],
                                          uintptr_t *lost) {
  guard here;
  here.ranges = ranges;
  if (sigsetjmp(here.back, 0) != 0) {
    running = NULL;
    *lost = here.lost;
    return false;
  }
  running = &here;
  atomic_signal_fence(memory_order_seq_cst);
  leaf(with);
  atomic_signal_fence(memory_order_seq_cst);
  running = NULL;
  return true;
}
