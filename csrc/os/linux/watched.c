/* watched.c: the list of address ranges that are registered with the process's userfaultfd.
**
** The kernel forgets the registrations in a child of fork, and when other code closes the descriptor. So
** they are listed here, to be made again. The list is sorted; no two ranges overlap, and none crosses
** the border of a region. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "os/linux/linux.h"
#include "os/unix.h"

/* One thread at a time reads or changes the list. fork takes the lock too (missing.c). */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void linux_watched_lock(void) { pthread_mutex_lock(&lock); }

void linux_watched_unlock(void) { pthread_mutex_unlock(&lock); }

static linux_stretch *book;
static size_t count, room;

/* The index of the first range that ends above the address. */
static size_t place_of(uintptr_t address) {
  size_t low = 0, high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (book[middle].end > address)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

bool linux_watched_prepare(void) {
  if (room - count >= 2) return true;
  size_t larger = room == 0 ? 16 : room * 2;
  linux_stretch *moved = realloc(book, larger * sizeof *book);
  if (moved == NULL) return false;
  book = moved;
  room = larger;
  return true;
}

/* Replaces `old` ranges from index `at` on by the `fresh` ranges of `those`. */
static void replace(size_t at, size_t old, const linux_stretch *those, size_t fresh) {
  memmove(book + at + fresh, book + at + old, (count - at - old) * sizeof *book);
  memcpy(book + at, those, fresh * sizeof *book);
  count = count - old + fresh;
}

void linux_watched_add(uintptr_t address, size_t size) {
  linux_stretch all = {address, address + size};
  size_t at = place_of(address), end = at;
  for (; end < count && book[end].start < all.end; end++) {
    if (book[end].start < all.start) all.start = book[end].start;
    if (book[end].end > all.end) all.end = book[end].end;
  }
  replace(at, end - at, &all, 1);
}

void linux_watched_remove(uintptr_t address, size_t size) {
  linux_stretch left[2] = {{0, 0}, {0, 0}};
  size_t kept = 0, at = place_of(address), end = at;
  for (; end < count && book[end].start < address + size; end++) {
    if (book[end].start < address) left[kept++] = (linux_stretch){book[end].start, address};
    if (book[end].end > address + size)
      left[kept++] = (linux_stretch){address + size, book[end].end};
  }
  /* One range becomes two, and there is no room: the smaller one is dropped, and would not be registered
  ** again. */
  if (kept > end - at && count == room && !linux_watched_prepare()) {
    if (left[1].end - left[1].start > left[0].end - left[0].start) left[0] = left[1];
    kept = 1;
  }
  if (end > at) replace(at, end - at, left, kept);
}

const linux_stretch *linux_watched(size_t *how_many) {
  *how_many = count;
  return book;
}

void linux_watched_forget(void) {
  free(book);
  book = NULL;
  count = room = 0;
}

void unix_note_remapped(uintptr_t address, size_t size) {
  linux_watched_lock();
  linux_watched_remove(address, size);
  linux_watched_unlock();
}
