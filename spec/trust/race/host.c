/* host.c: a program in which vmem works on files that another process cuts.
**
** host SCRIPT SITUATION SECONDS SEED PATH NAME   PATH is a file that exists, NAME that of a section that the script
**                                                "spec/trust/race/work.lua" opens
**
** The script has a global table `race` with what Lua cannot do. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "pattern.h"
#include "race.h"

enum { THREADS = 2 };

static char **words; /* of the command */
enum { SCRIPT = 1, SITUATION, SECONDS, SEED, PATH, NAME, WORDS };

static int is(const char *situation) { return strcmp(words[SITUATION], situation) == 0; }

/* {====== For the script ====== */

/* (bytes, offset): the index of the first byte that was never there, or nil. */
static int odd(lua_State *L) {
  size_t size, offset = (size_t)luaL_checkinteger(L, 2);
  const char *bytes = luaL_checklstring(L, 1, &size);
  for (size_t i = 0; i < size; i++) {
    if (race_is_known((unsigned char)bytes[i], offset + i)) continue;
    lua_pushinteger(L, (lua_Integer)i + 1);
    return 1;
  }
  return 0;
}

/* (kind, size): so many bytes of a kind, from offset 0 on. */
static int bytes(lua_State *L) {
  race_kind kind = (race_kind)luaL_checkinteger(L, 1);
  size_t size = (size_t)luaL_checkinteger(L, 2);
  luaL_Buffer buffer;
  char *to = luaL_buffinitsize(L, &buffer, size);
  for (size_t i = 0; i < size; i++) to[i] = (char)race_byte(kind, i);
  luaL_pushresultsize(&buffer, size);
  return 1;
}

static int install(lua_State *L) {
  (void)L;
  race_install();
  return 0;
}

static int touch_own(lua_State *L) {
  lua_pushboolean(L, race_touch_own());
  return 1;
}

static int send(lua_State *L) {
  lua_pushboolean(L, race_send());
  return 1;
}

static int stack_used(lua_State *L) {
  size_t size;
  lua_pushinteger(L, (lua_Integer)race_stack_used(&size));
  lua_pushinteger(L, (lua_Integer)size);
  return 2;
}

static int seconds(lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec * 1e-9);
  return 1;
}

static pid_t cutter;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* (path): starts the process that cuts the host's file and the one of this path, if it was not started. */
static int start_cutter(lua_State *L) {
  const char *paths[] = {words[PATH], luaL_optstring(L, 1, NULL)};
  int parent = (int)getpid();
  pthread_mutex_lock(&lock);
  if (cutter == 0) {
    cutter = fork();
    if (cutter == 0)
      race_cut(paths, paths[1] != NULL ? 2 : 1, strtoul(words[SEED], NULL, 10), parent);
  }
  pthread_mutex_unlock(&lock);
  return 0;
}

/* ====== } */

static void *run(void *number) {
  static const luaL_Reg functions[] = {
      {"bytes", bytes},
      {"install", install},
      {"odd", odd},
      {"seconds", seconds},
      {"send", send},
      {"stack_used", stack_used},
      {"start_cutter", start_cutter},
      {"touch_own", touch_own},
      {NULL, NULL},
  };
  lua_State *L = luaL_newstate();
  if (is("stack") && !race_use_small_stack()) return "there is no small stack";
  luaL_openlibs(L);
  luaL_newlib(L, functions);
  for (int i = SITUATION; i < WORDS; i++) {
    static const char *const names[] = {[SITUATION] = "situation",
                                        [SECONDS] = "most",
                                        [SEED] = "seed",
                                        [PATH] = "path",
                                        [NAME] = "name"};
    lua_pushstring(L, words[i]);
    lua_setfield(L, -2, names[i]);
  }
  lua_pushinteger(L, (lua_Integer)(size_t)number);
  lua_setfield(L, -2, "number");
  lua_pushinteger(L, RACE_PAGES);
  lua_setfield(L, -2, "pages");
  lua_setglobal(L, "race");
  const char *failed = NULL;
  if (luaL_dofile(L, words[SCRIPT])) {
    fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
    failed = "the script has failed";
  }
  lua_close(L);
  return (void *)failed;
}

int main(int count, char **word) {
  pthread_t thread[THREADS];
  void *failed = NULL;
  words = word;
  if (count != WORDS) return 2;
  if (is("before")) race_install();
  if (is("threads")) {
    void *each;
    for (size_t i = 0; i < THREADS; i++)
      if (pthread_create(&thread[i], NULL, run, (void *)(i + 1)) != 0) return 2;
    for (size_t i = 0; i < THREADS; i++)
      if (pthread_join(thread[i], &each) == 0 && each != NULL) failed = each;
  } else {
    failed = run((void *)1);
  }
  int status;
  if (cutter > 0 && waitpid(cutter, &status, WNOHANG) != 0) {
    fprintf(stderr, "the process that cuts has ended\n");
    return 1;
  }
  if (cutter > 0) kill(cutter, SIGKILL);
  return failed != NULL;
}
