/* access_refused.c: an access that a page refuses becomes a fault, for which handlers are asked. */
#include "lua/access_refused.h"

#include <string.h>

#include "core/past_end.h"
#include "core/trap.h"
#include "lua/fault.h"
#include "lua/handlers.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/section.h"
#include "lua/trap.h"

/* Among the answers, under a key that no answer has (l_answer_key): true if one may be for a page that the disk does not
** give. Such a page still allows the access. */
enum { MAY_BE_UNREADABLE = 11 };

/* Under other such keys: how often handlers have been asked, and how often a page that was lost was back. */
enum { TIMES_ASKED = 15, TIMES_BACK = 7 };

/* Counts one more time among the answers, which are a table. Returns how many there were before. */
static lua_Integer count(lua_State *L, const l_access *a, int key) {
  lua_rawgeti(L, a->answers, key);
  lua_Integer times = lua_tointeger(L, -1);
  lua_pop(L, 1);
  lua_pushinteger(L, times + 1);
  lua_rawseti(L, a->answers, key);
  return times;
}

void l_progress(lua_State *L, int answers) {
  if (!lua_istable(L, answers)) return;
  lua_pushnil(L);
  lua_rawseti(L, answers, TIMES_ASKED);
}

bool l_may_be_unreadable(lua_State *L, const l_access *a) {
  if (!lua_istable(L, a->answers)) return false;
  bool may_be = lua_rawgeti(L, a->answers, MAY_BE_UNREADABLE) != LUA_TNIL;
  lua_pop(L, 1);
  return may_be;
}

/* Pushes the bytes of a refused write for `size` bytes of its range; false if there are not so many; nil if they
** are not known, or if they are one element. */
static void push_bytes(lua_State *L, const l_access *a, l_source source, size_t from, size_t size) {
  char element[sizeof(l_element)];
  size_t end = source.from + source.size;
  if (source.bytes != NULL && source.repeats) {
    memcpy(element, source.bytes, source.size); /* before finalizers run */
    char *to = lua_newuserdatauv(L, size, 0);   /* a buffer of Lua would ask for memory only once */
    for (size_t i = 0; i < size; i++) to[i] = element[(from + i) % source.size];
    lua_pushlstring(L, to, size);
    lua_remove(L, -2);
  } else if (source.bytes != NULL && a->type == 0 && from >= source.from && from + size <= end) {
    lua_pushlstring(L, (const char *)source.bytes + (from - source.from), size);
  } else if (source.lacks) {
    lua_pushboolean(L, false);
  } else {
    lua_pushnil(L);
  }
}

/* Pushes the section that has the page at the address, or nil. */
static void push_section(lua_State *L, uintptr_t address) {
  vm_region *region = vm_at(l_space(L), address);
  size_t offset = region != NULL ? address - region->base : 0;
  if (region == NULL || vm_attachment_at(region, offset) == NULL) {
    lua_pushnil(L);
    return;
  }
  l_pushregion(L, region);
  l_pushsection(L, lua_gettop(L), offset);
  lua_remove(L, -2);
}

/* The page of the fault, which is on top of the stack, is lost. The section's other pages that are lost as well become
** reserved, so that the region shows the file as it is. */
static void lose(lua_State *L, l_fault *fault, size_t size, vm_loss loss, int section) {
  vm_region *region = fault->object.region;
  fault->loss = (uint8_t)loss & 3U;
  if (lua_getiuservalue(L, -1, 1) == LUA_TTABLE) {
    lua_pushvalue(L, section);
    lua_rawseti(L, -2, L_FAULT_SECTION);
  }
  lua_pop(L, 1);
  l_record_fault(L, fault, size); /* before what follows from it */
  const vm_attachment *at = vm_attachment_at(region, l_fault_offset(fault));
  if (loss == VM_TRUNCATED && at != NULL)
    (void)l_detach_past(L, region, at->section); /* what is refused stays, and traps again */
}

