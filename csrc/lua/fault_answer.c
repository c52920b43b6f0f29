/* fault_answer.c: answers to faults: what a handler gets to know, and what it gives. */
#include "lua/fault_text.h"

/* Why the fault cannot be answered, or NULL. */
static const char *why_not(lua_State *L, const l_fault *fault, int index) {
  if (fault->is_atomic) return "an atomic happens in memory, so commit the page instead";
  if (fault->access == VM_READ || fault->type != 0) return NULL;
  l_push_fault_entry(L, index, L_FAULT_BYTES);
  int type = lua_type(L, -1);
  lua_pop(L, 1);
  if (type == LUA_TBOOLEAN) return "the file has fewer bytes than are to be loaded here";
  return type == LUA_TNIL
             ? "the file cannot go back, so its bytes are not known before they are loaded"
             : NULL;
}

bool l_can_be_answered(lua_State *L, const l_fault *fault, int index) {
  return why_not(L, fault, index) == NULL;
}

/* Pushes the answer to a read as the bytes of memory. */
static void push_read(lua_State *L, const l_fault *fault) {
  size_t length, size = fault->size;
  if (fault->type != 0) {
    l_element element = l_checkelement(L, 2, fault->type - 1U);
    lua_pushlstring(L, (const char *)&element, size);
    return;
  }
  l_checkbytes(L, 2, "answer", &length);
  if (length != size)
    l_argerror(L, 2, "answer must be %I bytes, not %I", (lua_Integer)size, (lua_Integer)length);
  lua_pushvalue(L, 2);
}

/* fault:answer(value) for a read, fault:answer() for a write. */
int l_fault_answer(lua_State *L) {
  lua_settop(L, 2);
  l_fault *fault = l_checkfault(L);
  if (fault->access != VM_READ && !fault->is_atomic && !lua_isnil(L, 2))
    l_argerror(L, 2, "a write is answered without a value");
  const char *why = why_not(L, fault, 1);
  if (why != NULL) l_error(L, "cannot answer: %s", why);
  if (fault->access == VM_READ) {
    push_read(L, fault);
  } else {
    lua_pushboolean(L, true);
  }
  fault = l_checkfault(L); /* finalizers may have run */
  if (lua_getiuservalue(L, 1, 1) != LUA_TTABLE) return l_error(L, "fault is over");
  lua_insert(L, -2);
  lua_rawseti(L, -2, L_FAULT_ANSWER);
  fault->answered = true;
  lua_pushboolean(L, true); /* so a handler may return it */
  return 1;
}

void l_push_wanted(lua_State *L, const l_fault *fault, int index) {
  if (fault->access == VM_READ) {
    lua_pushinteger(L, fault->size);
  } else if (fault->type == 0) {
    l_push_fault_entry(L, index, L_FAULT_BYTES);
  } else {
    l_element value = l_fault_value(L, index);
    l_pushelement(L, fault->type - 1U, &value);
  }
}

void l_push_answer(lua_State *L, const l_fault *fault, int index) {
  size_t length = 0, size = fault->size;
  bool reads = fault->access == VM_READ;
  if (fault->answered)
    l_push_fault_entry(L, index, L_FAULT_ANSWER);
  else
    lua_pushnil(L);
  if (lua_type(L, -1) == LUA_TSTRING) lua_tolstring(L, -1, &length);
  if (reads ? length == size : lua_isboolean(L, -1)) return;
  lua_pop(L, 1);
  lua_pushnil(L);
}
