/* fault_text.c: the sentence that describes a fault, and the script's line. */
#include "lua/fault_text.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/loss.h"
#include "lua/classes.h"
#include "lua/plain.h"
#include "lua/whole.h"
#include "os/os.h"

static _Atomic(lua_CFunction) lua_pcall_function; /* Lua's own pcall, the same in every state */

/* Where the text of the fault at `arg` begins. */
static char *text_at(lua_State *L, int arg) {
  return (char *)lua_touserdata(L, arg) + sizeof(l_number);
}

l_fault_text l_fault_text_at_1(lua_State *L) {
  l_fault_text text;
  memcpy(&text, text_at(L, 1), sizeof text);
  text.source[sizeof text.source - 1] = text.overflow[sizeof text.overflow - 1] = '\0';
  return text;
}

l_element l_fault_value(lua_State *L, int index) {
  l_element value;
  memcpy(&value, text_at(L, index) + offsetof(l_fault_text, value), sizeof value);
  return value;
}

/* The end of the sentence: why the page refused the access. */
static const char *reason_of(lua_State *L, const l_fault *fault) {
  const char *protection = l_protection(fault->byte);
  if (fault->loss == VM_TRUNCATED)
    return "was attached, and its file has been made shorter by other code: a handler may make it "
           "long again, by fault.section:resize";
  if (fault->loss == VM_UNREADABLE)
    return "is attached, and the system cannot give it: an input/output error, or no room on the "
           "disk";
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
  if (fault->is_trapped) return "has a trap, which cannot answer an atomic";
  if ((fault->byte & VM_COMMITTED) == 0) return "is reserved, not committed";
  if ((fault->byte & VM_READ) == 0)
    return "is committed, but its protection none forbids any access";
  return lua_pushfstring(L, "must not be written, its protection is %s", protection);
}

static void push_sentence(lua_State *L, const l_fault *fault) {
  l_fault f = *fault; /* pushing may run finalizers */
  l_fault_text text = l_fault_text_at_1(L);
  if (*text.overflow != '\0') {
    lua_pushstring(L, text.overflow);
    return;
  }
  const char *violation = l_fault_is_guard(&f) ? "guard page violation" : "access violation";
  if (f.loss != VM_NOT_LOST) violation = "in-page error";
  const char *doing = f.access == VM_WRITE ? "writing" : "reading";
  if (f.object.region == NULL) {
    const char *address = l_pushaddress(L, f.address);
    lua_pushfstring(L, "%s %s %s: no live region holds this address", violation, doing, address);
    return;
  }
  lua_Integer offset = (lua_Integer)l_fault_offset(&f), page = l_fault_page(&f);
  const char *region = l_push_place(L, f.object.region);
  const char *address = l_pushaddress(L, f.address);
  const char *reason = reason_of(L, &f);
  lua_pushfstring(L, "%s %s %s, offset %I: page %I of region %s %s", violation, doing, address,
                  offset, page, region, reason);
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
    bool calls_script = function == lua_pcall_function || function == l_meanwhile;
    if (*frame.what != 'C' || calls_script) return false;
  }
  return true;
}

void l_push_fault_where(lua_State *L, const l_fault *fault) {
  int line = fault->line; /* pushing may run finalizers */
  l_fault_text text = l_fault_text_at_1(L);
  lua_pushfstring(L, "%s:%d", text.source, line);
}

int l_fault_tostring(lua_State *L) {
  if (l_isover(L, 1, &l_fault_class)) {
    lua_pushstring(L, "vmem.fault (over)");
    return 1;
  }
  l_fault f = *l_checkfault(L);
  bool uncaught = is_uncaught(L, &f) && f.line > 0;
  push_sentence(L, &f);
  if (!uncaught) return 1;
  l_push_fault_where(L, &f);
  lua_pushfstring(L, "%s: %s", lua_tostring(L, -1), lua_tostring(L, -2));
  return 1;
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

void l_open_fault_text(lua_State *L) {
  lua_pushglobaltable(L); /* raw access: the table may have an __index that raises */
  lua_pushliteral(L, "pcall");
  lua_rawget(L, -2);
  lua_pcall_function = lua_tocfunction(L, -1);
  lua_pop(L, 2);
}
