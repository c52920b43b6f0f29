/* fault_text.h: what a fault says: the sentence that describes it, and the script's line. */
#ifndef LUA_FAULT_TEXT_H
#define LUA_FAULT_TEXT_H

#include "lua/fault.h"

/* These fields are in the userdata, where a script may change them: nothing relies on them. */
typedef struct l_fault_text {
  char source[LUA_IDSIZE]; /* the name of the script that made the access */
  char overflow[400];      /* the stack's message for a fault at its end; else "" */
  l_element value;         /* to be written */
} l_fault_text;

/* The text of the fault at 1. */
l_fault_text l_fault_text_at_1(lua_State *L);

/* The element that the fault at `index` was to write. */
l_element l_fault_value(lua_State *L, int index);

/* Pushes "script.lua:12". */
void l_push_fault_where(lua_State *L, const l_fault *fault);

int l_fault_tostring(lua_State *L);

/* Finds Lua's own pcall. */
void l_open_fault_text(lua_State *L);

#endif
