/* element.c: element types of views: conversion to and from Lua values. */
#include <string.h>

#include "lua/view.h"

const char *const l_type_names[] = {
#define NAME(name, ctype, how) #name,
    L_TYPES(NAME)
#undef NAME
};

const size_t l_type_sizes[] = {
#define SIZE(name, ctype, how) sizeof(ctype),
    L_TYPES(SIZE)
#undef SIZE
};

void l_pushelements(lua_State *L, unsigned type, const char *from, size_t count) {
  switch (type) {
#define PUSH(name, ctype, how)                          \
  case L_TYPE_##name:                                   \
    for (; count > 0; count--, from += sizeof(ctype)) { \
      ctype value;                                      \
      memcpy(&value, from, sizeof value);               \
      L_PUSH_##how(L, value);                           \
    }                                                   \
    break;
    L_TYPES(PUSH)
#undef PUSH
  }
}

static lua_Number check_number(lua_State *L, int arg) {
  if (lua_type(L, arg) != LUA_TNUMBER)
    l_argerror(L, arg, "value must be a number, not %s", luaL_typename(L, arg));
  return lua_tonumber(L, arg);
}

static void refuse(lua_State *L, int arg, unsigned type) {
  l_argerror(L, arg, "value %I does not fit %s", lua_tointeger(L, arg), l_type_names[type]);
}

#define CHECK_INT(name, ctype)                             \
  {                                                        \
    lua_Integer integer = l_checkinteger(L, arg, "value"); \
    if (!L_FITS(ctype, integer)) refuse(L, arg, type);     \
    element.name = (ctype)integer;                         \
  }
/* Rounds to the nearest, like Lua's arithmetic; but a finite number that would become infinite is
** refused. */
#define CHECK_FLOAT(name, ctype)                                  \
  {                                                               \
    lua_Number number = check_number(L, arg);                     \
    element.name = (ctype)number;                                 \
    if (L_IS_FINITE(number) && !L_IS_FINITE(element.name))        \
      l_argerror(L, arg, "value %f does not fit " #name, number); \
  }

l_element l_checkelement(lua_State *L, int arg, unsigned type) {
  l_element element = {0};
  switch (type) {
#define CHECK(name, ctype, how) \
  case L_TYPE_##name: CHECK_##how(name, ctype); break;
    L_TYPES(CHECK)
#undef CHECK
  }
  return element;
}

#define TO_INT(name, ctype)                                      \
  {                                                              \
    int is_integer;                                              \
    lua_Integer integer = lua_tointegerx(L, index, &is_integer); \
    element->name = (ctype)integer;                              \
    return is_integer && L_FITS(ctype, integer);                 \
  }
#define TO_FLOAT(name, ctype)                                  \
  {                                                            \
    lua_Number number = lua_tonumber(L, index);                \
    element->name = (ctype)number;                             \
    return !L_IS_FINITE(number) || L_IS_FINITE(element->name); \
  }

bool l_toelement(lua_State *L, int index, unsigned type, l_element *element) {
  if (lua_type(L, index) != LUA_TNUMBER) return false;
  switch (type) {
#define TO(name, ctype, how) \
  case L_TYPE_##name: TO_##how(name, ctype);
    L_TYPES(TO)
#undef TO
  }
  return false;
}
