/* bus.c: bus, a module for Lua: handlers for SIGBUS that are not vmem's, and such signals. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>

enum { HANDLERS = 3 };

static struct sigaction before[HANDLERS]; /* what was there when each was installed */
static volatile sig_atomic_t calls[HANDLERS];
static volatile sig_atomic_t taker; /* the handler whose the next signal is */
static sigjmp_buf back;

/* What each handler does: takes its own signal, and passes others on. */
static void handle(int self, int number, siginfo_t *info, void *context) {
  calls[self]++;
  if (taker == self) {
    if (info->si_code > 0) siglongjmp(back, 1);
    return;
  }
  const struct sigaction *to = &before[self];
  if (to->sa_flags & SA_SIGINFO)
    to->sa_sigaction(number, info, context);
  else if (to->sa_handler != SIG_DFL && to->sa_handler != SIG_IGN)
    to->sa_handler(number);
  else
    _exit(9);
}

static void first(int number, siginfo_t *info, void *context) { handle(1, number, info, context); }

static void second(int number, siginfo_t *info, void *context) { handle(2, number, info, context); }

/* install(n): installs handler 1 or 2. */
static int install(lua_State *L) {
  int self = luaL_checkinteger(L, 1) == 1 ? 1 : 2;
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_sigaction = self == 1 ? first : second;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGBUS, &action, &before[self]);
  return 0;
}

/* Says that it was called, and returns: the access is made again. */
static void report(int number) {
  (void)number;
  (void)!write(STDOUT_FILENO, "reported ", 9);
}

/* install_report(): a handler for one signal, as crash reporters have. */
static int install_report(lua_State *L) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = report;
  action.sa_flags = (int)SA_RESETHAND;
  sigaction(SIGBUS, &action, NULL);
  (void)L;
  return 0;
}

/* set(action): "default" or "ignore". */
static int set(lua_State *L) {
  signal(SIGBUS, strcmp(luaL_checkstring(L, 1), "ignore") == 0 ? SIG_IGN : SIG_DFL);
  return 0;
}

/* is_default(): whether no code has a handler. */
static int is_default(lua_State *L) {
  struct sigaction now;
  sigaction(SIGBUS, NULL, &now);
  lua_pushboolean(L, (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL);
  return 1;
}

static int is_blocked(lua_State *L) {
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  lua_pushboolean(L, sigismember(&now, SIGBUS) != 0);
  return 1;
}

static int push_calls(lua_State *L, int reached) {
  taker = 0;
  if (!reached) return 0;
  lua_pushinteger(L, calls[1]);
  lua_pushinteger(L, calls[2]);
  calls[1] = calls[2] = 0;
  return 2;
}

/* touch(n): a page that its file does not have, in a mapping of its own, for handler n to take. How often each handler
** was called; nothing if the access has gone through. */
static int touch(lua_State *L) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  FILE *file = tmpfile();
  if (file == NULL) return luaL_error(L, "no temporary file");
  volatile char *at = mmap(NULL, page, PROT_READ, MAP_SHARED, fileno(file), 0);
  volatile int reached = 0;
  taker = (int)luaL_optinteger(L, 1, 0);
  if (sigsetjmp(back, 1) == 0)
    (void)*at;
  else
    reached = 1;
  munmap((void *)(size_t)at, page);
  fclose(file);
  return push_calls(L, reached);
}

/* send(n): a process sends the signal, for handler n to take. How often each was called. */
static int send(lua_State *L) {
  taker = (int)luaL_optinteger(L, 1, 0);
  kill(getpid(), SIGBUS);
  return push_calls(L, 1);
}

/* block(): the thread gets no such signals. */
static int block(lua_State *L) {
  sigset_t bus;
  sigemptyset(&bus);
  sigaddset(&bus, SIGBUS);
  lua_pushboolean(L, sigprocmask(SIG_BLOCK, &bus, NULL) == 0);
  return 1;
}

/* leave(): the process goes to another folder. */
static int leave(lua_State *L) {
  lua_pushboolean(L, chdir("/") == 0);
  return 1;
}

/* use_stack(size): a stack for handlers. */
static int use_stack(lua_State *L) {
  stack_t stack;
  memset(&stack, 0, sizeof stack);
  stack.ss_size = (size_t)luaL_checkinteger(L, 1);
  if (stack.ss_size < (size_t)MINSIGSTKSZ) stack.ss_size = (size_t)MINSIGSTKSZ;
  stack.ss_sp = malloc(stack.ss_size);
  lua_pushboolean(L, stack.ss_sp != NULL && sigaltstack(&stack, NULL) == 0);
  return 1;
}

int luaopen_bus(lua_State *L);

int luaopen_bus(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"block", block},
      {"install", install},
      {"install_report", install_report},
      {"is_blocked", is_blocked},
      {"is_default", is_default},
      {"leave", leave},
      {"send", send},
      {"set", set},
      {"touch", touch},
      {"use_stack", use_stack},
      {NULL, NULL},
  };
  luaL_newlib(L, functions);
  return 1;
}
