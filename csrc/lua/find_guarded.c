/* find_guarded.c: searching memory for a string of bytes; leaf functions (os/guard.h).
**
** A search runs at the speed of memchr if the needle has a rare byte, and in linear time for any needle
** and memory. Two methods take turns. The first uses memchr to go from one place of the needle's rarest
** byte to the next, as long as the byte is rare; a sample of the memory shows which byte that is. If
** none is rare, the two-way algorithm (Crochemore and Perrin, 1991) searches a piece: in linear time,
** without memory of its own. */
#include "lua/find_guarded.h"

#include <string.h>

static void advance(l_search *s, size_t places) {
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
static size_t rarest(const l_search *s) {
  unsigned short seen[256] = {0};
  size_t size = s->places + s->length - 1, rare = 0;
  for (size_t i = 0; i < size && i < SAMPLE; i++) seen[s->at[i]]++;
  for (size_t i = 1; i < s->length && i < SAMPLE; i++)
    if (seen[s->needle[i]] < seen[s->needle[rare]]) rare = i;
  return rare;
}

/* True when the needle is found at s->at. Gives up where the byte at `rare` is not rare enough. */
static bool hop(l_search *s, size_t rare) {
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
static bool two_way(l_search *s, const plan *p, size_t most) {
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
bool l_find(l_search *s) {
  if (hop(s, 0)) return true;
  if (s->places > 0 && hop(s, rarest(s))) return true;
  if (s->places == 0) return false;
  plan p = make_plan(s->needle, s->length);
  size_t piece = ((size_t)1 << 16) + 8 * s->length; /* far more than a failed hop costs */
  while (s->places > 0)
    if (two_way(s, &p, piece) || (s->places > 0 && hop(s, rarest(s)))) return true;
  return false;
}

void l_find_leaf(void *with) {
  l_search *s = with;
  s->found = s->places > 0 && l_find(s);
}
