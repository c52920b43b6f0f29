/* trap.c: trap, a module for Lua: whether C code can access an address, and which descriptors are open. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static sigjmp_buf trapped;

static void on_trap(int number) {
  (void)number;
  siglongjmp(trapped, 1);
}

/* touch(address [, byte]): reads a byte, and then writes the given one. Returns the byte read, or nil if an
** access traps. */
static int touch(lua_State *L) {
  volatile unsigned char *at = (unsigned char *)(size_t)luaL_checkinteger(L, 1);
  int writes = !lua_isnoneornil(L, 2);
  unsigned char byte = (unsigned char)luaL_optinteger(L, 2, 0);
  struct sigaction action, segv, bus;
  volatile int found = -1;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_trap;
  sigaction(SIGSEGV, &action, &segv);
  sigaction(SIGBUS, &action, &bus);
  if (sigsetjmp(trapped, 1) == 0) {
    int old = *at;
    if (writes) *at = byte;
    found = old;
  }
  sigaction(SIGSEGV, &segv, NULL);
  sigaction(SIGBUS, &bus, NULL);
  if (found < 0) return 0;
  lua_pushinteger(L, found);
  return 1;
}

/* read_file(path, address, size): read(2) from the start of a file. How many bytes it has read, or nil and errno. */
static int read_file(lua_State *L) {
  char *to = (char *)(size_t)luaL_checkinteger(L, 2);
  int file = open(luaL_checkstring(L, 1), O_RDONLY);
  ssize_t got = read(file, to, (size_t)luaL_checkinteger(L, 3));
  int error = errno;
  close(file);
  if (got >= 0) {
    lua_pushinteger(L, got);
    return 1;
  }
  lua_pushnil(L);
  lua_pushinteger(L, error);
  return 2;
}

/* close_from(number): closes this descriptor and all after it, as daemons do. */
static int close_from(lua_State *L) {
  for (int file = (int)luaL_checkinteger(L, 1); file < 1024; file++) close(file);
  return 0;
}

/* open(): the number of open descriptors. */
static int count_open(lua_State *L) {
  lua_Integer count = 0;
  for (int file = 0; file < 1024; file++) count += fcntl(file, F_GETFD) >= 0;
  lua_pushinteger(L, count);
  return 1;
}

/* close(number): whether it was open. */
static int close_one(lua_State *L) {
  lua_pushboolean(L, close((int)luaL_checkinteger(L, 1)) == 0);
  return 1;
}

/* dup(number): another descriptor of the same file. */
static int duplicate(lua_State *L) {
  lua_pushinteger(L, dup((int)luaL_checkinteger(L, 1)));
  return 1;
}

int luaopen_trap(lua_State *L);

int luaopen_trap(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"close", close_one}, {"close_from", close_from}, {"dup", duplicate},
      {"open", count_open}, {"read_file", read_file},   {"touch", touch},
      {NULL, NULL},
  };
  luaL_newlib(L, functions);
  return 1;
}
