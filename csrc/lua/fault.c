/* fault.c: the fault object: its fields, and the sentence that describes the fault. */
#include "lua/fault.h"

#include <stdio.h>
#include <string.h>

#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/slot.h"
#include "os/os.h"

/* These fields are in the userdata, where a script may change them: nothing relies on them. */
typedef struct l_fault_text {
  char source[LUA_IDSIZE]; /* the name of the script that made the access */
  char overflow[400];      /* the stack's message for a fault at its end; else "" */
  l_element value;         /* to be written */
} l_fault_text;

const l_class l_fault_class = {
    .name = "vmem.fault", .over = "fault is over", .more = sizeof(l_fault_text)};

_Static_assert(sizeof(l_fault) <= L_OBJECT_SIZE, "it fits into a slot");

static _Atomic(lua_CFunction) lua_pcall_function; /* Lua's own pcall, the same in every state */

l_fault *l_checkfault(lua_State *L) { return l_check(L, 1, &l_fault_class); }

/* Where the text of the fault at `arg` begins. */
static char *text_at(lua_State *L, int arg) {
  return (char *)lua_touserdata(L, arg) + sizeof(l_number);
}

/* The text of the fault at 1. */
static l_fault_text read_text(lua_State *L) {
  l_fault_text text;
  memcpy(&text, text_at(L, 1), sizeof text);
  text.source[sizeof text.source - 1] = text.overflow[sizeof text.overflow - 1] = '\0';
  return text;
}

/* Pushes an entry of the fault's user value; nil if that was replaced (debug library). */
static void push_entry(lua_State *L, int index, int entry) {
  if (lua_getiuservalue(L, index, 1) == LUA_TTABLE)
    lua_rawgeti(L, -1, entry);
  else
    lua_pushnil(L);
  lua_remove(L, -2);
}

static lua_Integer page_of(const l_fault *fault) {
  return (lua_Integer)(l_fault_offset(fault) >> fault->object.region->page_shift) + 1;
}

/* The end of the sentence: why the page refused the access. */
static const char *reason_of(lua_State *L, const l_fault *fault) {
  const char *protection = l_protection(fault->byte);
  if (l_fault_is_guard(fault) && fault->refusal != VM_OK) {
    char text[OS_ADVICE];
    return lua_pushfstring(L, "is a guard page, and the system refuses to take its guard off: %s",
                           l_advice((vm_error)fault->refusal, text));
  }
  if (l_fault_is_guard(fault)) {
    if (fault->after & VM_GUARD) return "was a guard page, and a handler has made it one again";
    if ((fault->after & VM_COMMITTED) == 0)
      return "was a guard page, and a handler has taken it away";
    return "was a guard page, and is an ordinary page from now on";
  }
  if (fault->refusal != VM_OK) {
    char text[OS_ADVICE];
    return lua_pushfstring(L, "is reserved, and cannot be committed: %s",
                           l_advice((vm_error)fault->refusal, text));
  }
  if ((fault->byte & VM_COMMITTED) == 0) return "is reserved, not committed";
  if ((fault->byte & VM_READ) == 0)
    return "is committed, but its protection none forbids any access";
  return lua_pushfstring(L, "must not be written, its protection is %s", protection);
}

static void push_sentence(lua_State *L, const l_fault *fault) {
  l_fault f = *fault; /* pushing may run finalizers */
  l_fault_text text = read_text(L);
  if (*text.overflow != '\0') {
    lua_pushstring(L, text.overflow);
    return;
  }
  const char *violation = l_fault_is_guard(&f) ? "guard page violation" : "access violation";
  const char *doing = f.access == VM_WRITE ? "writing" : "reading";
  if (f.object.region == NULL) {
    const char *address = l_pushaddress(L, f.address);
    lua_pushfstring(L, "%s %s %s: no live region holds this address", violation, doing, address);
    return;
  }
  lua_Integer page = page_of(&f);
  uintptr_t base = f.object.region->base;
  const char *address = l_pushaddress(L, f.address);
  const char *region = l_pushaddress(L, base);
  const char *reason = reason_of(L, &f);
  lua_pushfstring(L, "%s %s %s: page %I of region %s %s", violation, doing, address, page, region,
                  reason);
}

