/* steps.c: iterators that are objects: `for` calls them as it calls functions, and print says what they walk. */
#include "lua/steps.h"

#include "lua/object.h"
#include "lua/slot.h"
#include "lua/told.h"

/* Its user values. An object with a slot would take longer to make than a short walk takes. */
enum { WALKED = 1, FROM, TO };

int l_pushsteps(lua_State *L, const l_steps *kind, size_t from, size_t to) {
  lua_newuserdatauv(L, 0, TO);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, WALKED);
  lua_pushinteger(L, (lua_Integer)from);
  lua_setiuservalue(L, -2, FROM);
  lua_pushinteger(L, (lua_Integer)to);
  lua_setiuservalue(L, -2, TO);
  l_settold(L, kind);
  return 1;
}

/* No object of vmem has so many user values. */
static void check(lua_State *L) {
  bool is_one = lua_type(L, 1) == LUA_TUSERDATA && lua_rawlen(L, 1) == 0;
  if (!is_one || lua_getiuservalue(L, 1, TO) == LUA_TNONE) l_typeerror(L, 1, "iterator");
  lua_pop(L, 1);
}

/* __pairs: the iterator itself. */
static int steps_pairs(lua_State *L) {
  check(L);
  lua_settop(L, 1);
  return 1;
}

void l_newsteps(lua_State *L, const l_steps *kind) {
  l_newtold(L, kind->name, kind);
  lua_pushcfunction(L, kind->step);
  lua_setfield(L, -2, "__call");
  lua_pushcfunction(L, steps_pairs);
  lua_setfield(L, -2, "__pairs");
  lua_pop(L, 1);
}

size_t l_begin_step(lua_State *L) {
  check(L);
  lua_settop(L, 1);
  lua_getiuservalue(L, 1, WALKED);
  lua_getiuservalue(L, 1, FROM);
  size_t from = (size_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return from;
}

vm_region *l_short_step(lua_State *L, size_t *from) {
  const l_state_head *state = (const l_state_head *)(const void *)L;
  const l_value *self = state->call->function + 1;
  if (!l_stack_known || self >= state->top || self->tag != L_TAG_USERDATA) return NULL;
  const l_userdata_full *iterator = self->as.object;
  if (iterator->head.user_values != TO) return NULL;
  const l_value *values[] = {&iterator->user.value, &(&iterator->user)[1].value};
  if (values[0]->tag != L_TAG_USERDATA || values[1]->tag != L_TAG_INTEGER) return NULL;
  const l_object *object = l_short_object(L, values[0], L_SHORT_REGION);
  if (object == NULL || !object->region->live) return NULL;
  *from = (size_t)values[1]->as.integer;
  return object->region;
}

size_t l_end_of_steps(lua_State *L) {
  lua_getiuservalue(L, 1, TO);
  size_t to = (size_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return to;
}

void l_set_step(lua_State *L, size_t offset) {
  lua_pushinteger(L, (lua_Integer)offset);
  lua_setiuservalue(L, 1, FROM);
}

int l_pushstep(lua_State *L, const vm_run *run) {
  l_set_step(L, run->offset + run->size);
  lua_pushinteger(L, (lua_Integer)run->offset);
  lua_pushinteger(L, (lua_Integer)run->size);
  return 2;
}

int l_steps_of(lua_State *L) {
  check(L);
  for (int value = WALKED; value <= TO; value++) lua_getiuservalue(L, 1, value);
  return TO;
}
