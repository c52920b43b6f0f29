/* bytes_guarded.h: leaf functions (os/guard.h) for bytes, and the calls that run them under the guard.
**
** The functions vm_try_* touch pages that the system may not be able to give. False: it could not, *lost is the
** address, and a part may have been done. */
#ifndef BYTES_GUARDED_H
#define BYTES_GUARDED_H

#include "os/guard.h"

/* memmove. */
bool vm_try_copy(void *to, const void *from, size_t size, uintptr_t *lost);

/* Fills `size` bytes with copies of `period` bytes, of which the first one is number `from`. */
bool vm_try_fill(void *to, size_t size, const void *bytes, size_t period, size_t from,
                 uintptr_t *lost);

/* Reads a byte of each page of the range, which is not empty. */
bool vm_try_touch(const void *from, size_t size, uintptr_t *lost);

/* *same: whether the bytes are the same. */
bool vm_try_compare(const void *a, const void *b, size_t size, bool *same, uintptr_t *lost);

/* *at: the index of the first zero byte, or `size`. */
bool vm_try_find_zero(const void *from, size_t size, size_t *at, uintptr_t *lost);

/* {====== The leaves themselves, also for memory that is always there ====== */

/* What vm_try_fill does. */
void vm_fill(void *memory, size_t size, const void *pattern, size_t period, size_t from);

/* How many zeros the bytes begin with, and how long they are without the zeros at their end. */
size_t vm_zeros_in(const char *from, size_t size);
size_t vm_length_in(const char *from, size_t size);

/* Both of them, in one leaf. */
typedef struct vm_content {
  const char *from;
  size_t size, first, end;
} vm_content;
void vm_content_leaf(void *with);

/* How many bytes two ranges begin with that are the same. */
size_t vm_common_in(const char *a, const char *b, size_t size);

/* Two ranges, how many bytes they begin with that are the same, and which of the next ones is less. */
typedef struct vm_two {
  const char *a, *b;
  size_t size, same;
  bool is_less; /* that of `a` */
} vm_two;
void vm_common_leaf(void *with);

/* Sets is_less; `same` is less than the size. */
void vm_order(vm_two *two);

/* Reads a byte of each page, of so many bytes (a power of two), that holds one of the range. */
typedef struct vm_touching {
  const char *from;
  size_t size, page;
} vm_touching;
void vm_touch_leaf(void *with);

/* memmove as a leaf. */
typedef struct vm_copying {
  char *to;
  const char *from;
  size_t size;
} vm_copying;
void vm_copy_leaf(void *with);

/* ====== } */

#endif
