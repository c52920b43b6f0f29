/* raise.c: a hook that raises an error in the middle of an operation, or runs finalizers there. */
#include "raise.h"

#include <string.h>

#include <lauxlib.h>

/* Has the word memory, because snippets expect errors of memory and recognise them by it. */
static const char message[] = "interrupted, and not for want of memory";

static bool is_own(lua_State *L, lua_Debug *frame) {
  static const char folder[] = "@./lua/vmem/";
  return lua_getinfo(L, "S", frame) && strncmp(frame->source, folder, sizeof folder - 1) == 0;
}

/* Whether the event is in vmem's Lua code, or in a C function that this code called. */
static bool counts(lua_State *L, lua_Debug *event) {
  lua_Debug caller;
  if (is_own(L, event)) return true;
  return event->event != LUA_HOOKCOUNT && *event->what == 'C' && lua_getstack(L, 1, &caller) &&
         is_own(L, &caller);
}

/* Whether the snippet made the interrupted call by a function that returns the error to it. */
static bool is_caught(lua_State *L) {
  lua_Debug frame;
  bool protects = false, found = false;
  lua_getglobal(L, "pcall");
  for (int level = 0; !found && lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "Sf", &frame);
    if (*frame.what != 'C') found = protects && strncmp(frame.source, "@spec/", 6) == 0;
    protects = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return found;
}

static void collect(lua_State *L) {
  static const char code[] =
      "local vmem = require 'vmem' "
      "local function last() local r <close> = vmem.allocate(1) r:write(0, 'x') error 'a "
      "finalizer' end "
      "setmetatable({}, { __gc = last }) collectgarbage()";
  if (luaL_dostring(L, code) != LUA_OK) lua_pop(L, 1);
}

static void hook(lua_State *L, lua_Debug *event) {
  raise *r = raise_of(L);
  if (r->raised && r->way != RAISE_ON) return;
  if (!counts(L, event) || ++r->events < r->at || r->way == RAISE_NEVER) return;
  lua_getfield(L, LUA_REGISTRYINDEX, "raise.c");
  bool below = !lua_isnil(L, -1) &&
               lua_tothread(L, -1) != L; /* a coroutine of the snippet: its resume gets the error */
  lua_pop(L, 1);
  r->caught = r->caught || below || is_caught(L);
  r->raised = true;
  if (r->way == RAISE_IN_FINALIZER) {
    collect(L);
    return;
  }
  lua_pushstring(L, message);
  lua_error(L);
}

static void unwatch(lua_State *L) {
  lua_sethook(L, NULL, 0, 0);
  lua_pushnil(L);
  lua_setfield(L, LUA_REGISTRYINDEX, "raise.c");
}

static void watch(lua_State *L) {
  lua_pushthread(L);
  lua_setfield(L, LUA_REGISTRYINDEX, "raise.c");
  lua_sethook(L, hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

/* Runs the call in a coroutine, and resumes it after each yield until it ends. */
static int call_in_coroutine(lua_State *L, int count) {
  int results, status;
  lua_State *thread = lua_newthread(L);
  lua_insert(L, -count - 2);
  lua_xmove(L, thread, count + 1);
  watch(thread);
  while ((status = lua_resume(thread, L, count, &results)) == LUA_YIELD) {
    lua_pop(thread, results);
    count = 0;
  }
  unwatch(thread);
  if (status != LUA_OK) results = 1;
  lua_xmove(thread, L, results);
  lua_remove(L, -results - 1);
  return status;
}

int raise_call(lua_State *L, int count, raise_way way, size_t at) {
  raise *r = raise_of(L);
  *r = (raise){.way = way, .at = at};
  if (way == RAISE_IN_COROUTINE) return call_in_coroutine(L, count);
  watch(L);
  int status = lua_pcall(L, count, LUA_MULTRET, 0);
  unwatch(L);
  r->way = RAISE_NEVER; /* coroutines may still have the hook */
  return status;
}