/* When no script catches an error, the message handler of lua.c (a C function) asks for its text, with
** the raising C function right below it on the stack. The text then has the script's line in front, as
** other errors have. A script that has caught the fault, and calls tostring itself or by pcall, gets the
** sentence without it. */
static bool is_uncaught(lua_State *L, const l_fault *fault) {
  lua_Debug frame;
  if (!fault->raised) return false;
  for (int level = 1; level <= 2; level++) {
    if (!lua_getstack(L, level, &frame)) return false;
    lua_getinfo(L, "Sf", &frame);
    lua_CFunction function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    if (*frame.what != 'C' || function == lua_pcall_function) return false;
  }
  return true;
}

/* "script.lua:12" */
static void push_where(lua_State *L, const l_fault *fault) {
  int line = fault->line; /* pushing may run finalizers */
  l_fault_text text = read_text(L);
  lua_pushfstring(L, "%s:%d", text.source, line);
}

static int fault_tostring(lua_State *L) {
  if (l_isover(L, 1, &l_fault_class)) {
    lua_pushstring(L, "vmem.fault (over)");
    return 1;
  }
  l_fault f = *l_checkfault(L);
  bool uncaught = is_uncaught(L, &f) && f.line > 0;
  push_sentence(L, &f);
  if (!uncaught) return 1;
  push_where(L, &f);
  lua_pushfstring(L, "%s: %s", lua_tostring(L, -1), lua_tostring(L, -2));
  return 1;
}

