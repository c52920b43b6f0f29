/* bytes_guarded.c: leaf functions (os/guard.h) for bytes, and the calls that run them under the guard. */
#include "core/bytes_guarded.h"

#include <string.h>

static os_range range_of(const void *from, size_t size) {
  return (os_range){(uintptr_t)from, (uintptr_t)from + size};
}

/* Runs a leaf that touches so many bytes at `a`, and at `b` unless that is NULL. */
static bool run(os_leaf *leaf, void *with, const void *a, const void *b, size_t size,
                uintptr_t *lost) {
  const os_range ranges[2] = {range_of(a, size), range_of(b, b != NULL ? size : 0)};
  return os_guarded(leaf, with, ranges, lost);
}

/* {====== Copying ====== */

void vm_copy_leaf(void *with) {
  const vm_copying *w = with;
  memmove(w->to, w->from, w->size);
}

bool vm_try_copy(void *to, const void *from, size_t size, uintptr_t *lost) {
  vm_copying w = {to, from, size};
  return run(vm_copy_leaf, &w, to, from, size, lost);
}

/* ====== } */

/* {====== Filling ====== */

/* The size of the piece that is copied repeatedly: it fits the fastest cache, and suits memcpy. */
enum { BLOCK = 4096 };

static bool are_alike(const char *bytes, size_t size) {
  return memcmp(bytes, bytes + 1, size - 1) == 0;
}

void vm_fill(void *memory, size_t size, const void *pattern, size_t period, size_t from) {
  char *to = memory;
  const char *bytes = pattern;
  if (are_alike(bytes, period)) {
    memset(to, *(const unsigned char *)bytes, size);
    return;
  }
  size_t done = 0;
  for (; done < period && done < size; done++) to[done] = bytes[(from + done) % period];
  while (done < size) { /* what is repeated doubles until it is a block */
    size_t more = done < BLOCK ? done : BLOCK - BLOCK % period;
    if (more > size - done) more = size - done;
    memcpy(to + done, to, more);
    done += more;
  }
}

/* The arguments of vm_fill. */
typedef struct filling {
  void *to;
  size_t size;
  const void *bytes;
  size_t period, from;
} filling;

static void fill(void *with) {
  const filling *f = with;
  vm_fill(f->to, f->size, f->bytes, f->period, f->from);
}

bool vm_try_fill(void *to, size_t size, const void *bytes, size_t period, size_t from,
                 uintptr_t *lost) {
  filling f = {to, size, bytes, period, from};
  return run(fill, &f, to, NULL, size, lost);
}

/* ====== } */

/* {====== Looking ====== */

void vm_touch_leaf(void *with) {
  const vm_touching *t = with;
  const volatile char *at = t->from, *end = at + t->size;
  while (at < end) {
    (void)*at;
    at += t->page - ((uintptr_t)at & (t->page - 1)); /* a division takes longer than the access */
  }
}

bool vm_try_touch(const void *from, size_t size, uintptr_t *lost) {
  vm_touching t = {from, size, os_get_limits()->page_size};
  return run(vm_touch_leaf, &t, from, NULL, size, lost);
}

typedef struct finding {
  const char *from;
  size_t size, at;
} finding;

static void find_zero(void *with) {
  finding *f = with;
  const char *zero = memchr(f->from, 0, f->size);
  f->at = zero != NULL ? (size_t)(zero - f->from) : f->size;
}

bool vm_try_find_zero(const void *from, size_t size, size_t *at, uintptr_t *lost) {
  finding f = {from, size, 0};
  bool done = run(find_zero, &f, from, NULL, size, lost);
  *at = f.at;
  return done;
}

typedef struct comparison {
  const char *a, *b;
  size_t size;
  bool same;
} comparison;

static void compare(void *with) {
  comparison *c = with;
  c->same = memcmp(c->a, c->b, c->size) == 0;
}

bool vm_try_compare(const void *a, const void *b, size_t size, bool *same, uintptr_t *lost) {
  comparison c = {a, b, size, false};
  bool done = run(compare, &c, a, b, size, lost);
  *same = c.same;
  return done;
}

static const char zeros[512] = {0};

size_t vm_zeros_in(const char *from, size_t size) {
  size_t count = 0;
  while (size - count >= sizeof zeros && memcmp(from + count, zeros, sizeof zeros) == 0)
    count += sizeof zeros;
  while (size - count >= 8 && memcmp(from + count, zeros, 8) == 0) count += 8;
  while (count < size && from[count] == 0) count++;
  return count;
}

size_t vm_length_in(const char *from, size_t size) {
  while (size >= sizeof zeros && memcmp(from + size - sizeof zeros, zeros, sizeof zeros) == 0)
    size -= sizeof zeros;
  while (size >= 8 && memcmp(from + size - 8, zeros, 8) == 0) size -= 8;
  while (size > 0 && from[size - 1] == 0) size--;
  return size;
}

void vm_content_leaf(void *with) {
  vm_content *c = with;
  c->first = vm_zeros_in(c->from, c->size);
  c->end = c->first < c->size ? vm_length_in(c->from, c->size) : 0;
}

/* memcmp does the work, on steps that halve to close in on the first that differ. */
size_t vm_common_in(const char *a, const char *b, size_t size) {
  size_t same = 0, step = (size_t)1 << 16;
  while (same < size) {
    if (step > size - same) step = size - same;
    if (memcmp(a + same, b + same, step) == 0)
      same += step;
    else if (step > 1)
      step = (step + 1) / 2;
    else
      break;
  }
  return same;
}

void vm_order(vm_two *two) {
  two->is_less = (unsigned char)two->a[two->same] < (unsigned char)two->b[two->same];
}

void vm_common_leaf(void *with) {
  vm_two *two = with;
  two->same = vm_common_in(two->a, two->b, two->size);
  if (two->same < two->size) vm_order(two);
}

/* ====== } */
