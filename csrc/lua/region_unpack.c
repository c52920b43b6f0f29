/* region_unpack.c: region:unpack. Lua's own string library does it, once all bytes that the format takes can be read. */
#include <string.h>

#include "lua/access.h"
#include "lua/classes.h"
#include "lua/format.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/string_library.h"

/* Whether the error on top says that bytes are missing. */
static bool is_too_short(lua_State *L) {
  const char *message = lua_tostring(L, -1);
  return strstr(message, "too short") != NULL || strstr(message, "unfinished string") != NULL;
}

/* Unpacks the format at 3 from `size` readable bytes. Returns how many results there are, or -1 with
** the error's text on top. */
static int unpack_from(lua_State *L, const char *from, size_t offset, size_t size) {
  lua_pushvalue(L, 3);
  lua_pushlstring(L, from, size);
  int results = l_call_string(L, L_STRING_UNPACK, 2);
  if (results < 0) return -1;
  if (results == 0 || !lua_isinteger(L, -1)) return l_error(L, "string.unpack is not itself");
  lua_Integer end = lua_tointeger(L, -1) - 1;
  lua_pushinteger(L, (lua_Integer)offset + end);
  lua_replace(L, -2);
  return results;
}

/* How far the format has been followed through memory. */
typedef struct {
  l_format walk;
  size_t tries;  /* the number of tries when it began */
  size_t left;   /* bytes of this option not yet passed */
  size_t prefix; /* if not 0: the last so many of those bytes are the length of a string */
  bool zero;     /* the option ends at the next zero byte */
} progress;

/* Stack indices where the progress is kept while a handler runs. Nothing relies on the values that are
** read back: the debug library can change them. */
enum { AT = 4, NEED, ALIGN, LITTLE, TRIES, LEFT, PREFIX, ZERO, ANSWERS };

static void save(lua_State *L, const progress *p) {
  const size_t numbers[] = {p->walk.at, p->walk.need, p->walk.align, p->walk.little,
                            p->tries,   p->left,      p->prefix,     p->zero};
  for (int i = 0; i < (int)(sizeof numbers / sizeof numbers[0]); i++) {
    lua_pushinteger(L, (lua_Integer)numbers[i]);
    lua_replace(L, AT + i);
  }
}

static size_t kept_at(lua_State *L, int arg) { return (size_t)lua_tointeger(L, arg); }

static progress load(lua_State *L) {
  size_t align = kept_at(L, ALIGN);
  return (progress){
      .walk = {kept_at(L, AT), kept_at(L, NEED), align > 0 ? align : 1, kept_at(L, LITTLE) != 0},
      .tries = kept_at(L, TRIES),
      .left = kept_at(L, LEFT),
      .prefix = kept_at(L, PREFIX),
      .zero = kept_at(L, ZERO) != 0,
  };
}

static progress start(size_t tries) { return (progress){.walk = l_format_start(), .tries = tries}; }

/* The format is followed through memory, and through what handlers have answered, from `offset` on. */
typedef struct {
  lua_State *L;
  const l_access *access;
  vm_region *region;
  size_t offset;
} source;

/* The part that begins `at` bytes behind the offset. Answers begin where the format's options did when they
** were asked for, so the answer that holds it is found from the offset on. */
static bool next_part(const source *from, size_t at, size_t size, l_part *part) {
  lua_State *L = from->L;
  const l_access *a = from->access;
  size_t first = from->offset, end = first + at + size, done = 0;
  if (l_next_part(L, a, l_in(from->region, first + at, size), L_FIRST, part)) return true;
  if (!lua_istable(L, a->answers)) return false;
  while (l_next_part(L, a, l_in(from->region, first + done, end - first - done), L_FIRST, part)) {
    done += part->size;
    if (done <= at) continue;
    size_t left = done - at;
    part->bytes += part->size - left;
    part->address += part->size - left;
    part->size = left;
    return true;
  }
  return false;
}

static size_t reachable(const source *from, size_t need, size_t size) {
  l_part part;
  size_t done = 0;
  while (done < size && next_part(from, need + done, size - done, &part)) done += part.size;
  return done;
}

/* Passes the rest of an option, up to a page that refuses. */
static void pass_left(const source *from, progress *p) {
  size_t passed = reachable(from, p->walk.need, p->left);
  p->walk.need += passed;
  p->left -= passed;
}

/* Passes the bytes up to and with the next zero, or up to a page that refuses. */
static void pass_zero(const source *from, progress *p) {
  size_t rest = from->region->size - from->offset;
  l_part part;
  while (p->zero && p->walk.need < rest) {
    if (!next_part(from, p->walk.need, rest - p->walk.need, &part)) return;
    size_t reach, at = l_zero_in_part(&part, &reach);
    p->zero = at >= reach;
    p->walk.need += p->zero ? reach : at + 1;
    if (reach < part.size) return;
  }
}

/* Reads a string's length from the bytes just passed. False if they refuse now: they must be passed again. */
static bool take_length(const source *from, progress *p) {
  char length[16];
  l_part part;
  size_t first = p->walk.need - p->prefix;
  for (size_t done = 0; done < p->prefix; done += part.size) {
    bool has_part = next_part(from, first + done, p->prefix - done, &part);
    uintptr_t lost;
    if (!has_part || !l_copy_part(&part, length + done, &lost)) {
      p->walk.need = first;
      p->left = p->prefix;
      return false;
    }
  }
  if (!l_format_length(&p->walk, length, p->prefix, &p->left)) p->left = SIZE_MAX;
  p->prefix = 0;
  return true;
}

