/* fault.c: faults, the handlers that may mend them, and the check before every access. */
#include <stdio.h>
#include <string.h>

#include "lua/binding.h"
#include "lua/slot.h"
#include "os/os.h"

/* The part that nobody needs to trust is in the userdata. */
typedef struct l_fault_text {
  char source[LUA_IDSIZE]; /* the name of the script that made the access */
  char overflow[400];      /* what a stack says of itself when it was its end; else "" */
} l_fault_text;

typedef struct l_fault {
  l_object object; /* region: NULL for an address outside all regions */
  uintptr_t address;
  int line;       /* of the script that made the access; 0 when none did */
  uint8_t access; /* VM_READ or VM_WRITE */
  uint8_t byte;   /* the page's, when it refused */
  uint8_t armed;  /* vm_error: why the system would not take the guard off */
  bool raised;
  uint8_t after; /* of a guard page: what it was when the fault was raised */
} l_fault;

static const l_class FAULT = {
    .name = "vmem.fault", .over = "fault is over", .more = sizeof(l_fault_text)};

_Static_assert(sizeof(l_fault) <= L_OBJECT_SIZE, "it fits into a slot");

/* Their addresses are registry keys. */
static const char module_handler = 0, last_handler = 0;

/* {====== Telling ====== */

static _Atomic(lua_CFunction) lua_pcall_function; /* Lua's own pcall, the same in every state */

static l_fault *check_fault(lua_State *L) { return l_check(L, 1, &FAULT); }

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

static bool is_guard(const l_fault *fault) { return (fault->byte & VM_GUARD) != 0; }

static size_t offset_of(const l_fault *fault) {
  return fault->address - fault->object.region->base;
}

static lua_Integer page_of(const l_fault *fault) {
  return (lua_Integer)(offset_of(fault) >> fault->object.region->page_shift) + 1;
}

/* The end of the sentence: what about the page stood in the way. */
static const char *reason_of(lua_State *L, const l_fault *fault) {
  const char *protection = l_protection(fault->byte);
  if (fault->armed != VM_OK) {
    char text[OS_ADVICE];
    return lua_pushfstring(L, "is a guard page, and the system refuses to take its guard off: %s",
                           l_advice((vm_error)fault->armed, text));
  }
  if (is_guard(fault)) {
    if (fault->after & VM_GUARD) return "was a guard page, and a handler has made it one again";
    if ((fault->after & VM_COMMITTED) == 0)
      return "was a guard page, and a handler has taken it away";
    return "was a guard page, and is an ordinary page from now on";
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
  const char *violation = is_guard(&f) ? "guard page violation" : "access violation";
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

/* While an error is on its way to the outermost caller, the message handler (a C function in
** lua.c) asks for its text with the raising C function right below. The place is told then, as for
** other errors; a script that has caught the fault, and calls tostring itself or by pcall, gets the
** sentence alone. */
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
  if (l_isover(L, 1, &FAULT)) {
    lua_pushstring(L, "vmem.fault (over)");
    return 1;
  }
  l_fault f = *check_fault(L);
  bool uncaught = is_uncaught(L, &f) && f.line > 0;
  push_sentence(L, &f);
  if (!uncaught) return 1;
  push_where(L, &f);
  lua_pushfstring(L, "%s: %s", lua_tostring(L, -1), lua_tostring(L, -2));
  return 1;
}

static int fault_kind(lua_State *L) {
  const l_fault *fault = check_fault(L);
  const char *kind = is_guard(fault) ? "guard_page" : "access_violation";
  lua_pushstring(L, *read_text(L).overflow != '\0' ? "stack_overflow" : kind);
  return 1;
}

static int fault_access(lua_State *L) {
  lua_pushstring(L, check_fault(L)->access == VM_WRITE ? "write" : "read");
  return 1;
}

static int fault_address(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check_fault(L)->address);
  return 1;
}

static int fault_region(lua_State *L) {
  l_fault *fault = check_fault(L);
  if (fault->object.region == NULL) return 0;
  l_pushregion(L, fault->object.region);
  return 1;
}

static int fault_offset(lua_State *L) {
  l_fault *fault = check_fault(L);
  if (fault->object.region == NULL) return 0;
  lua_pushinteger(L, (lua_Integer)offset_of(fault));
  return 1;
}

static int fault_page(lua_State *L) {
  l_fault *fault = check_fault(L);
  if (fault->object.region == NULL) return 0;
  lua_pushinteger(L, page_of(fault));
  return 1;
}

static int fault_state(lua_State *L) {
  l_fault *fault = check_fault(L);
  if (fault->object.region == NULL) return 0;
  l_pushstate(L, fault->byte);
  lua_pop(L, 1);
  return 1;
}

static int fault_protection(lua_State *L) {
  l_fault *fault = check_fault(L);
  if (fault->object.region == NULL) return 0;
  l_pushstate(L, fault->byte);
  return 1;
}

