/* os.h: the contract of the os floor: the calls that each system's files must provide.
**
** A range is an address and a size in bytes. It is whole pages inside one reservation that os_reserve made,
** unless the comment says otherwise. `protection` is bits of VM_PROTECTION; with VM_GUARD the pages are made
** inaccessible. A function that can fail returns VM_OK or the reason. Results go into the last parameters,
** and are set on success only. */
#ifndef OS_H
#define OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "os/bits.h"

typedef struct os_limits {
  size_t page_size; /* a power of two */
  size_t
      granularity;  /* reservations start on a multiple of it: 64 KiB, or the page size if larger */
  uintptr_t lowest; /* no reservation begins below it */
  size_t mark_after; /* a chunk is marked when it has this many committed pages; SIZE_MAX: never */
  uintptr_t end;     /* the first address that a process cannot use; 0 when it is not known */
  uintptr_t highest; /* the system itself places nothing from here on: the end, or lower if there
                     ** are more addresses than programs expect; 0 when it is not known */
  size_t sparse_below; /* for tests: all regions smaller than this (in bytes) are sparse */
  /* To be called before each access that is allowed; NULL where a processor tells the system. */
  void (*touched)(uintptr_t address, size_t size, bool write);
} os_limits;

/* An area: a range of a process's address space that the system lists as one. */
typedef struct os_area {
  uintptr_t address;
  size_t size;
  unsigned protection; /* VM_READ, VM_WRITE, VM_EXECUTE */
  bool reserved;       /* address space only, as far as the system shows */
  bool shared;
  const char *name; /* the system's name for it (a file, "[heap]"); "" when it has none */
} os_area;

/* A range of an address space of which `resident` bytes are in RAM. */
typedef struct os_stretch {
  uintptr_t address;
  size_t size, resident;
} os_stretch;

/* Addresses from `from` up to `to`. */
typedef struct os_range {
  uintptr_t from, to;
} os_range;

/* "linux", "posix", "windows" or "simulated". */
extern const char *const os_name;

/* The limits of this system. They are found out at the first call, and kept. Never NULL. */
const os_limits *os_get_limits(void);

/* Advice on an error, as the end of a sentence that names this system's setting; NULL when there is no advice
** specific to this system. The result may point into `text`, a buffer of OS_ADVICE bytes from the caller,
** who may have no other memory left. */
enum { OS_ADVICE = 320 };
const char *os_advice(vm_error error, char *text);

/* Why this system's own file has refused the last call, as the end of a sentence, once; NULL if the system has done so.
** It knows more than its callers. */
const char *os_refusal(vm_error error);

/* As os_advice, for VM_OUT_OF_MEMORY from os_lock. */
const char *os_lock_advice(char *text);

/* The same from os_reserve, where no limit can be the reason; else NULL, and os_advice will do. */
const char *os_reserve_advice(void);

/* Reserves [address, address+size). With address 0 the system chooses a multiple of the granularity: the
** highest free one if top_down. No existing mapping is ever replaced. `name` is shown by the system where it
** can show names; it may be NULL. *base is the first address.
** VM_ADDRESS_IN_USE, VM_INVALID_ADDRESS, VM_OUT_OF_MEMORY, VM_TOO_MANY_MAPPINGS; with top_down also
** VM_TOO_MANY_FILES. */
vm_error os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                    uintptr_t *base);

/* Conceals pages: core dumps leave them out, and a child of fork finds zeros in them, until os_decommit or
** os_make_inaccessible is called on them. After a failure any part of the range may be concealed.
** VM_NOT_SUPPORTED where the system has no call for it. */
vm_error os_conceal(uintptr_t address, size_t size);

/* Overwrites writable pages with zeros. The compiler cannot leave this out. */
void os_wipe(uintptr_t address, size_t size);

/* Gives a whole reservation back to the system: `base` and `size` are those of os_reserve. */
vm_error os_release(uintptr_t base, size_t size);

/* Pages of any state become committed; new ones read as zeros, committed ones keep their contents.
** After a failure any part of the range may have changed: the core undoes it with os_protect and
** os_make_inaccessible. */
vm_error os_commit(uintptr_t address, size_t size, unsigned protection);