typedef enum { REACHED, REFUSED, BEYOND } reach;

/* Follows the format to its end, to a page that refuses, or beyond the region. Runs no Lua. */
static reach follow(const source *from, const char *format, size_t length, progress *p) {
  size_t rest = from->region->size - from->offset;
  for (;;) {
    if (p->walk.need > rest || p->left > rest - p->walk.need) return BEYOND;
    if (p->prefix > 16 || p->prefix > p->walk.need + p->left)
      return BEYOND; /* a saved value was changed */
    if (p->left > 0) {
      pass_left(from, p);
      if (p->left > 0) return REFUSED;
    } else if (p->prefix > 0) {
      if (!take_length(from, p)) return REFUSED;
    } else if (p->zero) {
      pass_zero(from, p);
      if (p->zero) return p->walk.need < rest ? REFUSED : BEYOND;
    } else {
      l_format before = p->walk;
      l_format_option option = l_format_next(format, length, &p->walk);
      if (option.kind != L_FORMAT_END) {
        p->left = option.pad + option.size;
        p->prefix = option.kind == L_FORMAT_STRING ? option.size : 0;
        p->zero = option.kind == L_FORMAT_ZERO;
        continue;
      }
      p->walk = before;
      if (reachable(from, 0, before.need) == before.need) return REACHED;
      p->left = before.need; /* a page refuses now that did not before: all are passed again */
      p->walk.need = 0;
    }
  }
}

/* How many more bytes are wanted where a page has refused: those of this option and of the ones after it whose
** size is known; the rest of a page for a string that ends at a zero. */
static size_t more_of(const source *from, const char *format, size_t length, const progress *p) {
  size_t rest = from->region->size - from->offset;
  l_format walk = p->walk;
  if (p->left == 0) return l_piece(l_in(from->region, from->offset + walk.need, rest - walk.need));
  walk.need += p->left;
  for (bool known = p->prefix == 0 && !p->zero; known;) {
    l_format_option option = l_format_next(format, length, &walk);
    size_t size = option.pad + option.size;
    if (option.kind == L_FORMAT_END || option.kind == L_FORMAT_ZERO || size > rest - walk.need)
      break;
    walk.need += size;
    known = option.kind == L_FORMAT_FIXED;
  }
  return walk.need - p->walk.need;
}

/* Stack: region, offset, format, the saved progress, and what l_access needs. */
static int unpackk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    size_t length, offset = l_checkoffset(L, 2, "offset", r, 0);
    const char *format = l_checkbytes(L, 3, "format", &length);
    progress p = load(L);
    l_access a = {.tries = tries, .again = unpackk, .answers = ANSWERS};
    source memory = {L, &a, r, offset};
    reach how = follow(&memory, format, length, &p);
    save(L, &p);
    if (how != BEYOND) {
      size_t more = how == REACHED ? 0 : more_of(&memory, format, length, &p);
      const char *from = l_readable(L, &a, l_in(r, offset, p.walk.need + more), L_FIRST);
      if (from == NULL || how == REFUSED) continue;
      int results = unpack_from(L, from, offset, p.walk.need);
      if (results >= 0) return results;
    }
    if ((size_t)tries > p.tries && (how == BEYOND || is_too_short(L))) {
      p = start((size_t)tries + 1); /* a handler may have changed what was passed: once more */
      save(L, &p);
      continue;
    }
    if (how == BEYOND) return l_error(L, "cannot unpack: the region ends before the value does");
    return l_error(L, "cannot unpack: %s", lua_tostring(L, -1));
  }
}

/* Records a read that has happened. string.unpack may have run finalizers that changed the region. */
static void record_read(lua_State *L, size_t offset, lua_Integer size) {
  const l_object *object = l_test(L, 1, &l_region_class);
  if (object == NULL || object->region == NULL || !object->region->live) return;
  if (size > 0 && offset <= object->region->size && (size_t)size <= object->region->size - offset)
    l_record_read(L, object->region, offset, (size_t)size);
}

/* Unpacks from what can be read of the first bytes, which are enough for most values. */
static int region_unpack(lua_State *L) {
  lua_settop(L, ANSWERS);
  vm_region *r = l_checkregion(L, 1);
  size_t refused, offset = l_checkoffset(L, 2, "offset", r, 0);
  size_t rest = r->size - offset, size = rest < L_FEW_PACKED ? rest : L_FEW_PACKED;
  l_checkbytes(L, 3, "format", NULL);
  if (r->fallible || !vm_allows(r, offset, size, VM_READ, &refused))
    size = r->fallible ? 0 : refused - offset; /* fallible memory is not for Lua's own functions */
  int results = unpack_from(L, vm_memory(r, offset), offset, size);
  if (results >= 0) {
    record_read(L, offset, lua_tointeger(L, -1) - (lua_Integer)offset);
    return results;
  }
  if (!is_too_short(L)) return l_error(L, "cannot unpack: %s", lua_tostring(L, -1));
  progress p = start(0);
  lua_settop(L, ANSWERS);
  save(L, &p);
  return unpackk(L, LUA_OK, 0);
}

const luaL_Reg l_region_unpack[] = {
    {"unpack", region_unpack},
    {NULL, NULL},
};
