/* region_find.c: region:find and region:nonzero.
**
** A search runs at the speed of memchr if the needle has a rare byte, and in linear time for any needle
** and memory. Two methods take turns. The first uses memchr to go from one place of the needle's rarest
** byte to the next, as long as the byte is rare; a sample of the memory shows which byte that is. If
** none is rare, the two-way algorithm (Crochemore and Perrin, 1991) searches a piece: in linear time,
** without memory of its own. */
#include <string.h>

#include "core/backed.h"
#include "lua/access.h"
#include "lua/classes.h"
#include "lua/live_regions.h"

/* The needle may start at each of the first `places` bytes from `at` on. */
typedef struct search {
  const unsigned char *at;
  size_t places;
  const unsigned char *needle;
  size_t length;
} search;

static void advance(search *s, size_t places) {
  s->at += places;
  s->places -= places;
}

/* {====== Hopping ====== */

enum {
  HOP = 16,         /* cost of a call of memchr and memcmp, in bytes searched in the same time */
  ALLOWANCE = 1024, /* cost allowed before the search gives up, in the same unit */
  SAMPLE = 512,
};

/* The index of the needle's byte that is rarest in a sample of the memory at s->at. */
static size_t rarest(const search *s) {
  unsigned short seen[256] = {0};
  size_t size = s->places + s->length - 1, rare = 0;
  for (size_t i = 0; i < size && i < SAMPLE; i++) seen[s->at[i]]++;
  for (size_t i = 1; i < s->length && i < SAMPLE; i++)
    if (seen[s->needle[i]] < seen[s->needle[rare]]) rare = i;
  return rare;
}

/* True when the needle is found at s->at. Gives up where the byte at `rare` is not rare enough. */
static bool hop(search *s, size_t rare) {
  size_t cost = 0, covered = ALLOWANCE;
  while (s->places > 0 && cost <= covered) {
    const unsigned char *next = memchr(s->at + rare, s->needle[rare], s->places);
    size_t distance = next != NULL ? (size_t)(next - (s->at + rare)) : s->places;
    advance(s, distance);
    if (next == NULL) break;
    if (memcmp(s->at, s->needle, s->length) == 0) return true;
    advance(s, 1);
    covered += distance + 1;
    cost += HOP + s->length;
  }
  return false;
}

/* ====== } */

/* {====== Two-way ====== */

typedef struct plan {
  size_t cut;       /* the needle's right part starts here, and is compared first */
  size_t shift;     /* how far to go after a match of the right part alone */
  size_t keep;      /* how much is known to match then; 0 if the needle does not repeat itself */
  size_t skip[256]; /* by the byte under the needle's end: how many places cannot match */
} plan;

/* Where the largest suffix starts, in the order of bytes or the opposite order, and its period. */
static size_t largest_suffix(const unsigned char *needle, size_t length, bool opposite,
                             size_t *period) {
  size_t best = 0, other = 1, same = 0;
  *period = 1;
  while (other + same < length) {
    unsigned char a = needle[best + same], b = needle[other + same];
    if (a == b) {
      if (++same == *period) {
        other += same;
        same = 0;
      }
    } else if ((a > b) != opposite) { /* all of the suffix so far is one period */
      other += same + 1;
      same = 0;
      *period = other - best;
    } else {
      best = other++;
      same = 0;
      *period = 1;
    }
  }
  return best;
}

static plan make_plan(const unsigned char *needle, size_t length) {
  plan p;
  size_t period, opposite_period;
  size_t cut = largest_suffix(needle, length, false, &period);
  size_t opposite = largest_suffix(needle, length, true, &opposite_period);
  if (opposite > cut) {
    cut = opposite;
    period = opposite_period;
  }
  p.cut = cut;
  if (memcmp(needle, needle + period, cut) == 0) {
    p.shift = period;
    p.keep = length - period;
  } else {
    p.shift = (cut > length - cut ? cut : length - cut) + 1;
    p.keep = 0;
  }
  for (size_t i = 0; i < 256; i++) p.skip[i] = length;
  for (size_t i = 0; i < length; i++) p.skip[needle[i]] = length - 1 - i;
  return p;
}

/* True when the needle is found at s->at. Stops after `most` places. */
static bool two_way(search *s, const plan *p, size_t most) {
  size_t place = 0, known = 0; /* known: bytes of the needle that match already */
  if (most > s->places) most = s->places;
  while (place < most) {
    const unsigned char *at = s->at + place;
    size_t skip = p->skip[at[s->length - 1]];
    if (known == 0 && skip > 0) {
      place += skip;
      continue;
    }
    size_t i = known > p->cut ? known : p->cut;
    while (i < s->length && at[i] == s->needle[i]) i++;
    if (i < s->length) {
      place += i - p->cut + 1;
      known = 0;
      continue;
    }
    i = p->cut;
    while (i > known && at[i - 1] == s->needle[i - 1]) i--;
    if (i <= known) {
      advance(s, place);
      return true;
    }
    place += p->shift;
    known = p->keep;
  }
  advance(s, place < s->places ? place : s->places);
  return false;
}

