/* lua_pack.c: string.pack formats in memory. Lua's own string library does the packing. */
#include <lualib.h>
#include <string.h>

#include "lua_vmem.h"

static const char pack = 0, unpack = 0; /* their addresses are registry keys */

/* Calls string.pack or string.unpack with the `args` values on top of the stack. Returns how many
** results there are, or -1 with the error's text on top. */
static int call_string(lua_State *L, const void *function, int args) {
  int below = lua_gettop(L) - args;
  lua_rawgetp(L, LUA_REGISTRYINDEX, function);
  lua_insert(L, below + 1);
  if (lua_pcall(L, args, LUA_MULTRET, 0) == LUA_OK) return lua_gettop(L) - below;
  luaL_tolstring(L, -1, NULL);
  return -1;
}

/* {====== pack ====== */

/* Stack: region, offset, packed bytes. */
static int packk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    size_t size, offset = l_checkoffset(L, 2, "offset", r, 0);
    const char *bytes = l_checkbytes(L, 3, "packed value", &size);
    if (size > r->size - offset)
      return l_error(L, "%I packed bytes run past the region's end: %I are left", (lua_Integer)size,
                     (lua_Integer)(r->size - offset));
    if (l_permit(L, r, offset, size, VM_WRITE, tries, packk)) {
      memcpy(vm_memory(r, offset), bytes, size);
      lua_pushinteger(L, (lua_Integer)(offset + size));
      return 1;
    }
  }
}

/* Bytes that a format's strings of fixed size ("c10") come to, or more than `most`. */
static size_t least_of(const char *format, size_t length, size_t most) {
  size_t sum = 0, n = 0;
  bool counts = false;
  for (size_t i = 0; i < length && sum <= most; i++) {
    bool digit = format[i] >= '0' && format[i] <= '9';
    if (!digit || !counts) {
      n = 0;
      counts = format[i] == 'c';
      continue;
    }
    sum -= n;
    n = n * 10 + (size_t)(format[i] - '0');
    sum += n;
  }
  return sum;
}

static int region_pack(lua_State *L) {
  size_t length;
  vm_region *r = l_checkregion(L, 1);
  size_t rest = r->size - l_checkoffset(L, 2, "offset", r, 0);
  const char *format = l_checkbytes(L, 3, "format", &length);
  size_t least = least_of(format, length, rest);
  if (least > rest) /* no string is made for it */
    return l_error(L, "%I packed bytes run past the region's end: %I are left", (lua_Integer)least,
                   (lua_Integer)rest);
  if (call_string(L, &pack, lua_gettop(L) - 2) < 0)
    return l_error(L, "cannot pack: %s", lua_tostring(L, -1));
  lua_settop(L, 3);
  return packk(L, LUA_OK, 0);
}

/* ====== } */

/* {====== unpack ====== */

/* Whether more bytes may help: how long "z" and "s" are, only the bytes tell. */
static bool is_too_short(const char *message) {
  return strstr(message, "too short") != NULL || strstr(message, "unfinished string") != NULL;
}

/* Tells of a read that has been. string.unpack may have run finalizers, and those what they like. */
static void record_read(lua_State *L, size_t offset, lua_Integer size) {
  const l_object *object = l_test(L, 1, &l_region_class);
  if (object == NULL || object->region == NULL || !object->region->live) return;
  if (size > 0 && offset <= object->region->size && (size_t)size <= object->region->size - offset)
    l_record_read(L, object->region, offset, (size_t)size);
}

/* What an unpack keeps in its stack while a handler runs. */
enum {
  WANT = 4, /* so many bytes are to be tried next */
  SCAN = 5, /* so many have been looked at for the end of a "z"; 0 when none is looked for */
  START = 256
};

static size_t kept_at(lua_State *L, int arg) {
  lua_Integer kept = lua_tointeger(L, arg); /* the debug library may have been there */
  return kept < 0 ? 0 : (size_t)kept;
}

