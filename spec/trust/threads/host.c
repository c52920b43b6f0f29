/* host.c: a program with several threads, each with its own Lua states, which all load vmem at once.
**
** host MODULE THREADS ROUNDS SCRIPT   each thread opens a state, runs the script in it and closes it, ROUNDS
**                                     times
**
** The module stays in memory: the loader has its own locks, which ThreadSanitizer does not know. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

enum { MOST = 64 }; /* threads */

static const char *script;
static long rounds, threads;
static pthread_barrier_t start;

static void *run(void *failed) {
  for (long i = 0; i < rounds; i++) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    pthread_barrier_wait(&start); /* all threads load at the same time, also the first time */
    if (luaL_dofile(L, script)) {
      fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
      *(int *)failed = 1;
    }
    lua_close(L);
  }
  return NULL;
}

int main(int count, char **word) {
  pthread_t thread[MOST];
  int failed[MOST] = {0}, findings = 0;
  if (count != 5 || dlopen(word[1], RTLD_NOW) == NULL) return 2;
  threads = strtol(word[2], NULL, 10);
  rounds = strtol(word[3], NULL, 10);
  script = word[4];
  if (threads < 1 || threads > MOST) return 2;
  pthread_barrier_init(&start, NULL, (unsigned)threads);
  for (long i = 0; i < threads; i++)
    if (pthread_create(&thread[i], NULL, run, &failed[i]) != 0) return 2;
  for (long i = 0; i < threads; i++) {
    pthread_join(thread[i], NULL);
    findings += failed[i];
  }
  printf("trust: threads: %ld threads, %ld states each, %d findings\n", threads, rounds, findings);
  return findings > 0;
}
