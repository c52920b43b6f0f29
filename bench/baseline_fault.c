/* baseline_fault.c: commits pages at the first access, in a signal handler. */
#define _GNU_SOURCE /* siginfo_t */

#include <signal.h>
#include <sys/mman.h>

#include "baseline.h"

/* The range that the handler may mend; global, because a signal handler cannot have it as an argument. */
static struct {
  uintptr_t base;
  size_t size, page;
  struct sigaction before;
} range;

static void mend(int signal, siginfo_t *info, void *context) {
  (void)signal, (void)context;
  uintptr_t address = (uintptr_t)info->si_addr & ~(uintptr_t)(range.page - 1);
  /* A fault outside the range happens again, with the old handler. */
  if (address - range.base >= range.size ||
      mprotect((void *)address, range.page, PROT_READ | PROT_WRITE) != 0)
    sigaction(SIGSEGV, &range.before, NULL);
}

/* baseline.fault(size, offsets): writes to reserved pages of a mapping; a SIGSEGV handler commits each */
static int l_fault(lua_State *L) {
  size_t count;
  range.size = b_checksize(L, 1);
  range.page = b_page();
  const size_t *offset = b_checkoffsets(L, 2, &count);
  char *at = b_map(L, range.size);
  range.base = (uintptr_t)at;
  struct sigaction action = {.sa_sigaction = mend, .sa_flags = SA_SIGINFO};
  sigemptyset(&action.sa_mask);
  sigaction(SIGSEGV, &action, &range.before);
  double start = b_now();
  for (size_t i = 0; i < count; i++) *(volatile char *)(at + offset[i]) = 1;
  double end = b_now();
  sigaction(SIGSEGV, &range.before, NULL);
  munmap(at, range.size);
  lua_pushnumber(L, (end - start) / (double)count);
  return 1;
}

const luaL_Reg b_fault_functions[] = {{"fault", l_fault}, {NULL, NULL}};
