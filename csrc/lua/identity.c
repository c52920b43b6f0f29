/* identity.c: which userdata are objects of vmem, and of which class. */
#include <string.h>

#include "lua/object.h"
#include "lua/slot.h"

l_object *l_ours(lua_State *L, int arg) {
  if (lua_type(L, arg) != LUA_TUSERDATA || lua_rawlen(L, arg) < sizeof(l_number)) return NULL;
  l_slot *slot = l_slot_of(lua_touserdata(L, arg));
  bool ours = slot != NULL && atomic_load_explicit(&slot->state, memory_order_relaxed) ==
                                  lua_topointer(L, LUA_REGISTRYINDEX);
  return ours ? l_slot_object(slot) : NULL;
}

/* The size is checked because of the fields that a userdata has after its number: slot.h describes the
** one case in which a foreign userdata is not recognised. */
void *l_test(lua_State *L, int arg, const l_class *class) {
  l_object *object = l_ours(L, arg);
  if (object == NULL || object->class != class) return NULL;
  bool whole = class->more == 0 || lua_rawlen(L, arg) == sizeof(l_number) + class->more;
  return whole ? object : NULL;
}

bool l_isover(lua_State *L, int arg, const l_class *class) {
  if (lua_type(L, arg) != LUA_TUSERDATA || l_ours(L, arg) != NULL ||
      lua_rawlen(L, arg) != sizeof(l_number) + class->more || !lua_getmetatable(L, arg))
    return false;
  lua_rawgetp(L, LUA_REGISTRYINDEX, class);
  bool over = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return over;
}
