/* access.c: the check before every access to memory; then reads and writes, with what handlers have answered. */
#include "lua/access.h"

#include <string.h>

#include "core/bytes_guarded.h"
#include "lua/access_copies.h"
#include "lua/access_refused.h"
#include "lua/fault.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/touch.h"

static void *pointer_to(uintptr_t address) {
  return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

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

bool l_next_part(lua_State *L, const l_access *a, l_range range, l_which which, l_part *part) {
  bool is_fallible = false;
  size_t size = allowed(L, range, l_need_of(which), &is_fallible), length = 0,
         piece = l_piece(range);
  *part = (l_part){range.address, size, false, is_fallible, pointer_to(range.address)};
  bool may_be_answered = size == 0 || (is_fallible && l_may_be_unreadable(L, a));
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
    at = *reach = l_before_page(part->address, lost);
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
  while (done < range.size && l_next_part(L, a, l_behind(range, done), which, &part))
    done += part.size;
  return done;
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
  l_refuse_lost(L, a, range, lost, which, source);
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
    if (!l_next_part(L, a, l_behind(range, done), which, &part)) {
      vm_error refusal;
      bool touched = l_touch(L, a, range, done, l_need_of(which), &refusal);
      if (!touched) l_refuse_access(L, a, range, done, which, source, refusal, VM_NOT_LOST);
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
    (void)l_next_part(L, a, l_behind(range, done), which, &part);
    if (!part.is_answered) note(L, a, l_behind(range, done), part.size, which);
  }
  return true;
}

/* {====== Reading ====== */

/* Copies a part; false when the access starts over. */
static bool copy_part(lua_State *L, const l_access *a, l_range range, l_which which,
                      const l_part *part, char *to) {
  uintptr_t lost = range.address;
  bool is_element = part->is_fallible && a->type != 0 && part->size == range.size;
  bool copied = is_element ? os_move(to, part->bytes, part->size) : l_copy_part(part, to, &lost);
  if (!copied) l_refuse_lost(L, a, range, lost, which, (l_source){0});
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
    (void)l_next_part(L, a, l_behind(range, done), which, &part);
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
  while (done < range.size && l_next_part(L, a, l_behind(range, done), L_WRITTEN, &part)) {
    if (part.is_fallible && !vm_try_touch(pointer_to(part.address), part.size, &lost))
      return done + l_before_page(part.address, lost);
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
  if (!stored) l_refuse_lost(L, a, range, lost, L_WRITTEN, source);
  return stored;
}

bool l_store(lua_State *L, const l_access *a, l_range range, l_source source) {
  l_part part;
  if (!a->has_taken)
    return range.size == 0 || store(L, a, range, 0, range.size, a->is_fallible, source);
  for (size_t done = 0; done < range.size; done += part.size) {
    (void)l_next_part(L, a, l_behind(range, done), L_WRITTEN, &part);
    if (part.is_answered) continue;
    if (!store(L, a, range, done, part.size, part.is_fallible, source)) return false;
  }
  return true;
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
  l_refuse_lost(L, a, at->range, lost, at->which, (l_source){0});
  return false;
}

/* ====== } */
