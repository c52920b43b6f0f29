/* access.c: the check before every access to memory. If a page refuses the access, it makes a fault,
** which handlers may mend, or answer. */
#include "lua/access.h"

#include <stdlib.h>
#include <string.h>

#include "core/trap.h"
#include "lua/fault.h"
#include "lua/handlers.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/touch.h"
#include "lua/trap.h"

static void *pointer_to(uintptr_t address) {
  return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

static l_range behind(l_range range, size_t done) {
  return (l_range){range.region, range.address + done, range.size - done};
}

static unsigned need_of(l_which which) { return which == L_WRITTEN ? VM_WRITE : VM_READ; }

/* {====== Parts of a range ====== */

/* How many bytes at the start of the range are in memory and allow the access, in one region. */
static size_t allowed(lua_State *L, l_range range, unsigned need) {
  vm_region *region = range.region != NULL ? range.region : vm_at(l_space(L), range.address);
  if (region == NULL || range.size == 0) return 0;
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
  size_t size = allowed(L, range, need_of(which)), length = 0;
  *part = (l_part){range.address, size, false, pointer_to(range.address)};
  if (size > 0) return true;
  part->size = l_piece(range);
  part->is_answered = true;
  int type = push_answer(L, a, range.address, which);
  part->bytes = type == LUA_TSTRING && which != L_WRITTEN ? lua_tolstring(L, -1, &length) : NULL;
  lua_pop(L, 1); /* the table still has it */
  if (which == L_WRITTEN) return type == LUA_TBOOLEAN;
  if (length < part->size)
    part->size = length; /* asked for when the range was shorter, or longer */
  return length > 0;
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

static size_t page_size(void) { return os_get_limits()->page_size; }

/* The access is refused `done` bytes after the range's start; `refusal` is what l_touch says. Returns if the
** access should start again. All that allocates comes first: it may run finalizers, after which nothing from
** before is trusted. */
static void refuse(lua_State *L, const l_access *a, l_range range, size_t done, l_which which,
                   l_source source, vm_error refusal) {
  uintptr_t address = range.address + done;
  size_t size = l_piece(behind(range, done));
  l_element element = {0};
  luaL_checkstack(L, LUA_MINSTACK, "fault");
  lua_settop(L, a->answers + L_ACCESS_SLOTS - 1); /* the copies stay */
  if (a->type != 0 && source.bytes != NULL) memcpy(&element, source.bytes, size);
  push_bytes(L, a, source, done, size);
  const int bytes = lua_gettop(L);
  if (!lua_istable(L, a->answers)) {
    lua_newtable(L);
    lua_replace(L, a->answers);
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
    if (vm_allows(region, offset, 1, fault->access, &refused)) { /* a finalizer has mended it */
      lua_settop(L, bytes - 1);
      return;
    }
    l_attach_fault(L, fault, region);
    const vm_trap *trap = a->is_atomic ? vm_trap_at(region, offset) : NULL;
    fault->is_trapped = trap != NULL && (trap->answers & fault->access) != 0;
    fault->byte = (uint8_t)vm_state_at(region, offset);
    if (l_fault_is_guard(fault)) fault->refusal = (uint8_t)vm_disarm(region, offset);
    fault->after = (uint8_t)vm_state_at(region, offset);
  }
  l_fault_set_text(L, fault, element);
  lua_KContext tries = a->tries & ~L_DECLINED;
  /* Every page may fault twice (guard, protection), and a scheduler may take some away in between.
  ** The limit ends the loop if a handler never mends the access. */
  if ((size_t)tries > 2 * (range.size / page_size() + 2 * a->like_it) + 32) {
    l_record_fault(L, fault, range.size);
    l_fault_set_raised(fault);
    lua_error(L);
  }
  lua_replace(L, bytes);
  lua_pushcfunction(L, l_ask_handlers);
  lua_insert(L, bytes);
  lua_pushvalue(L, a->answers);
  lua_pushinteger(L, (lua_Integer)range.size);
  lua_pushboolean(L, (a->tries & L_DECLINED) != 0);
  lua_callk(L, 4, 0, a->tries + 1, a->again);
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

/* Whether all of the range can be had; if not, the access starts over. Notes what is in memory.
** `has_answers`: whether a part is answered. */
static bool check(lua_State *L, const l_access *a, l_range range, l_which which, l_source source,
                  bool *has_answers) {
  l_part part = {0};
  *has_answers = false;
  for (size_t done = 0; done < range.size; done += part.size) {
    if (!l_next_part(L, a, behind(range, done), which, &part)) {
      vm_error refusal;
      bool touched = l_touch(L, a, range, done, need_of(which), &refusal);
      if (!touched) refuse(L, a, range, done, which, source, refusal);
      /* Some callers ask for more than they will take, and only start over. */
      if (!touched || refusal != VM_OK || a->type == 0) return false;
      part = (l_part){0};
    }
    if (part.is_answered) *has_answers = true;
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

const char *l_readable(lua_State *L, const l_access *a, l_range range, l_which which) {
  bool has_answers;
  if (!check(L, a, range, which, (l_source){0}, &has_answers)) return NULL;
  if (!has_answers) return range.size > 0 ? pointer_to(range.address) : "";
  char *to = l_copy_for(L, a, which, range.size);
  if (to == NULL) return NULL;
  l_part part;
  for (size_t done = 0; done < range.size; done += part.size) {
    (void)l_next_part(L, a, behind(range, done), which, &part);
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): only a write has parts without bytes */
    memcpy(to + done, part.bytes, part.size);
  }
  return to;
}

/* ====== } */

/* {====== Writing ====== */

bool l_writable(lua_State *L, l_access *a, l_range range, l_source source) {
  return check(L, a, range, L_WRITTEN, source, &a->has_taken);
}

/* The size of the piece that is copied repeatedly: it fits the fastest cache, and suits memcpy. */
enum { BLOCK = 4096 };

/* Fills `size` bytes at `to` with copies of `period` bytes, of which the first one is number `from`. */
static void repeat(char *to, size_t size, const char *bytes, size_t period, size_t from) {
  size_t done = 0;
  for (; done < period && done < size; done++) to[done] = bytes[(from + done) % period];
  while (done < size) { /* what is repeated doubles until it is a block */
    size_t more = done < BLOCK ? done : BLOCK - BLOCK % period;
    if (more > size - done) more = size - done;
    memcpy(to + done, to, more);
    done += more;
  }
}

static bool alike(const char *bytes, size_t size) {
  return memcmp(bytes, bytes + 1, size - 1) == 0;
}

static void store(uintptr_t address, size_t size, l_source source, size_t from) {
  const char *bytes = source.bytes;
  if (!source.repeats)
    memcpy(pointer_to(address), bytes + from, size);
  else if (alike(bytes, source.size))
    memset(pointer_to(address), *(const unsigned char *)bytes, size);
  else
    repeat(pointer_to(address), size, bytes, source.size, from);
}

void l_store(lua_State *L, const l_access *a, l_range range, l_source source) {
  l_part part;
  if (!a->has_taken) {
    if (range.size > 0) store(range.address, range.size, source, 0);
    return;
  }
  for (size_t done = 0; done < range.size; done += part.size) {
    (void)l_next_part(L, a, behind(range, done), L_WRITTEN, &part);
    if (!part.is_answered) store(part.address, part.size, source, done);
  }
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
  if (!l_writable(L, a, range, source)) return false;
  l_store(L, a, range, source);
  return true;
}

/* ====== } */