static void keep_at(lua_State *L, int arg, size_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_replace(L, arg);
}

/* Looks for the end of a "z" from SCAN bytes behind the offset on, so that each page is looked at once, should
** they fault one by one. False when a page refuses. */
static bool find_end(lua_State *L, vm_region *r, size_t offset, size_t scan) {
  size_t page = vm_page_size(r), rest = r->size - offset, refused;
  while (scan < rest) {
    size_t piece = page - (offset + scan) % page;
    if (piece > rest - scan) piece = rest - scan;
    if (!vm_allows(r, offset + scan, piece, VM_READ, &refused)) break;
    const char *from = vm_memory(r, offset + scan), *nul = memchr(from, 0, piece);
    if (nul == NULL) {
      scan += piece;
      continue;
    }
    keep_at(L, WANT, scan + (size_t)(nul - from) + 1);
    keep_at(L, SCAN, 0);
    return true;
  }
  keep_at(L, SCAN, scan < rest ? scan : 0);
  if (scan >= rest) keep_at(L, WANT, rest);
  return scan >= rest;
}

/* Stack: region, offset, format, WANT, SCAN. */
static int unpackk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;;) {
    vm_region *r = l_checkregion(L, 1);
    size_t length, refused, offset = l_checkoffset(L, 2, "offset", r, 0);
    l_checkbytes(L, 3, "format", &length);
    size_t rest = r->size - offset, scan = kept_at(L, SCAN);
    if (scan > 0 && scan < rest && !find_end(L, r, offset, scan)) {
      (void)l_permit(L, r, offset, kept_at(L, SCAN) + 1, VM_READ, tries, unpackk);
      tries++;
      continue;
    }
    size_t want = kept_at(L, WANT);
    if (want > rest) want = rest;
    size_t have = vm_allows(r, offset, want, VM_READ, &refused) ? want : refused - offset;
    lua_pushvalue(L, 3);
    lua_pushlstring(L, vm_memory(r, offset), have);
    int results = call_string(L, &unpack, 2);
    if (results > 0 && lua_isinteger(L, -1)) { /* the last says where the next one starts */
      record_read(L, offset, lua_tointeger(L, -1) - 1);
      lua_pushinteger(L, (lua_Integer)offset + lua_tointeger(L, -1) - 1);
      lua_replace(L, -2);
      return results;
    }
    const char *message = results < 0 ? lua_tostring(L, -1) : "string.unpack is not itself";
    if (!is_too_short(message)) return l_error(L, "cannot unpack: %s", message);
    if (have == rest) return l_error(L, "cannot unpack: the region ends before the value does");
    bool unfinished = strstr(message, "unfinished string") != NULL;
    lua_settop(L, SCAN);
    keep_at(L, SCAN, unfinished ? have : 0);
    if (unfinished && have > 0) continue;
    if (have == want) {
      keep_at(L, WANT, want < START ? START : want * 2);
    } else {                   /* what is missing lies in a page that refuses */
      r = l_checkregion(L, 1); /* string.unpack may have run finalizers */
      offset = l_checkoffset(L, 2, "offset", r, 0);
      if (have < r->size - offset) (void)l_permit(L, r, offset, have + 1, VM_READ, tries, unpackk);
      tries++;
    }
  }
}

static int region_unpack(lua_State *L) {
  lua_settop(L, SCAN);
  keep_at(L, WANT, START);
  keep_at(L, SCAN, 0);
  return unpackk(L, LUA_OK, 0);
}

/* ====== } */

const luaL_Reg l_pack_methods[] = {
    {"pack", region_pack},
    {"unpack", region_unpack},
    {NULL, NULL},
};

void l_open_pack(lua_State *L) {
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 0);
  lua_getfield(L, -1, "pack");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &pack);
  lua_getfield(L, -1, "unpack");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &unpack);
  lua_pop(L, 1);
}
