/* host.c: runs the snippets of spec/trust/allocator. Each runs in Lua states whose memory fails at the first
** request, at the second, and so on, until the snippet succeeds, in each way that memory can fail. Or a hook
** raises an error at the first instruction of vmem's Lua, at the second, and so on.
**
** host memory|raise [NAME]   all snippets, or those with NAME in their names
**
** ALL=1 in the environment tries every request or instruction in every way, also of long snippets;
** VERBOSE=1 prints how many of them each snippet has.
**
** spec/trust/allocator/judge.lua checks inside the state whether a snippet ran as it should. This file
** checks what must hold after the end of the state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "book.h"
#include "memory.h"
#include "raise.h"

int luaopen_vmem_core(lua_State *L);

/* NULL without the sanitizers. */
__attribute__((weak)) int __lsan_do_recoverable_leak_check(void);
__attribute__((weak)) void __lsan_disable(void);
__attribute__((weak)) void __lsan_enable(void);
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

/* With the last way, memory fails at the end of the state, too. */
static const char *const memory_ways[] = {"never", "once", "twice", "from then on", "to the end"};
static const char *const raise_ways[] = {"never", "by a hook", "by a hook, in a coroutine",
                                         "by a hook, from then on", "in a finalizer"};
enum { WAYS = sizeof memory_ways / sizeof memory_ways[0], TO_THE_END = WAYS - 1 };

/* The kind of run that was asked for, and its ways. */
static bool raising;
static const char *const *ways = memory_ways;

/* One run of a snippet, in its own state. */
typedef struct run {
  memory memory;
  raise raise;
  int way;
  size_t at;
  const char *room;   /* the file of the snippet */
  size_t number;      /* of the snippet in the file, from 1 */
  char name[100];     /* of the snippet; "" if there is none with that number */
  char after[64];     /* the description of its regions when nothing fails */
  char problem[2000]; /* "" if there is none */
  bool loses;         /* memory of the C library may leak in this run */
} run;

static const char *const rooms[] = {"module",      "regions", "access",   "faults",
                                    "recorder",    "helpers", "pager",    "pictures",
                                    "replacement", "win32",   "sections", "files"};
enum { ROOMS = sizeof rooms / sizeof rooms[0] };

static size_t snippets, failures_injected, problems;

/* {====== Functions for snippets ====== */

static run *run_of(lua_State *L) {
  void *ud;
  (void)lua_getallocf(L, &ud);
  return ud;
}

raise *raise_of(lua_State *L) { return &run_of(L)->raise; }

static bool has_failed(const run *r) { return raising ? r->raise.raised : r->memory.failed; }

static int call_failing(lua_State *L, run *r) {
  int count = lua_gettop(L) - 1;
  if (raising) return raise_call(L, count, (raise_way)r->way, r->at);
  memory_fail(&r->memory, r->way < TO_THE_END ? (memory_way)r->way : MEMORY_FAILS_ON, r->at);
  int status = lua_pcall(L, count, LUA_MULTRET, 0);
  r->memory.way = MEMORY_WORKS;
  return status;
}

/* attempt(f, …): whether something failed while f ran, and the results of pcall(f, …). */
static int attempt(lua_State *L) {
  run *r = run_of(L);
  int status = call_failing(L, r);
  luaL_checkstack(L, 2, NULL);
  lua_pushboolean(L, has_failed(r));
  lua_pushboolean(L, status == LUA_OK);
  lua_rotate(L, 1, 2);
  return lua_gettop(L);
}

/* Whether the hook raised an error that no code of the snippet caught: attempt must then report it. */
static int swallowed(lua_State *L) {
  const run *r = run_of(L);
  lua_pushboolean(L,
                  raising && r->raise.raised && !r->raise.caught && r->way != RAISE_IN_FINALIZER);
  return 1;
}

/* Whether Lua asked again for what it did not get. It does not for a buffer of the auxiliary library, and Lua 5.5 not
** for a stack: its pointers into that are no pointers meanwhile, so it cannot collect (see memory.c). */
static int asked_again(lua_State *L) {
  lua_pushboolean(L, run_of(L)->memory.asked_again);
  return 1;
}

static int loses(lua_State *L) {
  run *r = run_of(L);
  if (!r->loses && __lsan_disable != NULL) __lsan_disable();
  r->loses = true;
  return 0;
}

static int state(lua_State *L) {
  size_t count;
  unsigned long long sum = book_of(L, &count);
  char text[64];
  snprintf(text, sizeof text, "%zu regions, %016llx", count, sum);
  lua_pushstring(L, text);
  lua_pushinteger(L, (lua_Integer)count);
  return 2;
}

/* Returns nothing if page table and kernel agree, else an address where they do not. */
static int disagrees(lua_State *L) {
  uintptr_t where;
  if (book_agrees(L, &where)) return 0;
  lua_pushfstring(L, "%p", (void *)where); /* NOLINT(performance-no-int-to-ptr) */
  return 1;
}

