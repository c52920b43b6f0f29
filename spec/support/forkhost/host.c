/* host.c: a C program that has a Lua state, forks, and reads memory itself, in parent and child.
**
** host SCRIPT   the script sets the global `region`, of which the first page is committed and says "kept",
** and the second is reserved; the global `work`, a function, is called in both processes
**
** The child closes the state as a host does, and the parent goes on with it. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static sigjmp_buf trapped;

static void on_trap(int number) {
  (void)number;
  siglongjmp(trapped, 1);
}

/* Whether reading there traps. */
static int traps(const volatile char *at) {
  if (sigsetjmp(trapped, 1) != 0) return 1;
  (void)*at;
  return 0;
}

static int complain(const char *who, const char *what) {
  printf("%s: %s\n", who, what);
  return 1;
}

/* What each process finds; 0 when all is as it should be. */
static int check_after_fork(lua_State *L, const char *who, const char *base, size_t page) {
  if (memcmp(base, "kept", 4) != 0) return complain(who, "the contents are lost");
  if (!traps(base + page)) return complain(who, "a reserved page can be read");
  lua_getglobal(L, "work");
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) return complain(who, luaL_tolstring(L, -1, NULL));
  if (traps(base + page) || base[page] != 0) return complain(who, "a new page is not zeros");
  if (!traps(base + 2 * page)) return complain(who, "another reserved page can be read");
  return 0;
}

int main(int count, char **word) {
  struct sigaction action;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  memset(&action, 0, sizeof action);
  action.sa_handler = on_trap;
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  lua_State *L = luaL_newstate();
  if (count != 2 || L == NULL) return 2;
  luaL_openlibs(L);
  if (luaL_dofile(L, word[1])) return complain("script", luaL_tolstring(L, -1, NULL));
  lua_getglobal(L, "region");
  lua_getfield(L, -1, "base");
  const char *base =
      (const char *)(size_t)lua_tointeger(L, -1); /* NOLINT(performance-no-int-to-ptr) */
  lua_settop(L, 0);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    int findings = check_after_fork(L, "child", base, page);
    lua_close(L);
    fflush(stdout);
    _exit(findings);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status)) complain("child", "it was killed");
  int findings = check_after_fork(L, "parent", base, page) + (status != 0);
  lua_close(L);
  if (findings == 0) puts("done");
  return findings;
}
