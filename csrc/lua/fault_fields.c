/* fault_fields.c: the fields and the methods of faults. */
#include "core/loss.h"
#include "lua/classes.h"
#include "lua/fault_text.h"
#include "lua/live_regions.h"

static int fault_kind(lua_State *L) {
  const l_fault *fault = l_checkfault(L);
  const char *kind = l_fault_is_guard(fault) ? "guard_page" : "access_violation";
  if (fault->loss != VM_NOT_LOST) kind = "in_page_error";
  lua_pushstring(L, *l_fault_text_at_1(L).overflow != '\0' ? "stack_overflow" : kind);
  return 1;
}

static int fault_access(lua_State *L) {
  lua_pushstring(L, l_checkfault(L)->access == VM_WRITE ? "write" : "read");
  return 1;
}

static int fault_address(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)l_checkfault(L)->address);
  return 1;
}

static int fault_region(lua_State *L) {
  l_fault *fault = l_checkfault(L);
  if (fault->object.region == NULL) return 0;
  l_pushregion(L, fault->object.region);
  return 1;
}

static int fault_offset(lua_State *L) {
  l_fault *fault = l_checkfault(L);
  if (fault->object.region == NULL) return 0;
  lua_pushinteger(L, (lua_Integer)l_fault_offset(fault));
  return 1;
}

static int fault_page(lua_State *L) {
  l_fault *fault = l_checkfault(L);
  if (fault->object.region == NULL) return 0;
  lua_pushinteger(L, l_fault_page(fault));
  return 1;
}

static int fault_state(lua_State *L) {
  l_fault *fault = l_checkfault(L);
  if (fault->object.region == NULL) return 0;
  l_pushstate(L, fault->byte);
  lua_pop(L, 1);
  return 1;
}

static int fault_protection(lua_State *L) {
  l_fault *fault = l_checkfault(L);
  if (fault->object.region == NULL) return 0;
  l_pushstate(L, fault->byte);
  return 1;
}

static int fault_reason(lua_State *L) {
  unsigned loss = l_checkfault(L)->loss;
  if (loss == VM_NOT_LOST) return 0;
  lua_pushstring(L, loss == VM_TRUNCATED ? "truncated" : "io_error");
  return 1;
}

static int fault_section(lua_State *L) {
  l_checkfault(L);
  l_push_fault_entry(L, 1, L_FAULT_SECTION);
  return 1;
}

static int fault_size(lua_State *L) {
  lua_pushinteger(L, l_checkfault(L)->size);
  return 1;
}

static int fault_type(lua_State *L) {
  unsigned type = l_checkfault(L)->type;
  if (type == 0) return 0;
  lua_pushstring(L, l_types[type - 1].name);
  return 1;
}

static int fault_atomic(lua_State *L) {
  lua_pushboolean(L, l_checkfault(L)->is_atomic);
  return 1;
}

static int fault_value(lua_State *L) {
  const l_fault *fault = l_checkfault(L);
  if (fault->access != VM_WRITE || fault->type == 0 || fault->is_atomic) return 0;
  l_push_wanted(L, fault, 1);
  return 1;
}

static int fault_bytes(lua_State *L) {
  l_checkfault(L);
  l_push_fault_entry(L, 1, L_FAULT_BYTES);
  return lua_isboolean(L, -1) ? 0 : 1;
}

static int fault_where(lua_State *L) {
  l_fault *fault = l_checkfault(L);
  if (fault->line == 0) return 0;
  l_push_fault_where(L, fault);
  return 1;
}

static const luaL_Reg fault_meta[] = {
    {"__tostring", l_fault_tostring},
    {NULL, NULL},
};

static const luaL_Reg fault_methods[] = {
    {"answer", l_fault_answer},
    {NULL, NULL},
};

static const luaL_Reg fault_fields[] = {
    {"access", fault_access},
    {"address", fault_address},
    {"atomic", fault_atomic},
    {"bytes", fault_bytes},
    {"kind", fault_kind},
    {"offset", fault_offset},
    {"page", fault_page},
    {"protection", fault_protection},
    {"reason", fault_reason},
    {"region", fault_region},
    {"section", fault_section},
    {"size", fault_size},
    {"state", fault_state},
    {"type", fault_type},
    {"value", fault_value},
    {"where", fault_where},
    {NULL, NULL},
};

void l_open_fault(lua_State *L) {
  static const l_members members = {
      .meta = fault_meta, .methods = fault_methods, .fields = fault_fields};
  l_open_fault_text(L);
  l_newclass(L, &l_fault_class, &members);
  lua_pop(L, 1);
}
