/* linux.h: what the files of Linux share. */
#ifndef OS_LINUX_H
#define OS_LINUX_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/linux/kernel.h"
#include "os/os.h"

/* Why there are no marked pages at all, no markers, no missing pages that trap, in words; NULL when there
** are. */
const char *linux_no_marked_pages(void);
const char *linux_no_markers(size_t page);
const char *linux_no_missing(void);

/* Whether VMEM_COMMIT asks for one way of committing pages. */
bool linux_wants_way(const char *word);

/* VM_TRAP_MISSING: os_mark, os_empty_and_mark and os_unmark. */
vm_error linux_trap_missing(uintptr_t address, size_t size);
vm_error linux_make_missing(uintptr_t address, size_t size);
vm_error linux_fill_missing(uintptr_t address, size_t size);

/* Fills those of committed pages that are missing; the others stay as they are. */
vm_error linux_refill_missing(uintptr_t address, size_t size);

/* What is registered with the userfaultfd: watched.c. linux_watched_prepare makes room for one more
** linux_watched_add or _remove, false when there is no memory; those cannot fail. */
typedef struct linux_stretch {
  uintptr_t start, end;
} linux_stretch;

/* All of these are called with the lock. */
void linux_watched_lock(void);
void linux_watched_unlock(void);
bool linux_watched_prepare(void);
void linux_watched_add(uintptr_t address, size_t size);
void linux_watched_remove(uintptr_t address, size_t size);
const linux_stretch *linux_watched(size_t *how_many);
void linux_watched_forget(void);

/* Why the ioctls that are sooner than the text of /proc are not used, in words; NULL when they are. */
const char *linux_no_map_query(void);
const char *linux_no_page_scan(void);

typedef enum linux_pages { LINUX_IN_RAM, LINUX_IN_RAM_OR_SWAPPED } linux_pages;

/* Finds ranges of such pages, `room` at most, in [*from, to), and sets *from to where it got. Returns how
** many, or -1 and errno: ENOTTY where the kernel cannot. The page of zeros that all share belongs to nobody.
** Guard markers may pass for swapped pages. */
int linux_scan_pages(int pagemap, uint64_t *from, uint64_t to, linux_pages which,
                     linux_page_range *range, size_t room);

/* The same, by reading what the kernel tells of each page, which is slower. `pages` is at most
** LINUX_ENTRIES. */
enum { LINUX_ENTRIES = 1024 };
vm_error linux_read_pages(int pagemap, uintptr_t address, uint64_t *entry, size_t pages);

#define LINUX_ENTRY_PRESENT ((uint64_t)1 << 63)
#define LINUX_ENTRY_SWAPPED ((uint64_t)1 << 62)
#define LINUX_ENTRY_OWN ((uint64_t)1 << 56) /* of a page that this process alone has mapped */

/* Which way VMEM_RESIDENT, for tests, asks for: "smaps": as before Linux 6.7; "mincore": as where no file of
** /proc can be opened. */
bool linux_wants_residency(const char *way);

/* Opens a file of /proc about a process, 0 for this one, for reading. VM_INVALID_ADDRESS when there is
** no such process, VM_NOT_SUPPORTED when there is no /proc. */
vm_error linux_open_proc(long pid, const char *name, int *file);

/* Whether errno says, there or on reading, that the process has ended, or has no memory. */
static inline bool linux_is_gone(int error) { return error == ENOENT || error == ESRCH; }

#endif
