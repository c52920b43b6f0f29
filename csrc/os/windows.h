/* windows.h: what the files of Windows share. Names begin with windows_. */
#ifndef OS_WINDOWS_H
#define OS_WINDOWS_H

#define _WIN32_WINNT 0x0602 /* Windows 8 */
#define PSAPI_VERSION 2     /* its functions are kernel32's */

#include <windows.h>

#include <psapi.h>

#include "os/section.h"

static inline void *windows_pointer(uintptr_t address) {
  return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

/* {====== Errors ====== */

/* What the error of the call that has just failed is for vmem. Windows's own sentence for it becomes the advice. */
vm_error windows_refusal(void);

/* Returns `error`; the sentence becomes the advice. It is not copied. */
vm_error windows_refuse(vm_error error, const char *sentence);

static inline vm_error windows_error_unless(bool done) { return done ? VM_OK : windows_refusal(); }

/* ====== } */

/* {====== Protections ====== */

/* Windows's word for a protection, in pages that are copied when they are written, or in others. */
DWORD windows_protection(unsigned protection, bool copy);

/* Whether writes to an area stay in this process. */
static inline bool windows_is_copy(const MEMORY_BASIC_INFORMATION *info) {
  return (info->AllocationProtect & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY)) != 0;
}

/* How many bytes of any addresses of a process are in RAM. */
vm_error windows_count_resident(HANDLE process, uintptr_t address, size_t size, size_t *bytes);

/* ====== } */

/* {====== What a region consists of: windows_parts.c ======
**
** Windows gives addresses back by whole allocations alone, and a view of a section is one. So a region consists of
** several after the first os_attach: views of WINDOWS_CHUNK bytes each, and what VirtualAlloc has reserved before
** and behind them. Each call of Windows goes to one allocation. Views are as small as they can be, so that any of them
** can go while the others stay. */

enum { WINDOWS_CHUNK = 65536 }; /* allocations begin at multiples of it */

typedef enum windows_kind {
  WINDOWS_MEMORY, /* of VirtualAlloc */
  WINDOWS_VIEW,   /* of a section */
  WINDOWS_COPY,   /* the same, and what is written to it stays in this process */
  WINDOWS_GAP, /* between the end of a view and the next multiple of WINDOWS_CHUNK: nothing can begin there */
  WINDOWS_LOST /* another thread has taken the addresses while they were changed */
} windows_kind;

typedef struct windows_part {
  uintptr_t address;
  size_t size;
  uintptr_t base; /* of the allocation that it is a part of */
  windows_kind kind;
} windows_part;

/* The part of a range that lies in the same allocation as its last page. Loops go from the end of a range to its
** beginning: an area knows where its allocation begins, but not where it ends. */
windows_part windows_last_part(uintptr_t address, size_t size);

#define WINDOWS_EACH_PART(p, from, size)                               \
  for (windows_part p = windows_last_part((from), (size)); p.size > 0; \
       p = windows_last_part((from), p.address - (from)))

/* The error for a part that is lost, or a gap. */
vm_error windows_refuse_part(const windows_part *part);
vm_error windows_lost(void);

static inline bool windows_is_there(const windows_part *part) {
  return part->kind != WINDOWS_GAP && part->kind != WINDOWS_LOST;
}

/* What Windows has of a section, for as long as it is open or pages of it are attached. */
typedef struct windows_mapping {
  HANDLE handle; /* the section object. While there is one, a file cannot become shorter: so a file
                  ** has one only while views are mapped, which keep it themselves */
  HANDLE file;   /* NULL: memory */
  unsigned opened; /* how often windows_open_mapping has been called for it */
  uint64_t size;   /* in bytes; of a file: when the section object was made */
  volatile LONG users;
  bool writable, executable;
} windows_mapping;

void windows_drop_mapping(windows_mapping *mapping);

/* Makes the section object of a file, and lets go of it after as many calls; do nothing for memory. The second leaves
** GetLastError() as it is. */
vm_error windows_open_mapping(windows_mapping *mapping);
void windows_close_mapping(windows_mapping *mapping);

void windows_drop_mapping(windows_mapping *mapping);

/* What vmem knows of a view, or of lost addresses (then `mapping` is NULL). */
typedef struct windows_view {
  struct windows_view *next;
  uintptr_t address;
  size_t size, span;        /* the span has the gap, too */
  windows_mapping *mapping; /* it has a user for each view */
  uint64_t from;
  bool copy;
} windows_view;

/* The view whose span begins at this address; NULL if there is none. */
windows_view *windows_view_at(uintptr_t address);

/* The views of a section object: puts `room` of them at most into the list. Returns how many there are. */
size_t windows_views_of(const windows_mapping *mapping, windows_view **list, size_t room);

/* Adds a view that is mapped, and takes one away, which the caller frees by windows_free_view. */
void windows_add_view(windows_view *view);
void windows_remove_view(windows_view *view);
void windows_free_view(windows_view *view);