static int fault_kind(lua_State *L) {
  const l_fault *fault = l_checkfault(L);
  const char *kind = l_fault_is_guard(fault) ? "guard_page" : "access_violation";
  lua_pushstring(L, *read_text(L).overflow != '\0' ? "stack_overflow" : kind);
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
  lua_pushinteger(L, page_of(fault));
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

static int fault_value(lua_State *L) {
  const l_fault *fault = l_checkfault(L);
  if (fault->access != VM_WRITE || fault->type == 0) return 0;
  l_push_wanted(L, fault, 1);
  return 1;
}

static int fault_bytes(lua_State *L) {
  l_checkfault(L);
  push_entry(L, 1, L_FAULT_BYTES);
  return lua_isboolean(L, -1) ? 0 : 1;
}

static int fault_where(lua_State *L) {
  l_fault *fault = l_checkfault(L);
  if (fault->line == 0) return 0;
  push_where(L, fault);
  return 1;
}

/* {====== Answering ====== */

/* Why the fault cannot be answered, or NULL. */
static const char *why_unknown(lua_State *L, const l_fault *fault, int index) {
  if (fault->access == VM_READ || fault->type != 0) return NULL;
  push_entry(L, index, L_FAULT_BYTES);
  int type = lua_type(L, -1);
  lua_pop(L, 1);
  if (type == LUA_TBOOLEAN) return "the file has fewer bytes than are to be loaded here";
  return type == LUA_TNIL
             ? "the file cannot go back, so its bytes are not known before they are loaded"
             : NULL;
}

bool l_is_known(lua_State *L, const l_fault *fault, int index) {
  return why_unknown(L, fault, index) == NULL;
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
static int fault_answer(lua_State *L) {
  lua_settop(L, 2);
  l_fault *fault = l_checkfault(L);
  if (fault->access == VM_READ) {
    push_read(L, fault);
  } else {
    if (!lua_isnil(L, 2)) l_argerror(L, 2, "a write is answered without a value");
    const char *why = why_unknown(L, fault, 1);
    if (why != NULL) l_error(L, "cannot answer: %s", why);
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
    push_entry(L, index, L_FAULT_BYTES);
  } else {
    l_element value;
    memcpy(&value, text_at(L, index) + offsetof(l_fault_text, value), sizeof value);
    l_pushelement(L, fault->type - 1U, &value);
  }
}

void l_push_answer(lua_State *L, const l_fault *fault, int index) {
  size_t length = 0, size = fault->size;
  bool reads = fault->access == VM_READ;
  if (fault->answered)
    push_entry(L, index, L_FAULT_ANSWER);
  else
    lua_pushnil(L);
  if (lua_type(L, -1) == LUA_TSTRING) lua_tolstring(L, -1, &length);
  if (reads ? length == size : lua_isboolean(L, -1)) return;
  lua_pop(L, 1);
  lua_pushnil(L);
}

/* ====== } */

/* {====== Setting ====== */

l_fault *l_push_fault(lua_State *L, int bytes) {
  lua_createtable(L, L_FAULT_ANSWER, 0);
  lua_pushvalue(L, bytes);
  lua_rawseti(L, -2, L_FAULT_BYTES);
  l_fault *fault = l_new(L, &l_fault_class);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  return fault;
}

void l_attach_fault(lua_State *L, l_fault *fault, vm_region *region) {
  vm_hold(region);
  l_give(L, &fault->object, region);
  if (lua_getiuservalue(L, -1, 1) == LUA_TTABLE) {
    l_pushregion(L, region);
    lua_rawseti(L, -2, L_FAULT_REGION);
  }
  lua_pop(L, 1);
}

void l_record_fault(lua_State *L, const l_fault *fault, size_t size) {
  vm_region *region = fault->object.region;
  if (region != NULL && !region->live) return;
  bool is_guard = l_fault_is_guard(fault), is_refused = fault->refusal != VM_OK;
  if (is_refused && !is_guard) return; /* touch.c has recorded it */
  vm_recording *recording = region != NULL ? region->recording : vm_recording_of(l_space(L));
  if (recording == NULL) return;
  vm_event event = {.offset = region != NULL ? l_fault_offset(fault) : fault->address,
                    .size = size,
                    .what = VM_DID_FAULT,
                    .byte = fault->byte,
                    .access = fault->access,
                    .detail = is_refused};
  l_record_event(L, recording, region, &event);
}

void l_fault_set_text(lua_State *L, l_fault *fault, l_element value) {
  lua_Debug frame;
  memcpy(text_at(L, -1) + offsetof(l_fault_text, value), &value, sizeof value);
  if (!l_running_line(L, &frame)) return;
  fault->line = frame.currentline;
  memcpy(text_at(L, -1) + offsetof(l_fault_text, source), frame.short_src, sizeof frame.short_src);
}

int l_set_overflow_text(lua_State *L) {
  size_t length;
  const char *sentence = l_checkbytes(L, 2, "sentence", &length);
  l_checkfault(L);
  snprintf(text_at(L, 1) + offsetof(l_fault_text, overflow), sizeof((l_fault_text *)0)->overflow,
           "%s", sentence);
  return 0;
}

void l_fault_set_raised(l_fault *fault) {
  vm_region *region = fault->object.region;
  fault->raised = true;
  if (region != NULL)
    fault->after = (uint8_t)(region->live ? vm_state_at(region, l_fault_offset(fault)) : 0);
}

/* ====== } */

static const luaL_Reg fault_meta[] = {
    {"__tostring", fault_tostring},
    {NULL, NULL},
};

static const luaL_Reg fault_methods[] = {
    {"answer", fault_answer},
    {NULL, NULL},
};

static const luaL_Reg fault_fields[] = {
    {"access", fault_access},
    {"address", fault_address},
    {"bytes", fault_bytes},
    {"kind", fault_kind},
    {"offset", fault_offset},
    {"page", fault_page},
    {"protection", fault_protection},
    {"region", fault_region},
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
  lua_pushglobaltable(L); /* raw access: the table may have an __index that raises */
  lua_pushliteral(L, "pcall");
  lua_rawget(L, -2);
  lua_pcall_function = lua_tocfunction(L, -1);
  lua_pop(L, 2);
  l_newclass(L, &l_fault_class, &members);
  lua_pop(L, 1);
}
