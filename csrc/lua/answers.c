/* answers.c: results for Lua: refusals, addresses, states, fields of tables. */
#include <stdio.h>

#include "core/trap.h"
#include "lua/base.h"
#include "os/os.h"

const char *l_code(vm_error error) {
  switch (error) {
    case VM_ADDRESS_IN_USE: return "address_in_use";
    case VM_TOO_MANY_MAPPINGS: return "too_many_mappings";
    case VM_NOT_COMMITTED: return "not_committed";
    case VM_PERMISSION_DENIED: return "permission_denied";
    case VM_NOT_SUPPORTED: return "not_supported";
    case VM_INVALID_ADDRESS: return "invalid_address";
    case VM_TOO_MANY_FILES: return "too_many_files";
    case VM_IN_USE: return "in_use";
    case VM_DISK_FULL: return "disk_full";
    case VM_FILE_TOO_LARGE: return "file_too_large";
    case VM_NO_FILE: return "no_file";
    case VM_BAD_FILE: return "bad_file";
    case VM_PAST_END: return "past_end";
    case VM_IO_ERROR: return "io_error";
    case VM_OUT_OF_MEMORY:
    default: return "out_of_memory";
  }
}

const char *l_advice(vm_error error, char *text) {
  const char *advice = os_advice(error, text);
  if (advice != NULL) return advice;
  switch (error) {
    case VM_ADDRESS_IN_USE:
      return "something is there already, or the stack may grow to there; choose another address, "
             "or "
             "none to let the system choose";
    case VM_NOT_COMMITTED: return "some of its pages are only reserved; commit them first";
    case VM_IN_USE:
      return "some of its pages are trapped; end that first: region:trap(offset, size)";
    case VM_DISK_FULL:
      return "its file system has no room for it: ask for less, or remove files there";
    case VM_FILE_TOO_LARGE:
      return "no file may be that large here: ask for less, or look at the limits of the process "
             "(ulimit -f) and of the file system";
    case VM_NO_FILE: return "there is no such file, or the process that had it has let go of it";
    case VM_BAD_FILE:
      return "it is no regular file that can be mapped, or other code has closed its descriptor";
    case VM_PAST_END:
      return "some of its pages lie behind the end of their file, which has become shorter: "
             "section:refresh() lets go of them";
    case VM_IO_ERROR: return "the disk, or the network, has failed";
    case VM_INVALID_ADDRESS: return "no process can have anything at that address";
    default: return error == VM_NOT_SUPPORTED ? "this system cannot do it" : "the system refused";
  }
}

int l_refuse(lua_State *L, vm_error error, const char *advice, const char *what, ...) {
  va_list arguments;
  char text[OS_ADVICE];
  const char *refusal = os_refusal(error);
  if (refusal != NULL) advice = refusal;
  luaL_pushfail(L);
  va_start(arguments, what);
  what = lua_pushvfstring(L, what, arguments);
  va_end(arguments);
  l_pushed(L, what);
  lua_pushfstring(L, "cannot %s: %s", what, advice != NULL ? advice : l_advice(error, text));
  lua_remove(L, -2);
  lua_pushstring(L, l_code(error));
  return 3;
}

bool l_collect(lua_State *L, int tries) {
  if (tries > 0) return false;
  lua_gc(L, LUA_GCCOLLECT);
  return true;
}

bool l_collected(lua_State *L, vm_error error, int tries) {
  bool may_help = error == VM_OUT_OF_MEMORY || error == VM_TOO_MANY_MAPPINGS;
  return may_help && l_collect(L, tries); /* abandoned regions are released */
}

const char *l_pushaddress(lua_State *L, uintptr_t address) {
  char text[32];
  snprintf(text, sizeof text, "0x%llx", (unsigned long long)address);
  return lua_pushstring(L, text);
}

void l_setinteger(lua_State *L, const char *name, uint64_t value) {
  lua_pushinteger(L, (lua_Integer)value);
  lua_setfield(L, -2, name);
}

void l_pushtrap(lua_State *L, const vm_region *region, size_t offset) {
  static const char *const words[] = {NULL, "r", "w", "rw"};
  const vm_trap *trap = vm_trap_at(region, offset);
  lua_pushstring(L,
                 words[trap != NULL ? trap->answers & (VM_READ | VM_WRITE) : 0]); /* nil for NULL */
}

int l_pushstate(lua_State *L, unsigned byte) {
  if (byte & VM_COMMITTED) {
    lua_pushstring(L, "committed");
    lua_pushstring(L, l_protection(byte));
  } else {
    lua_pushstring(L, "reserved");
    lua_pushnil(L);
  }
  return 2;
}
