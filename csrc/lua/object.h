/* object.h: the objects of vmem: their classes, how they are made, and how a userdata is recognised as
** one. */
#ifndef LUA_OBJECT_H
#define LUA_OBJECT_H

#include "lua/base.h"

typedef struct l_object l_object;

/* A kind of userdata. Its address is the registry key of the metatable. */
typedef struct l_class {
  const char *name;
  const char *over; /* the error for an object that has been finalised */
  size_t more;      /* bytes of the userdata besides its number; a script may have changed them */
  unsigned stamp;   /* L_SHORT_..., if the class has a short way */
  /* Frees what the object has besides the region. Runs no Lua. NULL: it has nothing. */
  void (*end)(lua_State *L, l_object *object);
} l_class;

/* The beginning of every object. It lies in the object's slot (slot.h). */
struct l_object {
  const l_class *class;
  vm_region
      *region; /* the object is a holder of it; NULL when closed, or for classes without one */
};

/* Pushes a new userdata with its class's metatable and one user value; gives its object, of which there are
** L_OBJECT_SIZE bytes, closed and zeroed. Allocating may run finalizers, so arguments are read after it, and
** then given to l_attach. */
void *l_new(lua_State *L, const l_class *class);

/* Gives `region` to the object whose userdata is on top of the stack. */
void l_give(lua_State *L, l_object *object, vm_region *region);

/* The object at `arg` if it is of this class, else NULL. */
void *l_test(lua_State *L, int arg, const l_class *class);

/* The same; raises if it is not. */
void *l_check(lua_State *L, int arg, const l_class *class);

/* The object at `arg`, of any class; NULL when the value is not an object of vmem. */
l_object *l_ours(lua_State *L, int arg);

/* Whether the value at `arg` looks like an object of the class that has been finalised. */
bool l_isover(lua_State *L, int arg, const l_class *class);

/* What vmem keeps for the state; raises once it is closed. */
struct l_state *l_checkstate(lua_State *L);

/* The parts of a class's metatable; each may be NULL. */
typedef struct l_members {
  const luaL_Reg *meta;
  const luaL_Reg *methods;
  const luaL_Reg *const *more; /* methods of other files; the last list is NULL */
  const luaL_Reg *fields;      /* functions that compute a field when it is read */
  lua_CFunction index;         /* instead of __index; ends with `return l_index_member(L)` */
} l_members;

/* Makes the class's metatable, with __gc, and leaves it on the stack. */
void l_newclass(lua_State *L, const l_class *class, const l_members *members);

/* __pairs of an object with numbered elements: pushes `next`, the object and 0, and returns 3. */
int l_pairs(lua_State *L, lua_CFunction next);

/* __index for names: argument 1 is the object, 2 the key. */
int l_index_member(lua_State *L);

#endif