/* Pages of any state become reserved. Their contents and locks are gone. After a failure nothing has
** changed. */
vm_error os_decommit(uintptr_t address, size_t size);

/* The same, but a later commit of the pages is not charged: the system counts each when it is touched. Not where
** os_charges_all() is true: then every writable page is charged, whatever is asked for. */
vm_error os_decommit_lazy(uintptr_t address, size_t size);
bool os_charges_all(void);

/* Why os_charges_all() is true, as the end of a sentence. */
const char *os_lazy_advice(void);

/* Changes the protection of committed pages. After a failure any part of the range may have changed. */
vm_error os_protect(uintptr_t address, size_t size, unsigned protection);

/* Makes pages that a failed os_commit may have opened inaccessible again. */
void os_make_inaccessible(uintptr_t address, size_t size);

/* The core calls the first before it undoes a change that failed half-way, and the second afterwards. Undoing
** may need new mappings, and a process at the limit of mappings gets none. So the system's file keeps some
** mappings without use, gives them up for that time, and takes new ones afterwards. */
void os_drop_spare_mappings(void);
void os_keep_spare_mappings(void);

/* Marked pages are reserved, but their mapping is read-write, so that a commit cuts no mapping. They trap
** because of a marker (VM_BY_MARKER), or because they are missing in a mapping that is registered with a
** userfaultfd (VM_BY_MISSING). All pages of one call trap in the same way. */

/* Reserved pages become marked. After a failure any part of the range may have changed: the core undoes
** it with os_make_inaccessible and os_unmark. After VM_NOT_SUPPORTED with VM_BY_MISSING nothing has
** changed. */
vm_error os_mark(uintptr_t address, size_t size, vm_marked_by by);

/* Pages that are committed as "rw" and not locked become marked, and their contents are gone. Marked pages
** stay marked. After a failure any part of the range may be marked, and have lost its contents. */
vm_error os_empty_and_mark(uintptr_t address, size_t size, vm_marked_by by);

/* Marked pages become committed and read as zeros. Their protection is that of their mapping: "rw"
** unless os_commit has changed it. Committed pages in the range stay as they are. Exception: with
** VM_BY_MISSING, a range of up to OS_FILLED_SINGLY pages is filled page by page, which cuts no
** mapping, and all of its pages must be marked. After a failure any part of the range may have changed. */
vm_error os_unmark(uintptr_t address, size_t size, vm_marked_by by);

enum { OS_FILLED_SINGLY = 512 };

/* For committed pages in a mapping that is registered with the userfaultfd: missing pages become
** present, full of zeros; the others stay as they are. After a failure any part of the range may be
** done. */
vm_error os_refill(uintptr_t address, size_t size);

/* Registers a whole region, with pages of any state, with the userfaultfd: from now on those that are missing
** trap. After a failure nothing has changed. The second ends that; it needs neither memory nor mappings. */
vm_error os_register_missing(uintptr_t base, size_t size);
void os_unregister_missing(uintptr_t base, size_t size);

/* Keeps committed pages in RAM. Their protection must allow some access. After a failure any part of the
** range may be locked. */
vm_error os_lock(uintptr_t address, size_t size);

/* Unlocks locked pages. After a failure any part of the range may be unlocked. */
vm_error os_unlock(uintptr_t address, size_t size);

/* Brings readable committed pages of one protection into RAM. VM_IO_ERROR if the system cannot give one. */
vm_error os_prefetch(uintptr_t address, size_t size, unsigned protection);

/* Discards the contents of committed pages, which then read as zeros or as before. `byte` is the byte of the
** page table, the same for all pages of the range; state, protection and lock stay. */
vm_error os_discard(uintptr_t address, size_t size, unsigned byte);

/* *bytes: how many bytes of the range are in RAM. Pages may be committed or not. */
vm_error os_resident(uintptr_t address, size_t size, size_t *bytes);