void l_refuse_access(lua_State *L, const l_access *a, l_range range, size_t done, l_which which,
                     l_source source, vm_error refusal, vm_loss loss) {
  uintptr_t address = range.address + done;
  size_t size = l_piece(l_behind(range, done));
  l_element element = {0};
  luaL_checkstack(L, LUA_MINSTACK, "fault");
  lua_settop(L, a->answers + L_ACCESS_SLOTS - 1); /* the copies stay */
  if (source.is_fallible) {
    lua_newtable(L);
    lua_replace(L, a->answers);
    return;
  }
  if (a->type != 0 && source.bytes != NULL) memcpy(&element, source.bytes, size);
  push_bytes(L, a, source, done, size); /* before finalizers run, which may take them away */
  const int bytes = lua_gettop(L), section = bytes + 1;
  if (loss != VM_NOT_LOST)
    push_section(L, address);
  else
    lua_pushnil(L);
  if (!lua_istable(L, a->answers)) {
    lua_newtable(L);
    lua_replace(L, a->answers);
  }
  lua_Integer asked = count(L, a, TIMES_ASKED);
  if (loss == VM_UNREADABLE) {
    lua_pushboolean(L, true);
    lua_rawseti(L, a->answers, MAY_BE_UNREADABLE);
  }
  l_fault *fault = l_push_fault(L, bytes);
  fault->address = address;
  fault->size = (uint32_t)size;
  fault->which = (uint8_t)which;
  fault->type = (uint8_t)a->type;
  fault->refusal = (uint8_t)refusal;
  fault->access = (uint8_t)l_need_of(which);
  fault->is_atomic = a->is_atomic;
  vm_region *region = vm_at(l_space(L), address);
  if (region != NULL) {
    size_t offset = address - region->base, refused;
    bool allows = vm_allows(region, offset, 1, fault->access, &refused);
    if (allows != (loss != VM_NOT_LOST)) { /* a finalizer has changed it */
      lua_settop(L, bytes - 1);
      return;
    }
    l_attach_fault(L, fault, region);
    const vm_trap *trap = a->is_atomic ? vm_trap_at(region, offset) : NULL;
    fault->is_trapped = trap != NULL && (trap->answers & fault->access) != 0;
    fault->byte = (uint8_t)vm_state_at(region, offset);
    if (l_fault_is_guard(fault)) fault->refusal = (uint8_t)vm_disarm(region, offset);
    if (loss != VM_NOT_LOST) lose(L, fault, range.size, loss, section);
    fault->after = (uint8_t)vm_state_at(region, offset);
  }
  l_fault_set_text(L, fault, element);
  /* Every page may fault twice (guard, protection), and a scheduler may take some away in between.
  ** The limit ends the loop if a handler never mends the access. */
  if ((size_t)asked > 2 * (range.size / os_get_limits()->page_size + 2 * a->like_it) + 32) {
    if (loss == VM_NOT_LOST) l_record_fault(L, fault, range.size);
    l_fault_set_raised(fault);
    lua_error(L);
  }
  lua_replace(L, bytes);
  lua_settop(L, bytes);
  lua_pushcfunction(L, l_ask_handlers);
  lua_insert(L, bytes);
  lua_pushvalue(L, a->answers);
  lua_pushinteger(L, (lua_Integer)range.size);
  lua_pushboolean(L, (a->tries & L_DECLINED) != 0);
  lua_callk(L, 4, 0, a->tries + 1, a->again);
}

/* How often an access starts over because a page that was lost is back. After that it counts as one that the disk has no
** room for: such a page can be read, and not written. Once handlers have been asked, the number is kept among the
** answers, because tries count what handlers have mended as well. */
enum { BACK = 16 };

static bool starts_over(lua_State *L, const l_access *a) {
  lua_Integer times = lua_istable(L, a->answers) ? count(L, a, TIMES_BACK) : a->tries & ~L_DECLINED;
  return times >= 0 && times < BACK;
}

void l_refuse_lost(lua_State *L, const l_access *a, l_range range, uintptr_t lost, l_which which,
                   l_source source) {
  vm_region *region = vm_at(l_space(L), lost);
  if (region == NULL) return;
  vm_loss loss = vm_loss_of(region, lost - region->base);
  if (loss == VM_NOT_LOST && starts_over(L, a)) return;
  l_refuse_access(L, a, range, l_before_page(range.address, lost), which, source, VM_OK,
                  loss != VM_NOT_LOST ? loss : VM_UNREADABLE);
}