/* {====== Compiling each file only once ====== */

static lua_State *compiler; /* a function on its stack: file -> bytecode */

static void open_compiler(void) {
  compiler = luaL_newstate();
  luaL_openlibs(compiler);
  (void)luaL_dostring(compiler,
                      "called = {} local known = {} return function(file) "
                      "known[file] = known[file] or string.dump(assert(loadfile(file))) "
                      "return known[file] end");
}

/* called(key): notes that a snippet has called this function. */
static int called(lua_State *L) {
  lua_getglobal(compiler, "called");
  lua_pushboolean(compiler, 1);
  lua_setfield(compiler, -2, luaL_checkstring(L, 1));
  lua_pop(compiler, 1);
  return 0;
}

/* Prints the public functions that no snippet has called, and returns their number. */
static size_t tell_missing(void) {
  static const char code[] =
      "local missing = dofile 'spec/trust/allocator/public.lua'.missing(called) "
      "for _, name in ipairs(missing) do print('no snippet calls ' .. name) end "
      "return #missing";
  if (luaL_dostring(compiler, code) == LUA_OK) return (size_t)lua_tointeger(compiler, -1);
  printf("%s\n", lua_tostring(compiler, -1));
  return 1;
}

/* load_file(file): like loadfile. */
static int load_file(lua_State *L) {
  const char *file = luaL_checkstring(L, 1);
  size_t size;
  lua_settop(compiler, 1);
  lua_pushvalue(compiler, 1);
  lua_pushstring(compiler, file);
  int status = lua_pcall(compiler, 1, 1, 0);
  const char *text = lua_tolstring(compiler, -1, &size);
  if (status != LUA_OK) return luaL_error(L, "%s", text);
  const char *name = lua_pushfstring(L, "@%s", file);
  if (luaL_loadbufferx(L, text, size, name, "b") != LUA_OK) return lua_error(L);
  return 1;
}

/* ====== } */

static const luaL_Reg functions[] = {
    {"asked_again", asked_again},
    {"attempt", attempt},
    {"called", called},
    {"disagrees", disagrees},
    {"load_file", load_file},
    {"loses", loses},
    {"state", state},
    {"swallowed", swallowed},
    {NULL, NULL},
};

/* ====== } */

/* {====== One run ====== */

static void note(run *r, const char *problem) {
  if (r->problem[0] == '\0')
    snprintf(r->problem, sizeof r->problem, "%s", problem != NULL ? problem : "?");
}

static int open_all(lua_State *L) {
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_vmem_core);
  lua_setfield(L, -2, "vmem.core");
  luaL_newlib(L, functions);
  lua_setglobal(L, "host");
  return 0;
}

/* judge.lua returns the snippet's name, the description of its regions, and the problems it found. */
static void run_snippet(lua_State *L, run *r) {
  lua_pushcfunction(L, open_all);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
    note(r, lua_tostring(L, -1));
    return;
  }
  lua_pushcfunction(L, load_file);
  lua_pushstring(L, "spec/trust/allocator/judge.lua");
  if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
    note(r, lua_tostring(L, -1));
    return;
  }
  lua_pushstring(L, r->room);
  lua_pushinteger(L, (lua_Integer)r->number);
  lua_pushstring(L, ways[r->way]);
  lua_pushstring(L, r->after);
  if (lua_pcall(L, 4, 3, 0) != LUA_OK) {
    note(r, lua_tostring(L, -1));
    return;
  }
  snprintf(r->name, sizeof r->name, "%s", lua_isstring(L, -3) ? lua_tostring(L, -3) : "");
  if (r->way == 0 && lua_isstring(L, -2))
    snprintf(r->after, sizeof r->after, "%s", lua_tostring(L, -2));
  if (!lua_isnil(L, -1)) note(r, lua_tostring(L, -1));
  lua_settop(L, 0);
}

static void no_warning(void *ud, const char *message, int more) {
  (void)ud, (void)message, (void)more;
}

static void judge_end(run *r, size_t descriptors) {
  char text[200];
  if (r->memory.blocks != 0 || r->memory.bytes != 0) {
    snprintf(text, sizeof text, "%zu blocks with %zu bytes are left", r->memory.blocks,
             r->memory.bytes);
    note(r, text);
  }
  if (book_reservations != 0) {
    snprintf(text, sizeof text, "%zu reservations are left", book_reservations);
    note(r, text);
    book_reservations = 0;
  }
  size_t now = book_descriptors();
  if (descriptors != 0 && now != descriptors) {
    snprintf(text, sizeof text, "%zu descriptors were open, and now %zu are", descriptors, now);
    note(r, text);
  }
}

