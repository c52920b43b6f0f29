/* beaten.c: another thread gets the addresses that a reservation or a view has left for a moment. Here this happens at
** each call that takes addresses, one after the other, for a while or for ever; and each allocation of memory is
** refused once. After a failure all pages are as they were. Only while the other thread stays may pages be lost: they
** refuse everything, and come back as reserved ones when it has gone. Its memory is never touched. */
#include "os/windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* {====== The other thread, and malloc that refuses ====== */

enum { FOR_EVER = 1000000 };

static unsigned calls, beaten, stay, stayed, allocations, refused, tried_call, tried_allocation;
static void *stolen;

static void leave(void) {
  if (stolen != NULL) VirtualFree(stolen, 0, MEM_RELEASE);
  stolen = NULL;
}

/* Before a call that wants an address. */
static void compete(void *address) {
  calls++;
  if (stolen != NULL && ++stayed >= stay) leave();
  if (calls != beaten) return;
  stolen = VirtualAlloc(address, WINDOWS_CHUNK, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  if (stolen != NULL) memset(stolen, 0x55, WINDOWS_CHUNK);
  stayed = 0;
}

static void *take(void *address, SIZE_T size, DWORD type, DWORD protection) {
  if (type == MEM_RESERVE) compete(address);
  return VirtualAlloc(address, size, type, protection);
}

static void *map_view(HANDLE handle, DWORD access, DWORD high, DWORD low, SIZE_T size,
                      void *address) {
  compete(address);
  return MapViewOfFileEx(handle, access, high, low, size, address);
}

static bool refuses(void) { return ++allocations == refused; }

static void *get(size_t size) { return refuses() ? NULL : malloc(size); }

static void *get_zeros(size_t count, size_t size) { return refuses() ? NULL : calloc(count, size); }

#define VirtualAlloc take
#define MapViewOfFileEx map_view
#define malloc get
#define calloc get_zeros
#define Sleep(time) ((void)(time))

#include "os/windows_attach.c"
#include "os/windows_cut.c"
#include "os/windows_parts.c"
#include "os/windows_piece.c"
#include "os/windows_shrink.c"

#undef VirtualAlloc
#undef MapViewOfFileEx
#undef malloc
#undef calloc
#undef Sleep

/* ====== } */

static unsigned findings, failures, successes, lost_pages;

static void finding(const char *what, unsigned page) {
  if (findings++ < 20)
    printf("%s: page %u; call %u beaten for %u, allocation %u refused\n", what, page, tried_call,
           stay, tried_allocation);
}

static void require(bool done, const char *what) {
  if (done) return;
  printf("%s: error %lu\n", what, GetLastError());
  exit(1);
}

/* {====== A region ====== */

enum {
  PAGE = 4096,
  IN_CHUNK = WINDOWS_CHUNK / PAGE,
  CHUNKS = 12,
  TAIL = 5,
  REGION = CHUNKS * IN_CHUNK + TAIL
};

enum { FILE_SECTION = 2, FILE_PAGES = 24, FILE_CHUNK = 8 * IN_CHUNK, FILE_ATTACHED = IN_CHUNK + 5 };

static uintptr_t base;
static os_section section[3]; /* the last one is a file's */

static uintptr_t address_of(unsigned page) { return base + (uintptr_t)page * PAGE; }

/* What is seen of a page: its state and protection, and what is at its beginning. */
typedef struct seen {
  DWORD state, protection;
  unsigned value;
} seen;

static seen look(unsigned page) {
  MEMORY_BASIC_INFORMATION info;
  void *at = windows_pointer(address_of(page));
  require(VirtualQuery(at, &info, sizeof info) == sizeof info, "VirtualQuery");
  seen s = {info.State, info.State == MEM_COMMIT ? info.Protect : 0, 0};
  DWORD old;
  if (info.State != MEM_COMMIT) return s;
  require(VirtualProtect(at, PAGE, PAGE_READONLY, &old), "VirtualProtect");
  s.value = *(unsigned *)at;
  require(VirtualProtect(at, PAGE, old, &old), "VirtualProtect");
  return s;
}

static void look_at_all(seen all[REGION]) {
  for (unsigned i = 0; i < REGION; i++) all[i] = look(i);
}

static void number_pages(unsigned which) {
  uintptr_t at;
  size_t size = which == FILE_SECTION ? (size_t)FILE_PAGES * PAGE : (size_t)CHUNKS * WINDOWS_CHUNK;
  require(os_reserve(0, size, false, NULL, &at) == VM_OK, "os_reserve");
  require(os_attach(at, size, &section[which], 0, VM_READ | VM_WRITE, false) == VM_OK, "os_attach");
  for (unsigned i = 0; i < size / PAGE; i++)
    *(unsigned *)windows_pointer(at + (size_t)i * PAGE) = 1000 * (which + 1) + i;
  require(os_release(at, size) == VM_OK, "os_release");
}

static void make_sections(void) {
  os_section_request request = {.size = (uint64_t)CHUNKS * WINDOWS_CHUNK};
  os_file_request file = {
      .path = "beaten.tmp", .mode = OS_FILE_NEW, .size = (uint64_t)FILE_PAGES * PAGE};
  require(os_section_new(&request, &section[0]) == VM_OK, "os_section_new");
  require(os_section_new(&request, &section[1]) == VM_OK, "os_section_new");
  require(os_section_file(&file, &section[FILE_SECTION]) == VM_OK, "os_section_file");
  for (unsigned which = 0; which <= FILE_SECTION; which++) number_pages(which);
}

static void attach(unsigned page, unsigned pages, unsigned which, unsigned from, bool copy) {
  require(os_attach(address_of(page), (size_t)pages * PAGE, &section[which], (uint64_t)from * PAGE,
                    VM_READ | VM_WRITE, copy) == VM_OK,
          "os_attach");
}

/* Shared views in chunks 2 and 3, a copy with a page of its own in 4, a reservation of its own in 5; in 8 and 9 pages of
** a file, which may have been made shorter. */
static void make_region(void) {
  if (os_section_size(&section[FILE_SECTION]) < (uint64_t)FILE_PAGES * PAGE) {
    require(os_section_resize(&section[FILE_SECTION], (uint64_t)FILE_PAGES * PAGE, false) == VM_OK,
            "os_section_resize");
    number_pages(FILE_SECTION);
  }
  require(os_reserve(0, (size_t)REGION * PAGE, false, NULL, &base) == VM_OK, "os_reserve");
  attach(FILE_CHUNK, FILE_ATTACHED, FILE_SECTION, 0, false);
  attach(2 * IN_CHUNK, 2 * IN_CHUNK, 0, 0, false);
  attach(4 * IN_CHUNK, 2 * IN_CHUNK, 1, 0, true);
  require(os_decommit(address_of(5 * IN_CHUNK), WINDOWS_CHUNK) == VM_OK, "os_decommit");
  require(os_protect(address_of(2 * IN_CHUNK + 1), PAGE, VM_READ) == VM_OK, "os_protect");
  *(unsigned *)windows_pointer(address_of(4 * IN_CHUNK + 3)) = 77;
  require(os_protect(address_of(4 * IN_CHUNK + 3), (size_t)2 * PAGE, 0) == VM_OK, "os_protect");
}

/* ====== } */

/* {====== Operations ====== */

typedef enum what { ATTACH, COPY, ATTACH_FILE, GIVE_UP, SHORTEN } what;

/* SHORTEN: the file keeps so many pages. */
typedef struct operation {
  unsigned page, pages, from;
  what what;
} operation;

static const operation operations[] = {
    {IN_CHUNK, 6 * IN_CHUNK, 2 * IN_CHUNK, ATTACH},
    {2 * IN_CHUNK, 3 * IN_CHUNK, IN_CHUNK, COPY},
    {0, IN_CHUNK, 0, ATTACH},
    {10 * IN_CHUNK, 2 * IN_CHUNK + TAIL, 0, ATTACH},
    {6 * IN_CHUNK, IN_CHUNK + 3, 0, ATTACH},
    {3 * IN_CHUNK, 2 * IN_CHUNK + 3, 0, COPY},
    {0, REGION, 0, GIVE_UP},
    {3 * IN_CHUNK, 2 * IN_CHUNK, 0, GIVE_UP},
    {FILE_CHUNK + 4, FILE_ATTACHED - 4, 0, GIVE_UP},
    {FILE_CHUNK + FILE_ATTACHED, 3, FILE_ATTACHED, ATTACH_FILE},
    {FILE_CHUNK + 3, 2, 3, ATTACH_FILE},
    {FILE_CHUNK, IN_CHUNK + 3, 0, SHORTEN},
    {FILE_CHUNK, 3, 0, SHORTEN},
};

static vm_error perform(const operation *o) {
  uintptr_t at = address_of(o->page);
  size_t size = (size_t)o->pages * PAGE;
  unsigned which = o->what == ATTACH_FILE ? FILE_SECTION : 1;
  if (o->what == GIVE_UP) return os_decommit(at, size);
  if (o->what == SHORTEN) return os_section_resize(&section[FILE_SECTION], size - 1, false);
  return os_attach(at, size, &section[which], (uint64_t)o->from * PAGE, VM_READ | VM_WRITE,
                   o->what == COPY);
}

/* What is to be seen of a page after it. */
static seen expected(const operation *o, unsigned page, seen before) {
  unsigned end = o->page + o->pages;
  bool is_inside = page >= o->page && page < end,
       in_chunk = page / IN_CHUNK == (end - 1) / IN_CHUNK;
  const seen reserved = {MEM_RESERVE, 0, 0}, gap = {MEM_FREE, 0, 0};
  switch (o->what) {
    case GIVE_UP: /* the last pages of a view become a gap, whole views are reserved with their gap */
      if (page >= o->page && page < (end + IN_CHUNK - 1) / IN_CHUNK * IN_CHUNK &&
          o->page == FILE_CHUNK + 4)
        return page / IN_CHUNK == o->page / IN_CHUNK ? gap : reserved;
      return is_inside ? reserved : before;
    case SHORTEN:
      if (page < end || page >= FILE_CHUNK + 2 * IN_CHUNK) return before;
      return in_chunk ? gap : reserved;
    default:
      if (!is_inside) return page >= end && in_chunk && o->what != ATTACH_FILE ? gap : before;
      return (seen){MEM_COMMIT, o->what == COPY ? PAGE_WRITECOPY : PAGE_READWRITE,
                    (o->what == ATTACH_FILE ? 3000 : 2000) + o->from + page - o->page};
  }
}

static bool is_alike(seen a, seen b) {
  return a.state == b.state && a.protection == b.protection && a.value == b.value;
}

/* Pages whose addresses another thread has, or had when they were to be put back. */
static void check_lost(unsigned page, seen wanted, bool was_there) {
  lost_pages++;
  if (!was_there) finding("a page has changed", page);
  if (os_protect(address_of(page), PAGE, VM_READ) == VM_OK)
    finding("a lost page can be protected", page);
  if (wanted.state != MEM_COMMIT &&
      (look(page).state != MEM_RESERVE || os_commit(address_of(page), PAGE, VM_READ) != VM_OK ||
       os_decommit(address_of(page), PAGE) != VM_OK))
    finding("a lost page does not come back", page);
}

static void check_stolen(void) {
  const unsigned char *byte = stolen;
  for (unsigned i = 0; byte != NULL && i < WINDOWS_CHUNK; i++) {
    if (byte[i] != 0x55) finding("memory of another thread has changed", i);
  }
}

/* An operation where this call meets the other thread, or this allocation is refused. Returns whether there was such a
** one. The region is looked at, or released while the other thread is there. */
static bool run(const operation *o, unsigned call, unsigned how_long, unsigned allocation,
                bool released_beside_it) {
  static seen before[REGION], after[REGION];
  beaten = refused = 0;
  make_region();
  look_at_all(before);
  calls = allocations = 0;
  beaten = tried_call = call;
  stay = how_long;
  refused = tried_allocation = allocation;
  vm_error error = perform(o);
  bool again = call > 0 ? calls >= call : allocations >= allocation;
  /* Pages that are given up are lost after WINDOWS_TRIES, and it may have left before the others are. */
  bool was_there = stolen != NULL || (o->what == GIVE_UP && how_long > WINDOWS_TRIES);
  beaten = refused = 0;
  check_stolen();
  if (!released_beside_it) {
    leave();
    look_at_all(after);
    for (unsigned i = 0; i < REGION; i++) {
      seen wanted = error == VM_OK ? expected(o, i, before[i]) : before[i];
      if (!is_alike(after[i], wanted)) check_lost(i, wanted, was_there);
    }
  }
  if (error != VM_OK)
    failures++;
  else
    successes++;
  uintptr_t at = base;
  if (os_release(base, (size_t)REGION * PAGE) != VM_OK) finding("the region is not released", 0);
  check_stolen();
  leave();
  void *got = VirtualAlloc(windows_pointer(at), (size_t)REGION * PAGE, MEM_RESERVE, PAGE_NOACCESS);
  if (got == NULL)
    finding("something is left of the region", 0);
  else
    VirtualFree(got, 0, MEM_RELEASE);
  return again;
}

/* ====== } */

int main(void) {
  make_sections();
  static const unsigned how_long[] = {1, 3, 12, FOR_EVER};
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    for (size_t k = 0; k < sizeof how_long / sizeof *how_long; k++) {
      for (unsigned call = 1; run(&operations[i], call, how_long[k], 0, false); call++)
        run(&operations[i], call, how_long[k], 0, true);
    }
    for (unsigned n = 1; run(&operations[i], 0, 0, n, false); n++) {
    }
  }
  os_section_close(&section[FILE_SECTION]);
  (void)remove("beaten.tmp");
  printf(
      "trust: addresses of Windows: %u changes went through, %u failed, %u pages lost, %u "
      "findings\n",
      successes, failures, lost_pages, findings);
  return findings > 0;
}