static int fault_where(lua_State *L) {
  l_fault *fault = check_fault(L);
  if (fault->line == 0) return 0;
  push_where(L, fault);
  return 1;
}

/* ====== } */

/* {====== Raising ====== */

/* The fault is on top of the stack. */
static void note_where(lua_State *L, l_fault *fault) {
  lua_Debug frame;
  if (!l_running_line(L, &frame)) return;
  fault->line = frame.currentline;
  memcpy(text_at(L, -1) + offsetof(l_fault_text, source), frame.short_src, sizeof frame.short_src);
}

int l_overflow(lua_State *L) {
  size_t length;
  const char *sentence = l_checkbytes(L, 2, "sentence", &length);
  check_fault(L);
  snprintf(text_at(L, 1) + offsetof(l_fault_text, overflow), sizeof((l_fault_text *)0)->overflow,
           "%s", sentence);
  return 0;
}

/* Tells a recording of the fault; of one outside all regions, that of the state. */
static void record(lua_State *L, const l_fault *fault, size_t size) {
  vm_region *region = fault->object.region;
  vm_recording *recording = region != NULL ? region->recording : vm_recording_of(l_space(L));
  if (recording == NULL) return;
  vm_event event = {.offset = region != NULL ? offset_of(fault) : fault->address,
                    .size = size,
                    .what = VM_DID_FAULT,
                    .byte = fault->byte,
                    .access = fault->access,
                    .detail = fault->armed != VM_OK};
  l_record_event(L, recording, region, &event);
}

/* A handler has mended the fault. */
static void record_mend(lua_State *L, const l_fault *fault) {
  vm_region *region = fault->object.region;
  if (region == NULL || !region->live) return;
  size_t offset = offset_of(fault);
  if (region->recording != NULL)
    l_record(L, region, VM_DID_MEND, offset, 1, vm_state_at(region, offset), VM_OK);
}

/* Whether the handlers have left everything as it was where the access was refused. */
static bool still_refuses(lua_State *L, const l_fault *fault) {
  vm_region *region = fault->object.region;
  if (region == NULL) return vm_at(l_space(L), fault->address) == NULL;
  return region->live && vm_state_at(region, offset_of(fault)) == (fault->byte & VM_STATE);
}

/* Pushes region's handler, or nil. */
static void push_region_handler(lua_State *L, vm_region *region) {
  l_pushregion(L, region);
  if (lua_type(L, -1) == LUA_TUSERDATA)
    lua_getiuservalue(L, -1, 1);
  else
    lua_pushnil(L);
  lua_remove(L, -2);
}

/* A handler may have changed the page. */
static void note_raised(l_fault *fault) {
  vm_region *region = fault->object.region;
  fault->raised = true;
  if (region != NULL)
    fault->after = (uint8_t)(region->live ? vm_state_at(region, offset_of(fault)) : 0);
}

static int raise(lua_State *L) {
  note_raised(check_fault(L));
  lua_settop(L, 1);
  return lua_error(L);
}

/* Calls the handler on top of the stack with the fault at 1. Its answer comes above the fault; where
** there is no handler, nothing does. */
static void call_handler(lua_State *L, lua_KContext next, lua_KFunction k) {
  if (lua_isnil(L, -1)) {
    lua_settop(L, 1);
  } else {
    lua_pushvalue(L, 1);
    lua_callk(L, 1, 1, next, k);
  }
}

enum { ASK_REGION, ASK_MODULE, ASK_LAST, ASK_NOBODY };

/* Pushes the handler that this stage asks, or nil. */
static void push_handler(lua_State *L, lua_KContext stage) {
  if (stage == ASK_MODULE) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &module_handler);
  } else if (stage == ASK_LAST) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &last_handler);
  } else {
    vm_region *region = check_fault(L)->object.region;
    if (region != NULL)
      push_region_handler(L, region);
    else
      lua_pushnil(L);
  }
}

/* Runs the handlers for the fault at 1, the region's first. Returns when one has mended it. */
static int dispatchk(lua_State *L, int status, lua_KContext stage) {
  (void)status;
  for (;;) {
    if (stage > ASK_REGION && lua_gettop(L) > 1) { /* a handler's answer */
      bool mended = lua_toboolean(L, -1);
      lua_settop(L, 1);
      if (mended) {
        if (still_refuses(L, check_fault(L))) return raise(L);
        record_mend(L, check_fault(L));
        return 0;
      }
    }
    if (stage == ASK_NOBODY) return raise(L);
    push_handler(L, stage);
    stage++;
    call_handler(L, stage, dispatchk);
  }
}

static int dispatch(lua_State *L) { return dispatchk(L, LUA_OK, ASK_REGION); }