/* Runs the snippet once. True if something failed. */
static bool try_once(run *r, size_t descriptors) {
  memset(&r->memory, 0, sizeof r->memory);
  memset(&r->raise, 0, sizeof r->raise);
  r->problem[0] = '\0';
#if LUA_VERSION_NUM == 504
  lua_State *L = lua_newstate(memory_allocate, r);
#else
  lua_State *L = lua_newstate(memory_allocate, r, 1); /* always the same seed of Lua's hashes */
#endif
  lua_setwarnf(L, no_warning, NULL);
  run_snippet(L, r);
  bool failed = has_failed(r);
  if (!raising && r->way == TO_THE_END && failed) memory_fail(&r->memory, MEMORY_FAILS_ON, 1);
  lua_close(L);
  if (r->loses && __lsan_enable != NULL) __lsan_enable();
  r->loses = false;
  judge_end(r, descriptors);
  return failed;
}

/* ====== } */

static void tell(const run *r) {
  if (r->problem[0] == '\0') return;
  problems++;
  printf("%s, %s %s, at %zu: %s\n", r->name, raising ? "an error" : "memory fails", ways[r->way],
         r->at, r->problem);
}

/* From request MANY on the ways take turns, and from VERY_MANY on some requests are skipped, unless ALL is
** set. */
enum { MANY = 24, VERY_MANY = 120 };

static size_t next_request(size_t at, bool turns) {
  return at < VERY_MANY || !turns ? at + 1 : at + at / 10;
}

/* Lets every request fail, in every way. */
static void try_all(run *r) {
  size_t descriptors = book_descriptors(), most = 0, tries = 0;
  bool turns = getenv("ALL") == NULL;
  for (int way = 1; way < WAYS; way++) {
    bool failed = true;
    for (r->at = 1; failed && (way == 1 || r->at <= MANY || !turns);
         r->at = next_request(r->at, turns)) {
      r->way = r->at > MANY && turns ? 1 + (int)(tries++ % (WAYS - 1)) : way;
      failed = try_once(r, descriptors);
      if (failed && r->at > most) most = r->at;
      failures_injected += failed;
      tell(r);
    }
  }
  if (getenv("VERBOSE") != NULL) printf("  %s: %zu requests\n", r->name, most);
}

/* Raises at every event, in every way. Of many events each way tries only some, and other ones than the
** other ways, unless ALL is set. */
enum { MOST_RAISED = 100 };

static void raise_all(run *r) {
  size_t descriptors = book_descriptors(), all = r->raise.events;
  size_t step = getenv("ALL") == NULL ? all / MOST_RAISED + 1 : 1;
  for (r->way = 1; r->way < WAYS; r->way++) {
    bool failed = true;
    for (r->at = 1 + (size_t)(r->way - 1) % step; failed && r->at <= all; r->at += step) {
      failed = try_once(r, descriptors);
      failures_injected += failed;
      tell(r);
    }
  }
  if (getenv("VERBOSE") != NULL) printf("  %s: %zu events\n", r->name, all);
}

/* This takes half a second, so it checks several snippets together. */
static void look_for_leaks(const char *room) {
  if (__lsan_do_recoverable_leak_check == NULL || __lsan_do_recoverable_leak_check() == 0) return;
  problems++;
  printf("%s.lua: a snippet has leaked memory of the C library; run them one by one\n", room);
}

static const run *running;

static void tell_running(void) {
  if (running == NULL) return;
  printf("%s.lua, snippet %zu %s, fails %s, at %zu: the process has died\n", running->room,
         running->number, running->name, ways[running->way], running->at);
}

static void try_room(const char *room, const char *wanted) {
  for (size_t number = 1;; number++) {
    run r = {.room = room, .number = number};
    running = &r;
    (void)try_once(&r, 0);
    tell(&r);
    running = NULL;
    if (r.name[0] == '\0') break;
    if (strstr(r.name, wanted) == NULL) continue;
    snippets++;
    running = &r;
    (raising ? raise_all : try_all)(&r);
    running = NULL;
  }
  look_for_leaks(room);
}

int main(int count, char **argument) {
  time_t start = time(NULL);
  const char *wanted = count > 2 ? argument[2] : "";
  raising = count > 1 && strcmp(argument[1], "raise") == 0;
  if (raising) ways = raise_ways;
  setvbuf(stdout, NULL, _IOLBF, 0);
  open_compiler();
  if (__sanitizer_set_death_callback != NULL) __sanitizer_set_death_callback(tell_running);
  for (size_t i = 0; i < ROOMS; i++) try_room(rooms[i], wanted);
  if (*wanted == '\0' && !raising) problems += tell_missing();
  lua_close(compiler);
  printf(
      raising
          ? "trust: errors from anywhere: %zu operations, %zu errors raised, %lld s, %zu findings\n"
          : "trust: allocator: %zu operations, %zu requests refused, %lld s, %zu findings\n",
      snippets, failures_injected, (long long)(time(NULL) - start), problems);
  return problems > 0 || snippets == 0;
}