/* Notes that addresses are lost. */
void windows_note_lost(windows_view *lost);

/* Ends a part that is a whole allocation, and what is known of it. */
bool windows_end_part(const windows_part *part);

/* ====== } */

/* {====== Reservations are cut into pieces of WINDOWS_CHUNK bytes: windows_cut.c ====== */

enum { WINDOWS_TRIES = 10 }; /* to have an address before another thread */

/* A reservation, and the pieces in it that a part needs. */
typedef struct windows_reservation {
  uintptr_t base, from, to, end;
} windows_reservation;

/* The reservation around a part; false if any page of it is committed. */
bool windows_is_reserved(const windows_part *part, windows_reservation *r);

bool windows_is_one_piece(const windows_reservation *r);

/* Makes pieces of it. Its pages stay reserved, or are lost. VM_ADDRESS_IN_USE, VM_OUT_OF_MEMORY. */
vm_error windows_cut(const windows_reservation *r);

static inline size_t windows_piece_size(uintptr_t at, uintptr_t end) {
  return end - at < WINDOWS_CHUNK ? end - at : WINDOWS_CHUNK;
}

/* Free addresses become a reservation; true also for none. A reservation becomes free. */
bool windows_reserve_at(uintptr_t address, size_t size);
void windows_give_up(uintptr_t address, size_t size);

/* Notes in a view that is not mapped that these addresses are lost. */
void windows_lose(uintptr_t address, size_t size, windows_view *note);

/* ====== } */

/* {====== Views are mapped and taken away: windows_piece.c ====== */

enum { WINDOWS_PAGES = 16 /* of 4 KiB, in a view */ };

/* A piece of a region, of WINDOWS_CHUNK bytes or less: what it was, and what it becomes. */
typedef struct windows_piece {
  windows_view *new, *old; /* old is NULL if it was reserved */
  size_t from,
      to; /* the bytes of the new view that are asked for; the others stay as in the old one */
  DWORD protection[WINDOWS_PAGES]; /* of the old pages */
  bool lost[WINDOWS_PAGES]; /* their file had become shorter: their contents cannot be given back */
  char *contents;           /* of them, if it was a copy */
  bool is_away,
      is_free; /* for windows_shrink: the old view is taken away; nothing has its addresses */
} windows_piece;

/* What a view allows: it is mapped with all that its section allows, since it cannot get more later. */
unsigned windows_mapped_as(const windows_view *view);

/* Free addresses become a view or, without one, reserved. If it fails, windows_is_taken() is whether another thread has
** the addresses; other refusals stay. */
bool windows_fill(uintptr_t address, size_t size, windows_view *view);
bool windows_is_taken(void);

/* Makes the addresses of a view, or of reserved pages, free. */
void windows_take_away(uintptr_t address, size_t size, windows_view *old);

/* Copies bytes that differ. False if one of the pages is lost: see guard.h. In windows_guarded.c. */
bool windows_copy(void *to, const void *from, size_t size);

/* Keeps what the old view will lose. False when there is no memory. */
bool windows_keep(windows_piece *piece);

/* Gives it back to the first `size` bytes of a view at the same place, except for [from, to). */
void windows_give_back(const windows_piece *piece, size_t size, size_t from, size_t to);

/* The new view comes instead of the old one. After a failure the old one is back, or pages are lost. */
vm_error windows_replace(windows_piece *piece, unsigned protection);

/* The same undone, where addresses are free. False if something is lost. */
bool windows_put_back(windows_piece *piece);

/* ====== } */

/* {====== Views become shorter: windows_shrink.c ====== */

/* If a view begins before the range and ends in it, its pages in the range become a gap. VM_OUT_OF_MEMORY,
** VM_ADDRESS_IN_USE. */
vm_error windows_shorten(uintptr_t address, size_t size);

/* Makes a file shorter. Its pages behind the new end become reserved, or a gap. VM_IN_USE if another process, or another
** section, has views of it. VM_ADDRESS_IN_USE: another thread has taken addresses; the file may have become shorter. */
vm_error windows_shrink(windows_mapping *mapping, uint64_t size);

/* ====== } */

/* {====== Sections of files: windows_file.c ====== */

/* Makes the file so long. */
vm_error windows_set_end(HANDLE file, uint64_t size);

/* What os_section_size and os_section_resize give for one. */
uint64_t windows_file_size(const windows_mapping *mapping);
vm_error windows_resize_file(windows_mapping *mapping, uint64_t size, bool sparse);

/* ====== } */

/* {====== Views come and go: windows_attach.c ====== */

/* Whether a part is a whole view, or not of a view at all. If not, windows_refuse_parts() is the error. */
bool windows_is_whole(const windows_part *part);

/* Whether it is the end of a view. */
bool windows_is_end(const windows_part *part);
vm_error windows_refuse_parts(void);

/* A view becomes reserved pages. Never fails: at worst, their addresses are lost. */
void windows_detach(const windows_part *part);

/* ====== } */

#endif
