/* stretch.c: elements of a view that are touched together: the check before it. */
#include "lua/view.h"

#include "lua/access_copies.h"
#include "lua/note.h"

bool l_is_dense(const l_stretch *s) { return s->stride == l_types[s->type].size || s->count <= 1; }

static size_t size_of(const l_stretch *s) { return l_types[s->type].size; }

/* Bytes from the first element's start to the last one's end. */
static size_t extent_of(const l_stretch *s) {
  return s->count > 0 ? (s->count - 1) * s->stride + size_of(s) : 0;
}

static l_range element(const l_stretch *s, size_t i) {
  return l_in(s->region, s->offset + i * s->stride, size_of(s));
}

static l_source source_of(const char *bytes, size_t size) {
  return (l_source){.bytes = bytes, .size = size};
}

/* Whether each page from the first element to the last one has a byte of an element. */
static bool fills_pages(const l_stretch *s) {
  return s->stride <= vm_page_size(s->region) || s->count <= 1;
}

/* The number of the element that was refused last is kept among the answers, under a key that no answer has
** (l_answer_key). The access starts over after each fault, and looks at all elements without running Lua before it
** touches memory; but it begins with that element. So n elements that fault one by one do not cost n times n looks.
** Nothing relies on the number. */
enum { REFUSED = 3 };

static size_t refused_last(lua_State *L, const l_access *a, const l_stretch *s) {
  if (!lua_istable(L, a->answers)) return 0;
  lua_rawgeti(L, a->answers, REFUSED);
  size_t i = (size_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return i < s->count ? i : 0;
}

static void keep_refused(lua_State *L, const l_access *a, size_t i) {
  if (!lua_istable(L, a->answers)) return;
  lua_pushinteger(L, (lua_Integer)i);
  lua_rawseti(L, a->answers, REFUSED);
}

static bool allows_from(const l_stretch *s, size_t i, size_t end, unsigned need) {
  size_t refused, size = size_of(s);
  if (i == end) return true;
  if (fills_pages(s))
    return vm_allows(s->region, s->offset + i * s->stride, (end - i - 1) * s->stride + size, need,
                     &refused);
  for (; i < end; i++)
    if (!vm_allows(s->region, s->offset + i * s->stride, size, need, &refused)) return false;
  return true;
}

/* Whether memory allows the access to all elements. */
static bool allows(lua_State *L, const l_access *a, const l_stretch *s, unsigned need) {
  size_t first = refused_last(L, a, s);
  return allows_from(s, first, s->count, need) && allows_from(s, 0, first, need);
}

/* The same where handlers may have answered. If an element cannot be had they are asked, and the access starts
** over. A write has its bytes `step` apart. */
static bool reach(lua_State *L, l_access *a, const l_stretch *s, l_which which, const char *bytes,
                  size_t step) {
  size_t size = size_of(s), first = refused_last(L, a, s);
  a->like_it = s->count - 1;
  for (size_t done = 0; done < s->count; done++) {
    size_t i = done < s->count - first ? first + done : done - (s->count - first);
    if (l_reach(L, a, element(s, i), which) == size) continue;
    keep_refused(L, a, i);
    if (which == L_WRITTEN)
      (void)l_writable(L, a, element(s, i), source_of(bytes + i * step, size)); /* asks handlers */
    else
      (void)l_readable(L, a, element(s, i), which);
    return false;
  }
  return true;
}

const char *l_readable_stretch(lua_State *L, l_access *a, l_stretch *s) {
  size_t size = size_of(s);
  if (l_is_dense(s)) return l_readable(L, a, l_in(s->region, s->offset, s->count * size), L_FIRST);
  if (allows(L, a, s, VM_READ) && (fills_pages(s) || !s->region->fallible)) {
    if (fills_pages(s)) return l_readable(L, a, l_in(s->region, s->offset, extent_of(s)), L_FIRST);
    for (size_t i = 0; i < s->count; i++)
      l_record_read(L, s->region, s->offset + i * s->stride, size);
    return vm_memory(s->region, s->offset);
  }
  if (!reach(L, a, s, L_FIRST, NULL, 0)) return NULL;
  char *copy = l_copy_for(L, a, L_SECOND, s->count * size);
  if (copy == NULL || l_copy_for(L, a, L_FIRST, size) == NULL) return NULL;
  bool by_leaves = a->by_leaves;
  a->by_leaves = false; /* the elements are copied here */
  for (size_t i = 0; i < s->count; i++) {
    const char *from = l_readable(L, a, element(s, i), L_FIRST);
    if (from == NULL) return NULL;
    memcpy(copy + i * size, from, size);
  }
  a->by_leaves = by_leaves;
  s->stride = size;
  return copy;
}

bool l_note_stretch(lua_State *L, l_access *a, const l_stretch *s) {
  static const l_source unknown = {0};
  if (s->region->fallible || !allows(L, a, s, VM_WRITE)) return false;
  if (fills_pages(s)) return l_writable(L, a, l_in(s->region, s->offset, extent_of(s)), unknown);
  for (size_t i = 0; i < s->count; i++) (void)l_writable(L, a, element(s, i), unknown);
  return true;
}

bool l_write_stretch(lua_State *L, l_access *a, const l_stretch *s, const void *bytes,
                     bool repeats) {
  size_t size = size_of(s), step = repeats ? 0 : size;
  const char *from = bytes;
  if (l_is_dense(s)) {
    l_source source = {
        .bytes = bytes, .size = repeats ? size : s->count * size, .repeats = repeats};
    return l_write_bytes(L, a, l_in(s->region, s->offset, s->count * size), source);
  }
  if (l_note_stretch(L, a, s)) {
    l_copy_numbers(vm_memory(s->region, s->offset), (ptrdiff_t)s->stride, from, (ptrdiff_t)step,
                   s->count, size, false);
    return true;
  }
  if (!reach(L, a, s, L_WRITTEN, from, step)) return false;
  for (size_t i = 0; i < s->count; i++) /* notes what is in memory */
    if (!l_writable(L, a, element(s, i), source_of(from + i * step, size))) return false;
  a->has_taken = true;
  for (size_t i = 0; i < s->count; i++)
    if (!l_store(L, a, element(s, i), source_of(from + i * step, size))) return false;
  return true;
}
