/* object.h: userdata of vmem, their classes, and how they are told from those of others. */
#ifndef LUA_OBJECT_H
#define LUA_OBJECT_H

#include "lua/base.h"

typedef struct l_object l_object;

/* A kind of userdata. Its address is the registry key of the metatable. */
typedef struct l_class {
  const char *name;
  const char *over; /* the error that is raised for an object that has been finalised */
  size_t more;      /* bytes that the userdata has besides its number; nobody may trust them */
  unsigned stamp;   /* L_SHORT_..., where there is a short way */
  /* Lets go of what it has besides the region. Runs no Lua. NULL: there is nothing. */
  void (*end)(lua_State *L, l_object *object);
} l_class;

/* What the slot of every userdata of vmem starts with. */
struct l_object {
  const l_class *class;
  vm_region *region; /* held; NULL once closed, or for what never had one */
};

/* Pushes a new userdata with its class's metatable and one user value; gives its object, of which there are
** L_OBJECT_SIZE bytes, closed and zeroed. Allocating may run finalizers, so arguments are read after it, and
** then given to l_attach. */
void *l_new(lua_State *L, const l_class *class);

/* The object, whose userdata is on top of the stack, has `region` from now on. */
void l_give(lua_State *L, l_object *object, vm_region *region);

/* The object at `arg` if it is of this class, else NULL. */
void *l_test(lua_State *L, int arg, const l_class *class);

/* The same; raises if it is not. */
void *l_check(lua_State *L, int arg, const l_class *class);

/* The object at `arg`, of whatever class, or NULL where there is none of vmem's. */
l_object *l_ours(lua_State *L, int arg);

/* Whether the value at `arg` looks like an object of the class that has been finalised. */
bool l_isover(lua_State *L, int arg, const l_class *class);

/* What vmem keeps for the state; raises once it is closed. */
struct l_state *l_checkstate(lua_State *L);

/* What a class's metatable is made of; each may be NULL. */
typedef struct l_members {
  const luaL_Reg *meta;
  const luaL_Reg *methods;
  const luaL_Reg *const *more; /* methods of other files; the last list is NULL */
  const luaL_Reg *fields;      /* each is computed when it is asked for */
  lua_CFunction index;         /* instead of __index; ends with `return l_index_member(L)` */
} l_members;

/* Makes the class's metatable, with __gc, and leaves it on the stack. */
void l_newclass(lua_State *L, const l_class *class, const l_members *members);

/* What __pairs gives of an object whose elements are numbered: `next`, the object, 0. */
int l_pairs(lua_State *L, lua_CFunction next);

/* __index for names: argument 1 is the object, 2 the key. */
int l_index_member(lua_State *L);

#endif
