/* watched.c: the list of address ranges that are registered with the process's userfaultfd.
**
** The kernel forgets the registrations in a child of fork, and when other code closes the descriptor. So
** they are listed here, to be made again. No range crosses the border of a region. */
#include <pthread.h>

#include "os/linux/linux.h"

/* One thread at a time reads or changes the list. fork takes the lock too (missing.c). */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void linux_watched_lock(void) { pthread_mutex_lock(&lock); }

void linux_watched_unlock(void) { pthread_mutex_unlock(&lock); }

static linux_stretches book;

bool linux_watched_prepare(void) { return linux_stretches_prepare(&book); }

void linux_watched_add(uintptr_t address, size_t size) {
  linux_stretches_add(&book, address, size);
}

void linux_watched_remove(uintptr_t address, size_t size) {
  linux_stretches_remove(&book, address, size);
}

const linux_stretch *linux_watched(size_t *how_many) {
  *how_many = book.count;
  return book.item;
}

void linux_watched_forget(void) { linux_stretches_free(&book); }
