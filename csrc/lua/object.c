/* object.c: makes, checks and collects vmem's userdata, and builds their metatables. */
#include <string.h>

#include "lua/object.h"
#include "lua/slot.h"
#include "lua/state.h"

/* {====== Making ====== */

static void *push_new(lua_State *L, const l_class *class) {
  size_t size = sizeof(l_number) + class->more;
  void *memory = lua_newuserdatauv(L, size, 1);
  memset(memory, 0, size);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, class) == LUA_TTABLE) /* else a script changed it */
    lua_setmetatable(L, -2);
  else
    lua_pop(L, 1);
  return memory;
}

/* Lets finalizers run now, and not while the new object is not initialised: debug.getlocal would show it to
** them. */
static void collect_before(lua_State *L) {
  if (lua_gc(L, LUA_GCISRUNNING) <= 0) return;
#if LUA_VERSION_NUM == 504
  /* The first step collects if a collection is due; the other two delay the next collection for longer
  ** than one object takes. The three steps add up to zero. */
  lua_gc(L, LUA_GCSTEP, 2);
  lua_gc(L, LUA_GCSTEP, -1);
  lua_gc(L, LUA_GCSTEP, -1);
#else
  /* No step can delay the next one. But after one that is made in any case, the next is far enough. */
  lua_gc(L, LUA_GCSTEP, (size_t)0);
#endif
}

void *l_new(lua_State *L, const l_class *class) {
  collect_before(L);
  void *memory = push_new(L, class);
  l_chunk *book = class == &l_state_class ? l_new_book() : l_checkstate(L)->book;
  l_slot *slot = book != NULL ? l_take_slot(L, book, memory) : NULL;
  if (slot == NULL) l_error(L, "not enough memory");
  l_object *object = l_slot_object(slot);
  object->class = class;
  return object;
}

/* ====== } */

/* {====== Checking ====== */

void *l_check(lua_State *L, int arg, const l_class *class) {
  void *object = l_test(L, arg, class);
  if (object != NULL) return object;
  if (l_isover(L, arg, class)) l_error(L, "%s", class->over);
  l_typeerror(L, arg, class->name);
}

l_state *l_checkstate(lua_State *L) {
  l_state *state = l_state_of(L);
  if (state == NULL) l_error(L, "%s", l_state_class.over);
  return state;
}

/* ====== } */

static l_slot *slot_of(l_object *object) { return (l_slot *)(void *)object - 1; }

void l_give(lua_State *L, l_object *object, vm_region *region) {
  bool has_short_way = l_stack_known && object->class->stamp != 0;
  object->region = region;
  if (has_short_way)
    atomic_store_explicit(&slot_of(object)->stamp, l_stamp(L, object->class->stamp),
                          memory_order_relaxed);
}

/* ====== } */

/* {====== The end ====== */

static void end(lua_State *L, l_object *object) {
  if (object->class->end != NULL) object->class->end(L, object);
  if (object->region != NULL) vm_drop(object->region);
}

static void end_of_slot(lua_State *L, l_slot *slot) {
  l_object *object = l_slot_object(slot);
  if (object->class != &l_state_class) end(L, object);
}

/* __gc. The end of the state's own object ends all objects that are left: those that
** finalizers made while the state closes (Lua does not finalise them), those that have lost their
** metatable, and every object if a script took the state out of the registry. */
static int collect(lua_State *L) {
  l_object *object = l_ours(L, 1);
  if (object == NULL) return 0;
  const void *memory = lua_touserdata(L, 1);
  l_chunk *book = l_book_of(memory);
  if (object->class == &l_state_class) {
    l_each_slot(L, book, end_of_slot);
    end(L, object);
    l_free_book(book);
  } else {
    end(L, object);
    l_return_slot(slot_of(object), memory);
  }
  return 0;
}

/* ====== } */

int l_index_member(lua_State *L) {
  lua_settop(L, 2);
  for (int i = 1; i <= 2; i++) {
    if (!lua_istable(L, lua_upvalueindex(i))) return 0; /* replaced by debug.setupvalue */
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

/* Adds functions to the table on top of the stack. */
static void add(lua_State *L, const luaL_Reg *functions) {
  if (functions != NULL) luaL_setfuncs(L, functions, 0);
}

void l_newclass(lua_State *L, const l_class *class, const l_members *members) {
  luaL_newmetatable(L, class->name);
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  add(L, members->meta);
  lua_newtable(L);
  add(L, members->methods);
  for (size_t i = 0; members->more != NULL && members->more[i] != NULL; i++)
    add(L, members->more[i]);
  lua_newtable(L);
  add(L, members->fields);
  lua_pushcclosure(L, members->index != NULL ? members->index : l_index_member, 2);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, -1); /* last: l_new sees a whole metatable, or none */
  lua_rawsetp(L, LUA_REGISTRYINDEX, class);
}