/* ====== } */

/* True when the needle is found at s->at. */
static bool find(search *s) {
  if (hop(s, 0)) return true;
  if (s->places > 0 && hop(s, rarest(s))) return true;
  if (s->places == 0) return false;
  plan p = make_plan(s->needle, s->length);
  size_t piece = ((size_t)1 << 16) + 8 * s->length; /* far more than a failed hop costs */
  while (s->places > 0)
    if (two_way(s, &p, piece) || (s->places > 0 && hop(s, rarest(s)))) return true;
  return false;
}

/* {====== Skipping pages that have never been written ====== */

static bool find_at(search *s, uintptr_t from, size_t places) {
  search part = {(const unsigned char *)vm_bytes_at(from), places, s->needle, s->length};
  if (!find(&part)) return false;
  s->at = part.at;
  return true;
}

/* The needle's byte at `index` is not zero, so only backed stretches can hold it. */
static bool find_content(search *s, size_t index) {
  vm_walk w;
  vm_stretch in;
  vm_walk_start(&w, s->at + index, s->places);
  while (vm_walk_next(&w, &in))
    if (in.backed && find_at(s, in.from - index, in.to - in.from)) return true;
  return false;
}

/* The needle is all zeros. */
static bool find_zeroes(search *s) {
  vm_walk w;
  vm_stretch in;
  size_t run = 0; /* zeros just before the stretch */
  vm_walk_start(&w, s->at, s->places + s->length - 1);
  while (vm_walk_next(&w, &in)) {
    size_t size = in.to - in.from;
    const char *from = vm_bytes_at(in.from);
    size_t first = in.backed ? vm_zeroes_before(from, size) : size;
    if (run + first >= s->length) {
      s->at = (const unsigned char *)from - run;
      return true;
    }
    run += first;
    if (first == size) continue;
    if (size >= s->length && find_at(s, in.from, size - s->length + 1)) return true;
    run = size - vm_length_of(from, size);
  }
  return false;
}

static size_t first_not_zero(const search *s) {
  size_t i = 0;
  while (i < s->length && s->needle[i] == 0) i++;
  return i;
}

/* A long needle makes each search expensive, so it is searched for in one go. */
static bool find_anywhere(search *s) {
  if (s->places == 0) return false;
  size_t index = first_not_zero(s);
  if (index == s->length) return find_zeroes(s);
  return s->length <= os_get_limits()->page_size ? find_content(s, index) : find(s);
}

/* ====== } */

static int findk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    size_t length;
    const char *needle = l_checkbytes(L, 2, "needle", &length);
    l_span span = l_optspan(L, 3, r, 0);
    l_access a = {.tries = tries, .again = findk, .answers = 5};
    const char *bytes = l_readable(L, &a, l_in(r, span.offset, span.size), L_FIRST);
    if (bytes == NULL) continue;
    const unsigned char *from = (const unsigned char *)bytes;
    search s = {from, 0, (const unsigned char *)needle, length};
    if (length <= span.size) s.places = span.size - length + 1;
    if (length == 0 || find_anywhere(&s))
      lua_pushinteger(L, (lua_Integer)(span.offset + (size_t)(s.at - from)));
    else
      luaL_pushfail(L);
    return 1;
  }
}

static int region_find(lua_State *L) {
  l_drop_others(L, 4);
  return findk(L, LUA_OK, 0);
}

/* {====== Bytes other than zero ====== */

static int nonzerok(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    l_span s = l_optspan(L, 2, r, 0);
    l_access a = {.tries = tries, .again = nonzerok, .answers = 4};
    const char *from = l_readable(L, &a, l_in(r, s.offset, s.size), L_FIRST);
    if (from == NULL) continue;
    size_t first = vm_zeroes_before(from, s.size);
    if (first == s.size) {
      luaL_pushfail(L);
      return 1;
    }
    size_t last = vm_length_of(from, s.size) - 1;
    lua_pushinteger(L, (lua_Integer)(s.offset + first));
    lua_pushinteger(L, (lua_Integer)(s.offset + last));
    return 2;
  }
}

static int region_nonzero(lua_State *L) {
  l_drop_others(L, 3);
  return nonzerok(L, LUA_OK, 0);
}

/* ====== } */

const luaL_Reg l_region_find[] = {
    {"find", region_find},
    {"nonzero", region_nonzero},
    {NULL, NULL},
};
