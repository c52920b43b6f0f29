/* lua_sparse.c: what vmem.sparse is made of: access to records of a region whose pages may be missing,
** which is no fault here but an answer, and looking for what is not zero.
**
** Readers and writers are closures that know which records, so that they can be an array's __index and
** __newindex. Their upvalues:
**   1  of elements, the view; of records as strings, the region
**   2  of a reader, a table for keys that are no numbers, or nil
**      of a writer, who does what it cannot, or nil
**   3  of strings: bytes of a record
**   4  of strings: number of records
**   5  of a reader of strings: whether the zeroes at the end belong to them */
#include <string.h>

#include "lua_view.h"

/* {====== Bytes that are zero ====== */

static const char zeroes[512] = {0};

/* How many zero bytes come first. */
static size_t zeroes_before(const char *from, size_t size) {
  size_t count = 0;
  while (size - count >= sizeof zeroes && memcmp(from + count, zeroes, sizeof zeroes) == 0)
    count += sizeof zeroes;
  while (size - count >= 8 && memcmp(from + count, zeroes, 8) == 0) count += 8;
  while (count < size && from[count] == 0) count++;
  return count;
}

/* How many bytes there are up to the last that is not zero. */
static size_t length_of(const char *from, size_t size) {
  while (size >= sizeof zeroes && memcmp(from + size - sizeof zeroes, zeroes, sizeof zeroes) == 0)
    size -= sizeof zeroes;
  while (size >= 8 && memcmp(from + size - 8, zeroes, 8) == 0) size -= 8;
  while (size > 0 && from[size - 1] == 0) size--;
  return size;
}

/* Makes bytes zero. A page where they are already is only read: it need not come into RAM for that. */
static void wipe(const vm_region *r, size_t offset, size_t size) {
  size_t page = vm_page_size(r), end = offset + size;
  while (offset < end) {
    size_t next = (offset | (page - 1)) + 1;
    if (next > end) next = end;
    char *to = vm_memory(r, offset);
    if (zeroes_before(to, next - offset) < next - offset) memset(to, 0, next - offset);
    offset = next;
  }
}

/* ====== } */

/* {====== Records ====== */

enum { SUBJECT = 1, OTHERS, SIZE, COUNT, WHOLE };

/* A record, or an element. */
typedef struct place {
  vm_region *region;
  size_t offset, size;
  unsigned type; /* of an element */
} place;

/* The index at `arg`, from 0. False when it is none. */
static bool take_index(lua_State *L, int arg, size_t count, size_t *index) {
  int fits = 0;
  lua_Integer i = lua_type(L, arg) == LUA_TNUMBER ? lua_tointegerx(L, arg, &fits) : 0;
  *index = (size_t)i - 1;
  return fits && *index < count;
}

/* Whether all pages are committed, whatever they allow. */
static bool exists(const place *p) {
  vm_region *r = p->region;
  if (vm_allows_cached(r, p->offset, p->size, VM_COMMITTED)) return true;
  size_t page = vm_page_size(r), end = p->offset + p->size;
  for (size_t at = p->offset; at < end; at = (at | (page - 1)) + 1)
    if ((vm_state_at(r, at) & VM_COMMITTED) == 0) return false;
  return true;
}

/* The element with the index at 2. False when that is none. */
static bool take_element(lua_State *L, place *p) {
  size_t i;
  const l_view *view = l_checkview(L, lua_upvalueindex(SUBJECT));
  if (!take_index(L, 2, view->count, &i)) return false;
  l_stretch s = l_stretchof(view, i, 1);
  *p = (place){s.region, s.offset, s.size, s.type};
  return true;
}

/* The record with the index at 2. False when that is none. */
static bool take_record(lua_State *L, place *p) {
  size_t i;
  vm_region *r = l_checkregion(L, lua_upvalueindex(SUBJECT));
  size_t size = l_checkcount(L, lua_upvalueindex(SIZE), "size", 1, r->size);
  size_t count = l_checkcount(L, lua_upvalueindex(COUNT), "count", 0, r->size / size);
  if (!take_index(L, 2, count, &i)) return false;
  *p = (place){r, i * size, size, 0};
  return true;
}

/* ====== } */

/* {====== Readers: (array, key) ====== */

