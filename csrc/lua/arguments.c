/* arguments.c: reads arguments; an error names the argument that is wrong. */
#include <string.h>

#include "lua/base.h"
#include "lua/classes.h"

lua_Integer l_checkinteger(lua_State *L, int arg, const char *name) {
  /* lua_tointegerx would accept "10". */
  if (lua_type(L, arg) != LUA_TNUMBER)
    l_argerror(L, arg, "%s must be an integer, not %s", name, luaL_typename(L, arg));
  int fits;
  lua_Integer value = lua_tointegerx(L, arg, &fits);
  if (!fits) l_argerror(L, arg, "%s must be an integer, not %f", name, lua_tonumber(L, arg));
  return value;
}

size_t l_checkcount(lua_State *L, int arg, const char *name, size_t least, size_t most) {
  lua_Integer value = l_checkinteger(L, arg, name);
  if (value < 0) l_argerror(L, arg, "%s must not be negative, it is %I", name, value);
  if ((lua_Unsigned)value < least)
    l_argerror(L, arg, "%s must be at least %I", name, (lua_Integer)least);
  if ((lua_Unsigned)value > most)
    l_argerror(L, arg, "%s is %I, but must be at most %I", name, value, (lua_Integer)most);
  return (size_t)value;
}

size_t l_checklimit(lua_State *L, int arg, const char *name, size_t least) {
  lua_Integer value = l_checkinteger(L, arg, name);
  if (value > 0 && (lua_Unsigned)value > L_MOST) return L_MOST;
  return l_checkcount(L, arg, name, least, L_MOST);
}

size_t l_checkoffset(lua_State *L, int arg, const char *name, const vm_region *region,
                     size_t least) {
  size_t value = l_checkcount(L, arg, name, 0, L_MOST);
  if (value > region->size - least)
    l_argerror(L, arg, "%s %I is outside the region, which has %I bytes", name, (lua_Integer)value,
               (lua_Integer)region->size);
  return value;
}

static size_t check_size(lua_State *L, int arg, const vm_region *region, size_t offset,
                         size_t least) {
  size_t value = l_checkcount(L, arg, "size", least, L_MOST);
  if (value > region->size - offset)
    l_argerror(L, arg, "size %I runs past the region's end: %I bytes are left", (lua_Integer)value,
               (lua_Integer)(region->size - offset));
  return value;
}

l_span l_optspan(lua_State *L, int arg, const vm_region *region, size_t least) {
  l_span span = {0, 0};
  if (!lua_isnoneornil(L, arg)) span.offset = l_checkoffset(L, arg, "offset", region, least);
  span.size = lua_isnoneornil(L, arg + 1) ? region->size - span.offset
                                          : check_size(L, arg + 1, region, span.offset, least);
  return span;
}

l_span l_checkspan(lua_State *L, int arg, const vm_region *region, size_t least) {
  l_span span;
  span.offset = l_checkoffset(L, arg, "offset", region, least);
  span.size = check_size(L, arg + 1, region, span.offset, least);
  return span;
}

bool l_hasoptions(lua_State *L, int arg) {
  if (lua_isnoneornil(L, arg)) return false;
  if (!lua_istable(L, arg))
    l_argerror(L, arg, "options must be a table, not %s", luaL_typename(L, arg));
  return true;
}

const char *l_optionname(lua_State *L, int arg, bool *whole) {
  if (lua_type(L, -2) != LUA_TSTRING)
    l_argerror(L, arg, "option names are strings, not %s", luaL_typename(L, -2));
  size_t length;
  const char *name = lua_tolstring(L, -2, &length);
  *whole = strlen(name) == length;
  return name;
}

bool l_optionflag(lua_State *L, int arg, const char *name) {
  if (!lua_isboolean(L, -1)) l_argerror(L, arg, "option %s must be true or false", name);
  return lua_toboolean(L, -1);
}

bool l_optioninteger(lua_State *L, lua_Integer least, lua_Integer most, lua_Integer *value) {
  int fits = 0;
  *value = lua_type(L, -1) == LUA_TNUMBER ? lua_tointegerx(L, -1, &fits) : 0;
  return fits && *value >= least && *value <= most;
}

const char *l_checkbytes(lua_State *L, int arg, const char *name, size_t *size) {
  if (lua_type(L, arg) != LUA_TSTRING)
    l_argerror(L, arg, "%s must be a string, not %s", name, luaL_typename(L, arg));
  return lua_tolstring(L, arg, size);
}

/* {====== Protections ====== */

static const struct {
  const char *word;
  unsigned protection;
} protections[] = {
    {"none", 0},
    {"r", VM_READ},
    {"rw", VM_READ | VM_WRITE},
    {"x", VM_READ | VM_EXECUTE | VM_EXECUTE_ONLY},
    {"rx", VM_READ | VM_EXECUTE},
    {"rwx", VM_READ | VM_WRITE | VM_EXECUTE},
    {"r+guard", VM_READ | VM_GUARD},
    {"rw+guard", VM_READ | VM_WRITE | VM_GUARD},
    {"x+guard", VM_READ | VM_EXECUTE | VM_EXECUTE_ONLY | VM_GUARD},
    {"rx+guard", VM_READ | VM_EXECUTE | VM_GUARD},
    {"rwx+guard", VM_READ | VM_WRITE | VM_EXECUTE | VM_GUARD},
};

enum { PROTECTIONS = sizeof protections / sizeof protections[0] };

bool l_parseprotection(lua_State *L, int arg, unsigned *protection) {
  const char *word = lua_tostring(L, arg);
  if (strlen(word) != lua_rawlen(L, arg)) return false; /* a zero byte inside */
  for (size_t i = 0; i < PROTECTIONS; i++) {
    if (strcmp(word, protections[i].word) == 0) {
      *protection = protections[i].protection;
      return true;
    }
  }
  return false;
}

const char *l_protection(unsigned byte) {
  for (size_t i = 0; i < PROTECTIONS; i++)
    if (protections[i].protection == (byte & VM_PROTECTION)) return protections[i].word;
  return "?";
}

void l_intern_words(lua_State *L) {
  static const char words = 0; /* its address is a registry key */
  lua_createtable(L, PROTECTIONS + 2, 0);
  for (size_t i = 0; i < PROTECTIONS; i++) {
    lua_pushstring(L, protections[i].word);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_pushstring(L, "committed");
  lua_rawseti(L, -2, PROTECTIONS + 1);
  lua_pushstring(L, "reserved");
  lua_rawseti(L, -2, PROTECTIONS + 2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &words);
}

unsigned l_checkprotection(lua_State *L, int arg) {
  unsigned protection = 0;
  if (lua_type(L, arg) != LUA_TSTRING)
    l_argerror(L, arg, "protection must be a string such as \"rw\", not %s", luaL_typename(L, arg));
  const char *word = lua_tostring(L, arg);
  if (!l_parseprotection(L, arg, &protection))
    l_argerror(L, arg,
               "protection \"%s\" is unknown: say none, r, rw, x, rx or rwx; "
               "+guard may follow all but none",
               word);
  return protection;
}

unsigned l_optprotection(lua_State *L, int arg, unsigned otherwise) {
  return lua_isnoneornil(L, arg) ? otherwise : l_checkprotection(L, arg);
}

/* ====== } */