/* Finds the backed ranges of [from, to), in ascending order, `room` at most, and puts their number in
** *count. Returns the address up to which it has searched, always above `from`. All else before that
** address reads as zeros; reading it would only bring pages into RAM. Pages that are swapped out count
** as backed, and so do pages of which the system says nothing. */
uintptr_t os_backed(uintptr_t from, uintptr_t to, os_range *range, size_t room, size_t *count);

/* The number of the physical frame of a page. VM_PERMISSION_DENIED when the system hides it, VM_NOT_COMMITTED
** when the page has no frame, VM_NOT_SUPPORTED where the system has no call for it. */
vm_error os_frame(uintptr_t address, uint64_t *frame);

/* Copies `size` bytes from any address of the process, inside a region or not. VM_INVALID_ADDRESS when the
** processor does not allow to read all of them; VM_TOO_MANY_FILES where the copy needs a pipe. */
vm_error os_peek(uintptr_t address, void *to, size_t size);

/* How many page faults this process has had: without input/output (minor) and with it (major). */
vm_error os_faults(uint64_t *minor, uint64_t *major);

/* Nanoseconds on a clock that never goes back. */
uint64_t os_now(void);

/* Nanoseconds of processor time that this thread has used. It stands still while other threads and processes
** have the processor. 0 when the system does not say. */
uint64_t os_thread_time(void);

/* Sleeps while the 32 bits at `address`, a multiple of 4 in a readable page, are `value`: until os_wake is called
** for the same memory, in this process or another one, or until the time is over. *in_time is false for that.
** It may return sooner for no reason, and does when a signal comes. VM_PERMISSION_DENIED where the page is
** private and must not be written, so that it would never change; VM_OUT_OF_MEMORY; VM_NOT_SUPPORTED. */
vm_error os_wait(uintptr_t address, uint32_t value, uint64_t nanoseconds, bool *in_time);

/* Wakes so many at most of those that wait for the memory at `address`; *woken is how many there were.
** VM_OUT_OF_MEMORY, VM_NOT_SUPPORTED. */
vm_error os_wake(uintptr_t address, uint32_t most, uint32_t *woken);

/* The number of this process. A child of fork has its own. */
uint64_t os_process_id(void);

/* The areas of a process (pid 0: this one), in ascending order, `most` at most. The first is the one
** that holds `from`, or else the next one above. Asking for a single one is cheap where the system can
** do it. The caller frees *areas with free(). VM_INVALID_ADDRESS when there is no such process,
** VM_NOT_SUPPORTED when the system has no list of areas. */
vm_error os_areas(long pid, uintptr_t from, size_t most, os_area **areas, size_t *count);

/* The ranges of a process (pid 0: this one) that have pages in RAM, as the system counts them (Rss on
** Linux), in ascending order. Memory outside of them is not in RAM. The caller frees *stretches with
** free(). Errors are those of os_areas. */
vm_error os_resident_areas(long pid, os_stretch **stretches, size_t *count);

/* A feature of the kernel that vmem uses where it exists. */
typedef struct os_offer {
  const char *name;
  const char *missing; /* why it is not used, in words; NULL when it is used */
} os_offer;

/* Lists these features; each call asks the kernel again. Returns their number, OS_OFFERS at most. */
enum { OS_OFFERS = 4 };
size_t os_offers(os_offer offer[OS_OFFERS]);

/* The size of a regular file in bytes; 0 for anything else, or when there is no such file. Opens no file. */
uint64_t os_file_size(const char *path);

/* Goes to a position in an open file, also behind its end, and beyond 2 GiB where a long has 32 bits. Like
** fseek, it gives false and sets errno. */
bool os_seek(FILE *file, int64_t position);

/* Goes so many bytes further on, as os_seek goes. Gives the position where it was; or -1. */
int64_t os_skip(FILE *file, size_t bytes);

/* Goes to the end of an open file. Gives its position; or -1, and sets errno. */
int64_t os_seek_end(FILE *file);

/* What is not written in this open file takes no room on the disk from now on, where its file system can do that
** but wants to be told. */
void os_make_sparse(FILE *file);

/* The width in characters of the terminal on standard output; 0 when standard output is not a terminal. */
size_t os_terminal_width(void);

#endif
