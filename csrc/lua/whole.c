/* whole.c: sections of vmem's Lua code that no debug hook interrupts. A hook may raise an error, at Ctrl-C
** or when a script takes too long, and that must not leave a change half done.
**
** Each coroutine has its own hook. vmem runs a section in its own coroutine, without a hook, so it runs
** to its end. A hook that is set meanwhile, as lua does at Ctrl-C, runs when the script continues. */
#include <string.h>

#include "lua/whole.h"

#include "lua/state.h"

/* {====== whole(f, …) ====== */

/* A section that is running, in a list with the innermost first. */
typedef struct section {
  lua_State *thread, *caller;
  struct section *outer;
} section;

lua_State *l_caller_of(lua_State *L) {
  const l_state *state = l_state_of(L);
  const section *each = state != NULL ? state->innermost : NULL;
  while (each != NULL && each->thread != L) each = each->outer;
  return each != NULL ? each->caller : NULL;
}

/* Stack slots that a section may use without taking more memory. */
enum { ROOM = 10 * LUA_MINSTACK };

/* Runs a section by pcall, and returns what pcall returns. So the thread has no error and can be reused. */
static int run_section(lua_State *L) {
  lua_pushboolean(L, true);
  lua_insert(L, 1);
  if (lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0) != LUA_OK) {
    lua_pushboolean(L, false);
    lua_replace(L, 1);
  }
  return lua_gettop(L);
}

/* Whether a thread is free. The debug library may have replaced vmem's thread by another one. */
static bool is_idle(lua_State *thread) {
  lua_Debug frame;
  return thread != NULL && lua_status(thread) == LUA_OK && !lua_getstack(thread, 0, &frame) &&
         lua_gettop(thread) == 0;
}

/* Pushes a free thread: one kept from an earlier section, or a new one. */
static lua_State *push_thread(lua_State *L) {
  const int spare = lua_upvalueindex(1);
  lua_State *thread = lua_tothread(L, spare);
  if (!is_idle(thread)) return lua_newthread(L);
  lua_pushvalue(L, spare);
  lua_pushnil(L);
  lua_replace(L, spare);
  return thread;
}

/* whole(f, …) calls f(…). No hook interrupts it, and it cannot yield. */
static int whole(lua_State *L) {
  int count = lua_gettop(L), results;
  luaL_checkany(L, 1);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  l_state *state = l_push_state(L); /* stays on the stack: keeps the state alive */
  lua_insert(L, 1);
  section *outer = state != NULL ? state->innermost : NULL;
  if (outer != NULL && outer->thread == L) {
    lua_call(L, count - 1, LUA_MULTRET);
    return lua_gettop(L) - 1;
  }
  section here = {push_thread(L), L, outer};
  if (!lua_checkstack(here.thread, count + ROOM)) return luaL_error(L, "not enough memory");
  lua_sethook(here.thread, NULL, 0, 0); /* a new thread has its creator's hook */
  lua_insert(L, 2);
  lua_pushcfunction(here.thread, run_section);
  lua_xmove(L, here.thread, count);
  if (state != NULL) state->innermost = &here;
  int status = lua_resume(here.thread, L, count, &results);
  if (state != NULL) state->innermost = outer;
  bool ok = status == LUA_OK && lua_toboolean(here.thread, -results);
  if (status != LUA_OK) results = 1; /* too little memory to start it */
  if (results > LUA_MINSTACK / 2) luaL_checkstack(L, results, NULL);
  lua_xmove(here.thread, L, results);
  if (status == LUA_OK) {
    lua_pushvalue(L, 2);
    lua_replace(L, lua_upvalueindex(1));
  }
  return ok ? results - 1 : lua_error(L);
}

/* ====== } */

/* {====== meanwhile(table, key, value, f, …) ====== */

enum { TABLE = 1, KEY, BEFORE, FUNCTION };

static int meanwhile_ended(lua_State *L, int status, lua_KContext top) {
  (void)top;
  bool room = lua_checkstack(L, 2);
  if (!room) lua_settop(L, BEFORE);
  luaL_checktype(L, TABLE, LUA_TTABLE); /* f may have replaced it by debug.setlocal */
  lua_pushvalue(L, KEY);
  lua_pushvalue(L, BEFORE);
  lua_rawset(L, TABLE);
  if (!room) return luaL_error(L, "not enough memory");
  if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
  return lua_gettop(L) - BEFORE;
}

/* Sets table[key] = value while f(…) runs. The old value returns when f ends, also by an error. */
int l_meanwhile(lua_State *L) {
  luaL_checktype(L, TABLE, LUA_TTABLE);
  luaL_checkany(L, FUNCTION);
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_pushvalue(L, KEY);
  lua_rawget(L, TABLE);
  lua_pushvalue(L, KEY);
  lua_pushvalue(L, BEFORE);
  lua_rawset(L, TABLE);
  lua_replace(L, BEFORE);
  int status = lua_pcallk(L, lua_gettop(L) - FUNCTION, LUA_MULTRET, 0, 0, meanwhile_ended);
  return meanwhile_ended(L, status, 0);
}

/* ====== } */

/* {====== attempt(f, …) ====== */

static int attempt(lua_State *L);

static const char interruption =
    0; /* its address is a registry key: the last error that a hook has raised */

/* The message handler of attempt: notes an error that was raised inside a hook. The stack then has a
** function that was called as a hook; if the hook is C, it is this one. */
static int note_hook(lua_State *L) {
  lua_Debug frame;
  bool by_hook = false;
  for (int level = 0; !by_hook && lua_getstack(L, level, &frame); level++) {
    lua_getinfo(L, "nf", &frame);
    bool outside = lua_tocfunction(L, -1) == attempt;
    lua_pop(L, 1);
    if (outside) break;
    by_hook = strcmp(frame.namewhat, "hook") == 0;
  }
  if (by_hook) {
    lua_pushvalue(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &interruption);
  }
  return 1;
}

static void forget_interruption(lua_State *L) {
  lua_pushcfunction(L, note_hook); /* a value that is never an error */
  lua_rawsetp(L, LUA_REGISTRYINDEX, &interruption);
}

static int attempt_ended(lua_State *L, int status, lua_KContext context) {
  (void)context;
  bool ok = status == LUA_OK || status == LUA_YIELD;
  if (!ok) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &interruption);
    bool by_hook = lua_rawequal(L, -1, -2);
    forget_interruption(L);
    lua_pop(L, 1);
    if (by_hook) return lua_error(L);
  }
  lua_pushboolean(L, ok);
  lua_replace(L, 1);
  return lua_gettop(L);
}

/* pcall(f, …), except that an error raised by a hook is not caught: it is not an error of f. */
static int attempt(lua_State *L) {
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_pushcfunction(L, note_hook);
  lua_insert(L, 1);
  int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, attempt_ended);
  return attempt_ended(L, status, 0);
}

/* ====== } */

void l_open_whole(lua_State *L) {
  forget_interruption(L);
  lua_pushnil(L);
  lua_pushcclosure(L, whole, 1);
  lua_setfield(L, -2, "whole");
  lua_pushcfunction(L, l_meanwhile);
  lua_setfield(L, -2, "meanwhile");
  lua_pushcfunction(L, attempt);
  lua_setfield(L, -2, "attempt");
}
