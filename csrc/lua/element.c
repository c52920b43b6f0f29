/* element.c: element types of views: conversion to and from Lua values. */
#include "lua/view.h"

const l_element_type l_types[] = {
#define TYPE(name, number, ctype, how, order) \
  {#name, sizeof(ctype), L_TYPE_##number, L_SWAPS_##order, L_IS_FLOAT_##how},
    L_ELEMENTS(TYPE)
#undef TYPE
};

void l_pushelements(lua_State *L, unsigned type, const char *from, size_t stride, size_t count) {
  switch (type) {
#define PUSH(name, number, ctype, how, order)                     \
  case L_TYPE_##name:                                             \
    for (; count > 0; count--, from += stride) {                  \
      ctype value;                                                \
      l_copy_number(&value, from, sizeof value, L_SWAPS_##order); \
      L_PUSH_##how(L, value);                                     \
    }                                                             \
    break;
    L_ELEMENTS(PUSH)
#undef PUSH
  }
}

void l_pushelement(lua_State *L, unsigned type, const void *from) {
  l_pushelements(L, type, from, 0, 1);
}

static lua_Number check_number(lua_State *L, int arg) {
  if (lua_type(L, arg) != LUA_TNUMBER)
    l_argerror(L, arg, "value must be a number, not %s", luaL_typename(L, arg));
  return lua_tonumber(L, arg);
}

static void refuse(lua_State *L, int arg, unsigned type) {
  if (l_types[type].is_float)
    l_argerror(L, arg, "value %f does not fit %s", lua_tonumber(L, arg), l_types[type].name);
  l_argerror(L, arg, "value %I does not fit %s", lua_tointeger(L, arg), l_types[type].name);
}

#define CHECK_INT(name, ctype)                             \
  {                                                        \
    lua_Integer integer = l_checkinteger(L, arg, "value"); \
    if (!L_FITS(ctype, integer)) refuse(L, arg, type);     \
    element.name = (ctype)integer;                         \
  }
/* Rounds to the nearest, like Lua's arithmetic; but a finite number that would become infinite is
** refused. */
#define CHECK_FLOAT(name, ctype)                                                 \
  {                                                                              \
    lua_Number number = check_number(L, arg);                                    \
    element.name = (ctype)number;                                                \
    if (L_IS_FINITE(number) && !L_IS_FINITE(element.name)) refuse(L, arg, type); \
  }

/* A number as an element of this type. */
static l_element ordered(l_element number, unsigned type) {
  l_element element = {0};
  l_copy_number(&element, &number, l_types[type].size, l_types[type].swaps);
  return element;
}

l_element l_checkelement(lua_State *L, int arg, unsigned type) {
  l_element element = {0};
  switch (l_types[type].number) {
#define CHECK(name, ctype, how) \
  case L_TYPE_##name: CHECK_##how(name, ctype); break;
    L_TYPES(CHECK)
#undef CHECK
  }
  return ordered(element, type);
}

#define IS_INT(ctype) (value->tag == L_TAG_INTEGER && L_FITS(ctype, value->as.integer))
#define IS_FLOAT(ctype) (value->tag == L_TAG_FLOAT && sizeof(ctype) == sizeof(lua_Number))

bool l_is_element(const l_value *value, unsigned type) {
  switch (l_types[type].number) {
#define IS(name, ctype, how) \
  case L_TYPE_##name: return IS_##how(ctype);
    L_TYPES(IS)
#undef IS
  }
  return false;
}

#define TO_INT(name, ctype)                                      \
  {                                                              \
    int is_integer;                                              \
    lua_Integer integer = lua_tointegerx(L, index, &is_integer); \
    number.name = (ctype)integer;                                \
    fits = is_integer && L_FITS(ctype, integer);                 \
  }
#define TO_FLOAT(name, ctype)                               \
  {                                                         \
    lua_Number value = lua_tonumber(L, index);              \
    number.name = (ctype)value;                             \
    fits = !L_IS_FINITE(value) || L_IS_FINITE(number.name); \
  }

bool l_toelement(lua_State *L, int index, unsigned type, l_element *element) {
  l_element number = {0};
  bool fits = false;
  if (lua_type(L, index) != LUA_TNUMBER) return false;
  switch (l_types[type].number) {
#define TO(name, ctype, how) \
  case L_TYPE_##name: TO_##how(name, ctype); break;
    L_TYPES(TO)
#undef TO
  }
  *element = ordered(number, type);
  return fits;
}
