/* lua_object.c: what all userdata have in common. */
#include <string.h>

#include "lua_vmem.h"

void *l_new(lua_State *L, uint64_t kind, size_t size, const char *tname) {
  /* Finalizers run now, at this call's expense, and not while the new object's memory is raw:
  ** debug.getlocal would show it to them. Three steps that add up to nothing: the first collects
  ** if it is time, the others put off the next collection for longer than one object. */
  if (lua_gc(L, LUA_GCISRUNNING) > 0) {
    lua_gc(L, LUA_GCSTEP, 2);
    lua_gc(L, LUA_GCSTEP, -1);
    lua_gc(L, LUA_GCSTEP, -1);
  }
  l_object *object = lua_newuserdatauv(L, size, 1);
  memset(object, 0, size);
  object->kind = kind;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, tname) == LUA_TTABLE) /* anything may be in the registry */
    lua_setmetatable(L, -2);
  else
    lua_pop(L, 1);
  return object;
}

void l_attach(lua_State *L, l_object *object, vm_region *region) {
  vm_hold(region);
  object->region = region;
  l_pushregion(L, region);
  lua_setiuservalue(L, -2, 1);
}

void *l_test(lua_State *L, int arg, uint64_t kind, size_t size) {
  if (lua_type(L, arg) != LUA_TUSERDATA || lua_rawlen(L, arg) != size) return NULL;
  l_object *object = lua_touserdata(L, arg);
  return object->kind == kind ? object : NULL;
}

bool l_isours(lua_State *L, int arg) {
  if (lua_type(L, arg) != LUA_TUSERDATA || lua_rawlen(L, arg) < sizeof(l_object)) return false;
  const l_object *object = lua_touserdata(L, arg);
  return (object->kind & ~(uint64_t)0xffff) == L_KIND(0);
}

int l_forget(lua_State *L) {
  if (!l_isours(L, 1)) return 0;
  l_object *object = lua_touserdata(L, 1);
  if (object->region == NULL) return 0;
  vm_region *region = object->region;
  object->region = NULL;
  if (object->kind == L_REGION) {
    l_abandon(L, region, VM_BY_COLLECTION);
    region->owner = NULL;
  }
  vm_drop(region);
  return 0;
}

int l_member(lua_State *L) {
  lua_settop(L, 2);
  for (int i = 1; i <= 2; i++) {
    if (!lua_istable(L, lua_upvalueindex(i))) return 0; /* debug.setupvalue was here */
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(i)) != LUA_TNIL) {
      if (i == 1) return 1;
      lua_pushvalue(L, 1);
      lua_call(L, 1, 1);
      return 1;
    }
    lua_pop(L, 1);
  }
  return 0;
}

int l_pairs(lua_State *L, lua_CFunction next) {
  lua_pushcfunction(L, next);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

static void new_table(lua_State *L, const luaL_Reg *functions) {
  lua_newtable(L);
  luaL_setfuncs(L, functions, 0);
}

void l_newclass(lua_State *L, const char *tname, const luaL_Reg *meta, const luaL_Reg *methods,
                const luaL_Reg *fields, lua_CFunction first) {
  luaL_newmetatable(L, tname);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, tname);
  luaL_setfuncs(L, meta, 0);
  new_table(L, methods);
  new_table(L, fields);
  lua_pushcclosure(L, first != NULL ? first : l_member, 2);
  lua_setfield(L, -2, "__index");
}
