/* region_pack.c: region:pack. Lua's own string library does the packing. */
#include "lua/access.h"
#include "lua/classes.h"
#include "lua/format.h"
#include "lua/live_regions.h"
#include "lua/string_library.h"

static int past_end(lua_State *L, size_t size, size_t rest) {
  return l_error(L, "%I packed bytes run past the region's end: %I are left", (lua_Integer)size,
                 (lua_Integer)rest);
}

/* Stack: region, offset, packed bytes. */
static int packk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    size_t size, offset = l_checkoffset(L, 2, "offset", r, 0);
    const char *bytes = l_checkbytes(L, 3, "packed value", &size);
    if (size > r->size - offset) return past_end(L, size, r->size - offset);
    l_access a = {.tries = tries, .again = packk, .answers = 4};
    if (!l_write_bytes(L, &a, l_in(r, offset, size), (l_source){.bytes = bytes, .size = size}))
      continue;
    lua_pushinteger(L, (lua_Integer)(offset + size));
    return 1;
  }
}

/* The least number of bytes that a format takes. Stops once that exceeds `most`. */
static size_t least_of(const char *format, size_t length, size_t most) {
  l_format walk = l_format_start();
  while (walk.need <= most) {
    l_format_option option = l_format_next(format, length, &walk);
    if (option.kind == L_FORMAT_END) break;
    walk.need += option.pad + option.size;
  }
  return walk.need;
}

static int region_pack(lua_State *L) {
  size_t length;
  vm_region *r = l_checkregion(L, 1);
  size_t rest = r->size - l_checkoffset(L, 2, "offset", r, 0);
  const char *format = l_checkbytes(L, 3, "format", &length);
  size_t least = least_of(format, length, rest);
  if (least > rest && least > L_FEW_PACKED) /* refused before a large string is made */
    return past_end(L, least, rest);
  if (l_call_string(L, L_STRING_PACK, lua_gettop(L) - 2) < 0)
    return l_error(L, "cannot pack: %s", lua_tostring(L, -1));
  lua_settop(L, 3);
  return packk(L, LUA_OK, 0);
}

const luaL_Reg l_region_pack[] = {
    {"pack", region_pack},
    {NULL, NULL},
};