/* What is no number is a name. */
static int member(lua_State *L) {
  if (!lua_istable(L, lua_upvalueindex(OTHERS))) return 0;
  lua_settop(L, 2);
  lua_rawget(L, lua_upvalueindex(OTHERS));
  return 1;
}

static int get_elementk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    place p;
    if (!take_element(L, &p) || !exists(&p)) return 0;
    if (l_permit(L, p.region, p.offset, p.size, VM_READ, tries, get_elementk)) {
      l_pushelements(L, p.type, vm_memory(p.region, p.offset), 1);
      return 1;
    }
  }
}

static int get_element(lua_State *L) {
  return lua_type(L, 2) == LUA_TNUMBER ? get_elementk(L, LUA_OK, 0) : member(L);
}

static int get_recordk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    place p;
    if (!take_record(L, &p) || !exists(&p)) return 0;
    if (l_permit(L, p.region, p.offset, p.size, VM_READ, tries, get_recordk)) {
      const char *from = vm_memory(p.region, p.offset);
      bool whole = lua_toboolean(L, lua_upvalueindex(WHOLE));
      lua_pushlstring(L, from, whole ? p.size : length_of(from, p.size));
      return 1;
    }
  }
}

static int get_record(lua_State *L) {
  return lua_type(L, 2) == LUA_TNUMBER ? get_recordk(L, LUA_OK, 0) : member(L);
}

/* ====== } */

/* {====== Writers: (array, index, value) ====== */

/* What a writer returns when it calls nobody: true, or */
typedef enum answer {
  STORED,
  MISSING, /* false: the record does not exist */
  UNFIT    /* nil: no index, or no value for a record */
} answer;

static int done(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 0;
}

static int conclude(lua_State *L, answer how) {
  if (how == STORED || lua_isnil(L, lua_upvalueindex(OTHERS))) {
    if (how == UNFIT) return 0;
    lua_pushboolean(L, how == STORED);
    return 1;
  }
  lua_settop(L, 3);
  lua_pushvalue(L, lua_upvalueindex(OTHERS));
  lua_insert(L, 1);
  lua_callk(L, 3, 0, 0, done);
  return 0;
}

#define TAKE_INT(name, ctype)                            \
  {                                                      \
    int fits;                                            \
    lua_Integer integer = lua_tointegerx(L, arg, &fits); \
    element->name = (ctype)integer;                      \
    return fits && L_FITS(ctype, integer);               \
  }
#define TAKE_FLOAT(name, ctype)                  \
  {                                              \
    element->name = (ctype)lua_tonumber(L, arg); \
    return true;                                 \
  }

/* What l_checkelement does, but for the error. */
static bool take_value(lua_State *L, int arg, unsigned type, l_element *element) {
  if (lua_type(L, arg) != LUA_TNUMBER) return false;
  switch (type) {
#define TAKE(name, ctype, how) \
  case L_TYPE_##name: TAKE_##how(name, ctype)
    L_TYPES(TAKE)
#undef TAKE
    default: return false;
  }
}

static int put_elementk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    place p;
    l_element value;
    if (!take_element(L, &p) || !take_value(L, 3, p.type, &value)) return conclude(L, UNFIT);
    if (!exists(&p)) return conclude(L, MISSING);
    if (l_permit(L, p.region, p.offset, p.size, VM_WRITE, tries, put_elementk)) {
      memcpy(vm_memory(p.region, p.offset), &value, p.size);
      return conclude(L, STORED);
    }
  }
}

static int put_element(lua_State *L) { return put_elementk(L, LUA_OK, 0); }

/* Zeroes fill the rest of the record. */
static int put_recordk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    place p;
    size_t length;
    if (!take_record(L, &p) || lua_type(L, 3) != LUA_TSTRING) return conclude(L, UNFIT);
    const char *bytes = lua_tolstring(L, 3, &length);
    if (length > p.size) return conclude(L, UNFIT);
    if (!exists(&p)) return conclude(L, MISSING);
    if (l_permit(L, p.region, p.offset, p.size, VM_WRITE, tries, put_recordk)) {
      memcpy(vm_memory(p.region, p.offset), bytes, length);
      wipe(p.region, p.offset + length, p.size - length);
      return conclude(L, STORED);
    }
  }
}

