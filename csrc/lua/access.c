/* access.c: the check before every access to memory. If a page refuses the access, it makes a fault,
** which handlers may mend, or answer. */
#include "lua/access.h"

#include <stdlib.h>
#include <string.h>

#include "core/bytes_guarded.h"
#include "core/loss.h"
#include "core/past_end.h"
#include "core/trap.h"
#include "lua/classes.h"
#include "lua/fault.h"
#include "lua/handlers.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/section.h"
#include "lua/touch.h"
#include "lua/trap.h"

static void *pointer_to(uintptr_t address) {
  return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

static l_range behind(l_range range, size_t done) {
  return (l_range){range.region, range.address + done, range.size - done};
}

static size_t page_size(void) { return os_get_limits()->page_size; }

/* How many bytes from `address` on lie before the page that is lost at `lost`. */
static size_t before_page(uintptr_t address, uintptr_t lost) {
  uintptr_t start = lost & ~(uintptr_t)(page_size() - 1);
  return start > address ? start - address : 0;
}

static unsigned need_of(l_which which) { return which == L_WRITTEN ? VM_WRITE : VM_READ; }

/* {====== Parts of a range ====== */

/* How many bytes at the start of the range are in memory and allow the access, in one region. */
static size_t allowed(lua_State *L, l_range range, unsigned need, bool *is_fallible) {
  vm_region *region = range.region != NULL ? range.region : vm_at(l_space(L), range.address);
  if (region == NULL || range.size == 0) return 0;
  *is_fallible = region->fallible;
  size_t offset = range.address - region->base, refused;
  size_t size = region->size - offset < range.size ? region->size - offset : range.size;
  return vm_allows(region, offset, size, need, &refused) ? size : refused - offset;
}

/* Pushes the answer to an access that was refused at this address, or nil. */
static int push_answer(lua_State *L, const l_access *a, uintptr_t address, l_which which) {
  if (lua_istable(L, a->answers)) return lua_rawgeti(L, a->answers, l_answer_key(address, which));
  lua_pushnil(L);
  return LUA_TNIL;
}

/* Among the answers, under a key that no answer has (l_answer_key): true if one may be for a page that the disk does not
** give. Such a page still allows the access. */
enum { MAY_BE_UNREADABLE = 11 };

/* Under another such key: how often handlers have been asked. */
enum { TIMES_ASKED = 15 };

void l_progress(lua_State *L, int answers) {
  if (!lua_istable(L, answers)) return;
  lua_pushnil(L);
  lua_rawseti(L, answers, TIMES_ASKED);
}

static bool may_be_unreadable(lua_State *L, const l_access *a) {
  if (!lua_istable(L, a->answers)) return false;
  bool may_be = lua_rawgeti(L, a->answers, MAY_BE_UNREADABLE) != LUA_TNIL;
  lua_pop(L, 1);
  return may_be;
}

bool l_next_part(lua_State *L, const l_access *a, l_range range, l_which which, l_part *part) {
  bool is_fallible = false;
  size_t size = allowed(L, range, need_of(which), &is_fallible), length = 0, piece = l_piece(range);
  *part = (l_part){range.address, size, false, is_fallible, pointer_to(range.address)};
  bool may_be_answered = size == 0 || (is_fallible && may_be_unreadable(L, a));
  if (may_be_answered && size > piece) part->size = piece;
  int type = may_be_answered ? push_answer(L, a, range.address, which) : LUA_TNIL;
  if (type == LUA_TNIL && size > 0) {
    if (may_be_answered) lua_pop(L, 1);
    return true;
  }
  *part = (l_part){range.address, piece, true, false, NULL};
  part->bytes = type == LUA_TSTRING && which != L_WRITTEN ? lua_tolstring(L, -1, &length) : NULL;
  lua_pop(L, 1); /* the table still has it */
  if (which == L_WRITTEN) return type == LUA_TBOOLEAN;
  if (length < part->size)
    part->size = length; /* asked for when the range was shorter, or longer */
  return length > 0;
}

size_t l_zero_in_part(const l_part *part, size_t *reach) {
  size_t at = part->size;
  uintptr_t lost;
  *reach = part->size;
  if (!part->is_fallible) {
    const char *zero = memchr(part->bytes, 0, part->size);
    if (zero != NULL) at = (size_t)(zero - part->bytes);
  } else if (!vm_try_find_zero(part->bytes, part->size, &at, &lost)) {
    at = *reach = before_page(part->address, lost);
  }
  return at;
}

bool l_copy_part(const l_part *part, char *to, uintptr_t *lost) {
  if (part->is_fallible) return vm_try_copy(to, part->bytes, part->size, lost);
  memcpy(to, part->bytes, part->size);
  return true;
}

size_t l_reach(lua_State *L, const l_access *a, l_range range, l_which which) {
  l_part part;
  size_t done = 0;
  while (done < range.size && l_next_part(L, a, behind(range, done), which, &part))
    done += part.size;
  return done;
}

/* ====== } */

/* {====== Refused ====== */

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
** reserved, so that the region shows what there is. */
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

/* The access is refused `done` bytes after the range's start; `refusal` is what l_touch says. Returns if the
** access should start again. All that allocates comes first: it may run finalizers, after which nothing from
** before is trusted. If the source must not be touched here, the access starts again with answers, though there are
** none yet: then it has a copy. */
static void refuse(lua_State *L, const l_access *a, l_range range, size_t done, l_which which,
                   l_source source, vm_error refusal, vm_loss loss) {
  uintptr_t address = range.address + done;
  size_t size = l_piece(behind(range, done));
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
  lua_rawgeti(L, a->answers, TIMES_ASKED);
  lua_Integer asked = lua_tointeger(L, -1);
  lua_pushinteger(L, asked + 1);
  lua_rawseti(L, a->answers, TIMES_ASKED);
  lua_pop(L, 1);
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
  fault->access = (uint8_t)need_of(which);
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
  if ((size_t)asked > 2 * (range.size / page_size() + 2 * a->like_it) + 32) {
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
** answers, under a key that no answer has (l_answer_key), because tries count what handlers have mended as well. */
enum { BACK = 16, TIMES_BACK = 7 };

static bool starts_over(lua_State *L, const l_access *a) {
  lua_Integer times = a->tries & ~L_DECLINED;
  if (lua_istable(L, a->answers)) {
    lua_rawgeti(L, a->answers, TIMES_BACK);
    times = lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_pushinteger(L, times + 1);
    lua_rawseti(L, a->answers, TIMES_BACK);
  }
  return times >= 0 && times < BACK;
}

/* The system could not give the page at `lost` for the access. Returns if the access should start again. */
static void refuse_lost(lua_State *L, const l_access *a, l_range range, uintptr_t lost,
                        l_which which, l_source source) {
  vm_region *region = vm_at(l_space(L), lost);
  if (region == NULL) return;
  vm_loss loss = vm_loss_of(region, lost - region->base);
  if (loss == VM_NOT_LOST && starts_over(L, a)) return;
  refuse(L, a, range, before_page(range.address, lost), which, source, VM_OK,
         loss != VM_NOT_LOST ? loss : VM_UNREADABLE);
}

/* ====== } */

/* Notes and records an access to memory that is allowed, just before it happens. */
static void note(lua_State *L, const l_access *a, l_range range, size_t size, l_which which) {
  vm_region *region = range.region != NULL ? range.region : vm_at(l_space(L), range.address);
  size_t offset = range.address - region->base;
  if (which != L_WRITTEN || a->is_atomic) l_record_read(L, region, offset, size);
  if (which != L_WRITTEN) return;
  if (!vm_note_write(region, offset, size)) l_error(L, "not enough memory");
  l_record_write(L, region, offset, size);
}

/* Touches fallible memory before something is written to it, so that a page that is lost already is met before the
** first byte is written, and before copies for snapshots are made. A single element needs that only for the copies. */
static bool touch(lua_State *L, const l_access *a, l_range range, const l_part *part, l_which which,
                  l_source source) {
  uintptr_t lost;
  if (vm_try_touch(pointer_to(part->address), part->size, &lost)) return true;
  refuse_lost(L, a, range, lost, which, source);
  return false;
}

/* Whether all of the range can be had; if not, the access starts over. Notes what is in memory.
** `has_answers`: whether a part is answered. */
static bool check(lua_State *L, l_access *a, l_range range, l_which which, l_source source,
                  bool *has_answers) {
  l_part part = {0};
  bool is_single = a->type != 0 && a->like_it == 0;
  bool touches = a->is_atomic || (which == L_WRITTEN && !is_single);
  *has_answers = false;
  for (size_t done = 0; done < range.size; done += part.size) {
    if (!l_next_part(L, a, behind(range, done), which, &part)) {
      vm_error refusal;
      bool touched = l_touch(L, a, range, done, need_of(which), &refusal);
      if (!touched) refuse(L, a, range, done, which, source, refusal, VM_NOT_LOST);
      /* Some callers ask for more than they will take, and only start over. */
      if (!touched || refusal != VM_OK || a->type == 0) return false;
      part = (l_part){0};
    }
    if (part.is_answered) *has_answers = true;
    if (!part.is_fallible) continue;
    a->is_fallible = true;
    bool is_recorded = vm_recording_of(l_space(L)) != NULL; /* what happens is, and nothing else */
    if ((touches || is_recorded) && !touch(L, a, range, &part, which, source)) return false;
  }
  if (range.size > 0 && part.size == range.size && !part.is_answered) { /* the usual case */
    note(L, a, range, range.size, which);
    return true;
  }
  for (size_t done = 0; done < range.size; done += part.size) {
    (void)l_next_part(L, a, behind(range, done), which, &part);
    if (!part.is_answered) note(L, a, behind(range, done), part.size, which);
  }
  return true;
}

/* {====== Reading ====== */

/* A copy of bytes: in C memory, because Lua may only collect it with its object. */
typedef struct l_copy {
  l_object object;
  char *bytes;
  size_t size;
} l_copy;

static void free_copy(lua_State *L, l_object *object) {
  (void)L;
  free(((l_copy *)(void *)object)->bytes);
}

static const l_class COPY = {.name = "vmem.copy", .over = "copy is over", .end = free_copy};

void l_open_access(lua_State *L) {
  static const l_members none = {0};
  l_newclass(L, &COPY, &none);
  lua_pop(L, 1);
}

char *l_copy_for(lua_State *L, const l_access *a, l_which which, size_t size) {
  int at = a->answers + 1 + (int)which;
  if (lua_gettop(L) < at) lua_settop(L, at);
  l_copy *copy = l_test(L, at, &COPY);
  if (copy != NULL && copy->size >= size) return copy->bytes;
  copy = l_new(L, &COPY);
  copy->bytes = malloc(size);
  if (copy->bytes == NULL) {
    lua_gc(L, LUA_GCCOLLECT); /* frees other copies */
    copy = l_check(L, -1, &COPY);
    copy->bytes = malloc(size);
  }
  if (copy->bytes == NULL) l_error(L, "not enough memory");
  copy->size = size;
  lua_replace(L, at);
  return NULL;
}

/* Copies a part; false when the access starts over. */
static bool copy_part(lua_State *L, const l_access *a, l_range range, l_which which,
                      const l_part *part, char *to) {
  uintptr_t lost = range.address;
  bool is_element = part->is_fallible && a->type != 0 && part->size == range.size;
  bool copied = is_element ? os_move(to, part->bytes, part->size) : l_copy_part(part, to, &lost);
  if (!copied) refuse_lost(L, a, range, lost, which, (l_source){0});
  return copied;
}

const char *l_readable(lua_State *L, l_access *a, l_range range, l_which which) {
  bool has_answers;
  if (!check(L, a, range, which, (l_source){0}, &has_answers)) return NULL;
  bool needs_copy = has_answers || (a->is_fallible && !a->by_leaves && !a->is_atomic);
  if (!needs_copy) return range.size > 0 ? pointer_to(range.address) : "";
  bool is_element = a->type != 0 && range.size <= sizeof a->element;
  char *to = is_element ? a->element : l_copy_for(L, a, which, range.size);
  if (to == NULL) return NULL;
  l_part part;
  for (size_t done = 0; done < range.size; done += part.size) {
    (void)l_next_part(L, a, behind(range, done), which, &part);
    if (!copy_part(L, a, range, which, &part, to + done)) return NULL;
  }
  return to;
}

/* ====== } */

/* {====== Writing ====== */

bool l_writable(lua_State *L, l_access *a, l_range range, l_source source) {
  return check(L, a, range, L_WRITTEN, source, &a->has_taken);
}

size_t l_writable_size(lua_State *L, const l_access *a, l_range range) {
  l_part part;
  size_t done = 0;
  uintptr_t lost;
  while (done < range.size && l_next_part(L, a, behind(range, done), L_WRITTEN, &part)) {
    if (part.is_fallible && !vm_try_touch(pointer_to(part.address), part.size, &lost))
      return done + before_page(part.address, lost);
    done += part.size;
  }
  return done;
}

/* Writes the source's bytes from `from` on; false when the access starts over. */
static bool store(lua_State *L, const l_access *a, l_range range, size_t done, size_t size,
                  bool is_fallible, l_source source) {
  char *to = pointer_to(range.address + done);
  const char *bytes = source.bytes;
  uintptr_t lost = range.address;
  bool is_element = a->type != 0 && size == range.size && !source.repeats, stored = true;
  if (!is_fallible && source.repeats)
    vm_fill(to, size, bytes, source.size, done);
  else if (!is_fallible)
    memcpy(to, bytes + done, size);
  else if (source.repeats)
    stored = vm_try_fill(to, size, bytes, source.size, done, &lost);
  else if (is_element)
    stored = os_move(to, bytes, size);
  else
    stored = vm_try_copy(to, bytes + done, size, &lost);
  if (!stored) refuse_lost(L, a, range, lost, L_WRITTEN, source);
  return stored;
}

bool l_store(lua_State *L, const l_access *a, l_range range, l_source source) {
  l_part part;
  if (!a->has_taken)
    return range.size == 0 || store(L, a, range, 0, range.size, a->is_fallible, source);
  for (size_t done = 0; done < range.size; done += part.size) {
    (void)l_next_part(L, a, behind(range, done), L_WRITTEN, &part);
    if (part.is_answered) continue;
    if (!store(L, a, range, done, part.size, part.is_fallible, source)) return false;
  }
  return true;
}

const char *l_apart(lua_State *L, const l_access *a, const char *from, l_range range) {
  uintptr_t at = (uintptr_t)from;
  bool overlaps = at < range.address + range.size && range.address < at + range.size;
  if (!overlaps || !lua_istable(L, a->answers)) return from; /* nothing is taken */
  char *copy = l_copy_for(L, a, L_FIRST, range.size);
  if (copy != NULL) memcpy(copy, from, range.size);
  return copy;
}

bool l_write_bytes(lua_State *L, l_access *a, l_range range, l_source source) {
  return l_writable(L, a, range, source) && l_store(L, a, range, source);
}

static os_range addresses_of(l_range range) {
  return (os_range){range.address, range.address + range.size};
}

bool l_run(lua_State *L, const l_access *a, os_leaf *leaf, void *with, const l_touched touched[2]) {
  if (!a->is_fallible) {
    leaf(with);
    return true;
  }
  const os_range ranges[2] = {addresses_of(touched[0].range), addresses_of(touched[1].range)};
  uintptr_t lost;
  if (os_guarded(leaf, with, ranges, &lost)) return true;
  bool in_first = lost >= ranges[0].from && lost < ranges[0].to;
  const l_touched *at = &touched[in_first ? 0 : 1];
  refuse_lost(L, a, at->range, lost, at->which, (l_source){0});
  return false;
}

/* ====== } */