/* An access of `size` bytes has been refused at `address`. Returns if it should start over. */
static void trap(lua_State *L, uintptr_t address, size_t size, unsigned need, lua_KContext tries,
                 lua_KFunction again) {
  luaL_checkstack(L, 8, "fault");
  l_fault *fault = l_new(L, &FAULT);
  fault->address = address;
  fault->access = (uint8_t)need;
  vm_region *region = vm_at(l_space(L), address);
  size_t page = 4096;
  if (region != NULL) {
    size_t offset = address - region->base, refused;
    if (vm_allows(region, offset, 1, need, &refused)) { /* a finalizer has mended it */
      lua_pop(L, 1);
      return;
    }
    page = vm_page_size(region);
    l_attach(L, &fault->object, region);
    fault->byte = (uint8_t)vm_state_at(region, offset);
    if (is_guard(fault)) fault->armed = (uint8_t)vm_disarm(region, offset);
    fault->after = (uint8_t)vm_state_at(region, offset);
  }
  note_where(L, fault);
  record(L, fault, size);
  /* Every page may fault twice (guard, protection) and a scheduler may take some away in between;
  ** a handler that makes things worse each time must still come to an end. */
  if ((size_t)tries > 2 * (size / page) + 32) {
    note_raised(fault);
    lua_error(L);
  }
  lua_pushcfunction(L, dispatch);
  lua_insert(L, -2);
  lua_callk(L, 1, 0, tries + 1, again);
}

/* A permitted access is about to happen. */
static void note(lua_State *L, vm_region *region, size_t offset, size_t size, unsigned need) {
  if (need != VM_WRITE) {
    l_record_read(L, region, offset, size);
    return;
  }
  if (!vm_note_write(region, offset, size)) l_error(L, "not enough memory");
  l_record_write(L, region, offset, size);
}

bool l_permit(lua_State *L, vm_region *region, size_t offset, size_t size, unsigned need,
              lua_KContext tries, lua_KFunction again) {
  size_t refused;
  if (vm_allows(region, offset, size, need, &refused)) {
    note(L, region, offset, size, need);
    return true;
  }
  trap(L, region->base + refused, size, need, tries, again);
  return false;
}

/* The part of [address, address+size) that lies in the region. */
static size_t part_of(const vm_region *region, uintptr_t address, size_t size) {
  size_t rest = region->size - (address - region->base);
  return rest < size ? rest : size;
}

bool l_permit_address(lua_State *L, uintptr_t address, size_t size, unsigned need,
                      lua_KContext tries, lua_KFunction again) {
  const vm_space *space = l_space(L);
  size_t part, refused;
  for (size_t done = 0; done < size; done += part) {
    vm_region *region = vm_at(space, address + done);
    size_t offset = region != NULL ? address + done - region->base : 0;
    part = region != NULL ? part_of(region, address + done, size - done) : 0;
    refused = offset;
    if (region == NULL || !vm_allows(region, offset, part, need, &refused)) {
      trap(L, address + done + (refused - offset), size, need, tries, again);
      return false;
    }
  }
  for (size_t done = 0; done < size; done += part) {
    vm_region *region = vm_at(space, address + done);
    part = part_of(region, address + done, size - done);
    note(L, region, address + done - region->base, part, need);
  }
  return true;
}

/* ====== } */

/* {====== Handlers ====== */

static void check_handler(lua_State *L, int arg) {
  if (!lua_isnoneornil(L, arg) && !lua_isfunction(L, arg))
    l_argerror(L, arg, "handler must be a function or nil, not %s", luaL_typename(L, arg));
  lua_settop(L, arg);
}

int l_region_on_fault(lua_State *L) {
  vm_region *region = l_checkregion(L, 1);
  check_handler(L, 2);
  push_region_handler(L, region);
  lua_insert(L, 2);
  lua_setiuservalue(L, 1, 1);
  return 1;
}

static int exchange_handler(lua_State *L, const void *key) {
  check_handler(L, 1);
  lua_rawgetp(L, LUA_REGISTRYINDEX, key);
  lua_insert(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
  return 1;
}

int l_on_fault(lua_State *L) { return exchange_handler(L, &module_handler); }

int l_on_last(lua_State *L) { return exchange_handler(L, &last_handler); }

/* ====== } */

static const luaL_Reg meta[] = {
    {"__tostring", fault_tostring},
    {NULL, NULL},
};

static const luaL_Reg methods[] = {
    {NULL, NULL},
};

static const luaL_Reg fields[] = {
    {"kind", fault_kind},       {"access", fault_access},
    {"address", fault_address}, {"region", fault_region},
    {"offset", fault_offset},   {"page", fault_page},
    {"state", fault_state},     {"protection", fault_protection},
    {"where", fault_where},     {NULL, NULL},
};

void l_open_fault(lua_State *L) {
  lua_pushglobaltable(L); /* raw: a strict one may raise */
  lua_pushliteral(L, "pcall");
  lua_rawget(L, -2);
  lua_pcall_function = lua_tocfunction(L, -1);
  lua_pop(L, 2);
  l_newclass(L, &FAULT, meta, methods, fields, NULL);
  lua_pop(L, 1);
}