static int put_record(lua_State *L) { return put_recordk(L, LUA_OK, 0); }

/* ====== } */

/* {====== Making them ====== */

/* sparse.elements(view, others): a reader; (view, others, true): a writer */
static int sparse_elements(lua_State *L) {
  lua_settop(L, 3);
  l_checkview(L, 1);
  lua_CFunction function = lua_toboolean(L, 3) ? put_element : get_element;
  lua_settop(L, 2);
  lua_pushcclosure(L, function, OTHERS);
  return 1;
}

/* sparse.reader(region, others, size, count, whole) */
static int sparse_reader(lua_State *L) {
  lua_settop(L, WHOLE);
  l_checkregion(L, 1);
  lua_pushcclosure(L, get_record, WHOLE);
  return 1;
}

/* sparse.writer(region, others, size, count) */
static int sparse_writer(lua_State *L) {
  lua_settop(L, COUNT);
  l_checkregion(L, 1);
  lua_pushcclosure(L, put_record, COUNT);
  return 1;
}

/* ====== } */

/* {====== What is not zero ====== */

/* The first stretch of committed pages at or behind `offset`, as far as `end`; empty when there is none.
** `byte` gets what they are, and is the same for all of them. */
static l_span next_stretch(vm_region *r, size_t offset, size_t end, unsigned *byte) {
  while (offset < end) {
    vm_run run = vm_query(r, offset);
    size_t stop = run.offset + run.size < end ? run.offset + run.size : end;
    *byte = run.byte;
    if (run.byte & VM_COMMITTED) return (l_span){offset, stop - offset};
    offset = stop;
  }
  return (l_span){end, 0};
}

/* sparse.first(region, offset, size): the offset of the first byte there that is not zero, or nil. */
static int firstk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    unsigned byte;
    vm_region *r = l_checkregion(L, 1);
    l_span all = l_checkspan(L, 2, r, 0), s = {all.offset, 0};
    size_t end = all.offset + all.size;
    bool allowed = true;
    while (allowed) {
      s = next_stretch(r, s.offset + s.size, end, &byte);
      if (s.size == 0) return 0;
      allowed = l_permit(L, r, s.offset, s.size, VM_READ, tries, firstk);
      if (!allowed) break;
      size_t zero = zeroes_before(vm_memory(r, s.offset), s.size);
      if (zero == s.size) continue;
      lua_pushinteger(L, (lua_Integer)(s.offset + zero));
      return 1;
    }
  }
}

static int sparse_first(lua_State *L) { return firstk(L, LUA_OK, 0); }

/* How many bytes belong to records of which a byte in this stretch is not zero. */
static size_t used_of(const vm_region *r, l_span s, size_t record_size) {
  const char *from = vm_memory(r, s.offset);
  size_t used = 0, at = 0;
  while ((at += zeroes_before(from + at, s.size - at)) < s.size) {
    size_t inside = (s.offset + at) % record_size, behind = record_size - inside;
    if (behind > s.size - at) behind = s.size - at;
    used += (inside < at ? inside : at) + behind;
    at += behind;
  }
  return used;
}

/* sparse.used(region, size of a record): how many committed bytes belong to records with something other
** than zero. What nobody may read is taken for such. */
static int sparse_used(lua_State *L) {
  vm_region *r = l_checkregion(L, 1);
  size_t record_size = l_checkcount(L, 2, "size", 1, LUA_MAXINTEGER), used = 0;
  unsigned byte = 0;
  for (l_span s = next_stretch(r, 0, r->size, &byte); s.size > 0;
       s = next_stretch(r, s.offset + s.size, r->size, &byte))
    used += (byte & (VM_READ | VM_GUARD)) == VM_READ ? used_of(r, s, record_size) : s.size;
  lua_pushinteger(L, (lua_Integer)used);
  return 1;
}

/* ====== } */

static const luaL_Reg functions[] = {
    {"elements", sparse_elements}, {"first", sparse_first},   {"reader", sparse_reader},
    {"used", sparse_used},         {"writer", sparse_writer}, {NULL, NULL},
};

void l_push_sparse(lua_State *L) { luaL_newlib(L, functions); }
