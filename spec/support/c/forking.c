/* forking.c: fork for the specs, also where there is no luaposix for this Lua. */
#define _GNU_SOURCE /* syscall */
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns 0 in the child, and the child's pid in the parent. */
static int l_fork(lua_State *L) {
  pid_t child = fork();
  if (child < 0) return luaL_error(L, "fork fails");
  lua_pushinteger(L, child);
  return 1;
}

/* fork by a system call, so that no handler of pthread_atfork runs. */
static int l_clone(lua_State *L) {
#if defined(SYS_clone) && !defined(__s390__)
  lua_pushinteger(L, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  return 1;
#else
  return l_fork(L);
#endif
}

/* Waits for a child. Returns its exit status, or nil if it was killed. */
static int l_wait(lua_State *L) {
  int status = 0;
  if (waitpid((pid_t)luaL_checkinteger(L, 1), &status, 0) < 0) return luaL_error(L, "wait fails");
  if (!WIFEXITED(status)) return 0;
  lua_pushinteger(L, WEXITSTATUS(status));
  return 1;
}

/* Ends the process at once, without finalizers. */
static int l_leave(lua_State *L) { _exit((int)luaL_checkinteger(L, 1)); }

int luaopen_forking(lua_State *L);

int luaopen_forking(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"clone", l_clone}, {"fork", l_fork}, {"wait", l_wait}, {"leave", l_leave}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
