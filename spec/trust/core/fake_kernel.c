/* fake_kernel.c: the system calls of the fake kernel. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include "fake_kernel.h"

#include <errno.h>

#include "failures.h"
#include "fake_files.h"
#include "log.h"
#include "random.h"

#include "fake_calls.h" /* first: renames the calls that sys/mman.h declares, as for the core */

#include <sys/mman.h>

static const uintptr_t BASE = (uintptr_t)1 << 40;

static fake_page table[FAKE_PAGES];
static unsigned wasted;
static uint32_t attempt;

unsigned fake_wasted(void) { return wasted; }

void fake_begin_attempt(void) {
  wasted = 0;
  attempt++;
}

void fake_shut(uintptr_t address, size_t size) {
  uint64_t first = fake_page_of(address);
  for (uint64_t page = first; page < first + size / FAKE_PAGE; page++) table[page].shut = attempt;
}

/* Checks what a page still holds when it returns to the kernel. */
static void look_at_remains(uint64_t page) {
  if (!table[page].precious || table[page].content == 0) return;
  if (table[page].shut == attempt)
    wasted++;
  else
    log_mismatch("page %llu is given up, and was not wiped", (unsigned long long)page);
}

static void forget(uint64_t first, uint64_t end) {
  for (uint64_t page = first; page < end; page++) {
    look_at_remains(page);
    table[page] = (fake_page){.precious = false};
  }
}

/* Empties the pages. They stay with their region, and stay precious if they were. */
static void forget_contents(uint64_t first, uint64_t end) {
  for (uint64_t page = first; page < end; page++) {
    look_at_remains(page);
    table[page] = (fake_page){.precious = table[page].precious};
  }
}

void fake_treasure(uint64_t first, uint64_t end) {
  for (uint64_t page = first; page < end; page++) table[page].precious = true;
}

void fake_reset(void) {
  for (size_t i = 0; i < mappings_count(); i++) forget(mappings_at(i)->first, mappings_at(i)->end);
  mappings_clear();
}

void fake_leave(uint64_t first, uint64_t end) {
  for (uint64_t page = first; page < end; page++) look_at_remains(page);
}

uintptr_t fake_lowest(void) { return BASE; }
uintptr_t fake_highest(void) { return BASE + (uintptr_t)FAKE_PAGES * FAKE_PAGE; }

uint64_t fake_page_of(uintptr_t address) { return (address - BASE) / FAKE_PAGE; }

static void *address_of(uint64_t page) {
  return (void *)(BASE + page * FAKE_PAGE); /* NOLINT(performance-no-int-to-ptr) */
}

const fake_page *fake_page_at(uint64_t page) { return &table[page]; }

void fake_will_return(uint64_t first, uint64_t end) {
  for (uint64_t page = first; page < end; page++) table[page].kept = table[page].precious = false;
}

bool fake_is_clean(void) {
  for (size_t i = 0; i < mappings_count(); i++)
    for (uint64_t page = mappings_at(i)->first; page < mappings_at(i)->end; page++)
      if (!table[page].kept) return false;
  return true;
}

bool fake_traps(uint64_t page, const mapping *holder) {
  return table[page].marker || (holder->watched && !table[page].there);
}

/* The page of a file that is mapped there. */
static uint32_t *page_of_file(uint64_t page, const mapping *holder) {
  static uint32_t nothing;
  uint32_t *content = fake_file_page(holder->file, page + (uint64_t)holder->shift);
  if (content == NULL) log_mismatch("page %llu has no memory", (unsigned long long)page);
  return content != NULL ? content : &nothing;
}

bool fake_is_lost(uint64_t page, const mapping *holder) {
  if (holder->file == 0 || table[page].copied || !fake_file_is_on_disk(holder->file)) return false;
  return fake_file_page(holder->file, page + (uint64_t)holder->shift) == NULL;
}

void fake_lose_copies(int file, uint64_t first) {
  for (size_t i = 0; i < mappings_count(); i++) {
    const mapping *m = mappings_at(i);
    for (uint64_t page = m->first; page < m->end && m->file == file; page++) {
      if (page + (uint64_t)m->shift < first) continue;
      table[page].content = 0;
      table[page].copied = table[page].there = false;
    }
  }
}

uint32_t fake_content(uint64_t page, const mapping *holder) {
  if (fake_is_lost(page, holder)) return 0;
  bool own = holder->file == 0 || table[page].copied;
  return own ? table[page].content : *page_of_file(page, holder);
}

bool fake_store(uint64_t page, uint32_t content) {
  size_t i = mappings_find(page);
  const mapping *holder = mappings_at(i);
  if (!(holder->protection & PROT_WRITE) || fake_traps(page, holder)) return false;
  if (fake_is_lost(page, holder)) return false;
  if (holder->file != 0 && holder->shared) {
    *page_of_file(page, holder) = content;
    return true;
  }
  mappings_write(i);
  table[page].there = true;
  table[page].copied = holder->file != 0;
  table[page].content = content;
  return true;
}

bool fake_overwrite(uintptr_t address, size_t size) {
  uint64_t first = fake_page_of(address);
  for (uint64_t page = first; page < first + size / FAKE_PAGE; page++)
    if (!fake_store(page, 0)) return false;
  return true;
}

/* {====== A call and its failure ====== */

/* One call of the core. */
typedef struct call {
  const char *name;
  int argument;
  uint64_t first, end; /* pages */
  uint64_t stop;       /* the work is done up to here */
  int error;           /* why it stops here; 0: all is done */
} call;

static call begin(const char *name, const void *address, size_t size, int argument) {
  uint64_t first = fake_page_of((uintptr_t)address), count = (size + FAKE_PAGE - 1) / FAKE_PAGE;
  return (call){name, argument, first, first + count, first + count, 0};
}

static void may_fail(call *c, bool can_be_half) {
  if (!failures_next()) return;
  c->error = errno;
  c->stop = c->first;
  if (can_be_half) c->stop += failures_done(c->end - c->first);
}

static int end(call *c) {
  log_call(c->name, c->argument, c->first, c->end, c->error);
  if (c->error == 0) return 0;
  errno = c->error;
  return -1;
}

/* The core must never name pages outside its mappings: that is a mismatch, not a failure to handle. */
static void must_hold(const call *c) {
  if (mappings_hold(c->first, c->end)) return;
  log_mismatch("%s of pages that nobody has mapped", c->name);
}

static void refuse_at_limit(call *c) {
  failures_at_limit();
  c->error = errno;
}

/* ====== } */

/* {====== Mapping ====== */

/* `made` has everything but its place. */
static void map_at(call *c, mapping made) {
  if (mappings_count() > mappings_most() || !mappings_remove(c->first, c->end)) {
    refuse_at_limit(c);
    return;
  }
  forget_contents(c->first, c->end);
  made.first = c->first;
  made.end = c->end;
  made.accounted = (made.protection & PROT_WRITE) != 0 && !made.noreserve && !made.shared;
  mappings_add(made);
}

/* Where mmap refuses with EAGAIN, all of the process is locked, whatever the mappings say: os/unix.c unlocks the pages,
** tries again, and locks them again. For the mappings that makes no difference. */
static enum { NOT_ALL, REFUSED, UNLOCKED } all_locked;
static uint64_t all_locked_at;

static bool is_of_all_locked(const call *c, bool locks) {
  bool is = all_locked == (locks ? UNLOCKED : REFUSED) && c->first == all_locked_at;
  if (is) all_locked = locks ? NOT_ALL : UNLOCKED;
  return is;
}

static void note_all_locked(const call *c, int flags) {
  if (c->error == 0) all_locked = NOT_ALL;
  if (c->error != EAGAIN || !(flags & MAP_FIXED)) return;
  all_locked = REFUSED;
  all_locked_at = c->first;
}

/* Chooses the pages for mmap. MAP_FIXED replaces mappings at the address, and MAP_FIXED_NOREPLACE needs
** free pages. Otherwise the address is only a hint and is ignored, as the kernel may do: so a sequence
** does not depend on earlier ones. */
static void choose_place(call *c, int flags) {
  uint64_t pages = c->end - c->first;
  if (flags & MAP_FIXED) {
    must_hold(c);
  } else if (flags & MAP_FIXED_NOREPLACE) {
    if (!mappings_are_none(c->first, c->end)) c->error = EEXIST;
  } else {
    if (!mappings_gap(pages, FAKE_PAGES, &c->first)) c->error = ENOMEM;
    c->end = c->first + pages;
  }
}

static void set_file(mapping *m, const call *c, int flags, int file, off_t offset) {
  m->file = file;
  m->shared = (flags & MAP_SHARED) != 0;
  m->shift = (int64_t)offset / FAKE_PAGE - (int64_t)c->first;
  if ((flags & ~MAP_FIXED) != (m->shared ? MAP_SHARED : MAP_PRIVATE) || offset % FAKE_PAGE != 0 ||
      !fake_file_is_open(file))
    log_mismatch("mmap of a file that is closed, or not at a page, or with other flags");
  for (uint64_t page = c->first; page < c->end && !fake_file_is_on_disk(file); page++)
    (void)page_of_file(page, m);
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  call c = begin("mmap", address, size, protection);
  mapping made = {.protection = protection, .noreserve = (flags & MAP_NORESERVE) != 0};
  if (file != -1)
    set_file(&made, &c, flags, file, offset);
  else if (offset != 0 || (flags & ~(MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_NORESERVE)) !=
                              (MAP_PRIVATE | MAP_ANONYMOUS))
    log_mismatch("mmap of something else than private anonymous pages");
  may_fail(&c, false);
  if (c.error == 0) choose_place(&c, flags);
  if (c.error == 0) map_at(&c, made);
  note_all_locked(&c, flags);
  return end(&c) == 0 ? address_of(c.first) : MAP_FAILED;
}

int munmap(void *address, size_t size) {
  call c = begin("munmap", address, size, 0);
  must_hold(&c);
  may_fail(&c, false);
  if (c.error == 0 && !mappings_remove(c.first, c.end)) refuse_at_limit(&c);
  if (c.error == 0)
    forget(c.first, c.end);
  else
    for (uint64_t page = c.first; page < c.end; page++) table[page].kept = true;
  return end(&c);
}

/* ====== } */

/* {====== Changing ====== */

typedef void change_mapping(mapping *m, int argument);

static void change_surely(call *c, change_mapping *how) {
  must_hold(c);
  for (uint64_t page = c->first; page < c->stop;) {
    size_t i = mappings_find(page);
    mapping now = *mappings_at(i), wanted = now;
    uint64_t next = now.end < c->stop ? now.end : c->stop;
    how(&wanted, c->argument);
    bool same = wanted.protection == now.protection && wanted.locked == now.locked &&
                wanted.watched == now.watched && wanted.undumped == now.undumped &&
                wanted.fork_wiped == now.fork_wiped;
    if (!same && !mappings_change(i, page, next, wanted)) {
      if (c->error == 0) refuse_at_limit(c);
      return;
    }
    page = next;
  }
}

static void change(call *c, change_mapping *how) {
  may_fail(c, true);
  change_surely(c, how);
}

static void set_protection(mapping *m, int protection) {
  m->protection = protection;
  if (protection & PROT_WRITE)
    m->accounted = !m->noreserve && !m->shared;
  else if (m->anon == 0)
    m->accounted = false;
}

static void set_lock(mapping *m, int locked) { m->locked = locked != 0; }

int mprotect(void *address, size_t size, int protection) {
  call c = begin("mprotect", address, size, protection);
  change(&c, set_protection);
  for (uint64_t page = c.first; page < c.end && protection & PROT_WRITE; page++)
    table[page].shut = c.error != 0 ? attempt : 0;
  return end(&c);
}

/* Locking brings pages in, too. Where they are writable, that makes the private copies of pages of files. */
static void bring_in(call *c, uint64_t page) {
  const mapping *m = mappings_at(mappings_find(page));
  if (fake_traps(page, m) || m->protection == PROT_NONE || fake_is_lost(page, m))
    c->error = ENOMEM;
  else if (m->file != 0 && !m->shared && m->protection & PROT_WRITE)
    (void)fake_store(page, fake_content(page, m));
}

int mlock(const void *address, size_t size) {
  call c = begin("mlock", address, size, true);
  if (is_of_all_locked(&c, true)) return end(&c);
  change(&c, set_lock);
  for (uint64_t page = c.first; page < c.end && c.error == 0; page++) bring_in(&c, page);
  return end(&c);
}

int munlock(const void *address, size_t size) {
  call c = begin("munlock", address, size, false);
  if (is_of_all_locked(&c, false)) return end(&c);
  change(&c, set_lock);
  return end(&c);
}

/* ====== } */

/* {====== Advising ====== */

static void advise_page(uint64_t page, int advice) {
  if (advice != FAKE_GUARD_REMOVE) {
    look_at_remains(page);
    table[page].content = 0;
    table[page].there = table[page].copied = false;
  }
  if (advice == FAKE_GUARD_INSTALL || advice == FAKE_GUARD_REMOVE)
    table[page].marker = advice == FAKE_GUARD_INSTALL;
}

static void set_advice(mapping *m, int advice) {
  if (m->file != 0) log_mismatch("pages of a file are concealed");
  if (advice == FAKE_DONTDUMP)
    m->undumped = true;
  else
    m->fork_wiped = true;
}

/* Advice that changes the mapping. If there is no room for another mapping, Linux reports EAGAIN here. */
static void advise_mapping(call *c) {
  change(c, set_advice);
  if (c->error == ENOMEM) c->error = EAGAIN;
}

/* Advises pages up to the first locked mapping, unless the advice applies to locked pages, too. */
static void advise(call *c) {
  bool locked_too = c->argument == FAKE_GUARD_REMOVE || c->argument == FAKE_DONTNEED_LOCKED;
  for (uint64_t page = c->first; page < c->stop;) {
    size_t i = mappings_find(page);
    if (mappings_at(i)->locked && !locked_too) {
      if (c->error == 0) c->error = EINVAL;
      return;
    }
    if (mappings_at(i)->file != 0 && c->argument == FAKE_GUARD_REMOVE) { /* before Linux 6.15 */
      if (c->error == 0) c->error = EINVAL;
      return;
    }
    if (c->argument == FAKE_GUARD_INSTALL && mappings_at(i)->file != 0)
      log_mismatch("a marker on a page of a file");
    if (c->argument == FAKE_GUARD_INSTALL && mappings_at(i)->fork_wiped)
      log_mismatch("a marker that a child would not have");
    if (c->argument == FAKE_GUARD_INSTALL) mappings_write(i);
    for (uint64_t next = mappings_at(i)->end; page < next && page < c->stop; page++)
      advise_page(page, c->argument);
  }
}

int madvise(void *address, size_t size, int advice) {
  call c = begin("madvise", address, size, advice);
  if (advice == FAKE_DONTDUMP || advice == FAKE_WIPEONFORK) {
    advise_mapping(&c);
    return end(&c);
  }
  must_hold(&c);
  /* Removing markers and discarding pages need neither memory nor mappings. The core relies on both to
  ** undo a change, so they are not refused then. */
  bool never = advice == FAKE_GUARD_REMOVE || advice == MADV_DONTNEED;
  bool half = advice != MADV_DONTNEED; /* this one checks before it discards */
  if (!never || !failures_undoing()) may_fail(&c, half);
  advise(&c);
  return end(&c);
}

int fake_discard(uintptr_t address, size_t size, bool locked) {
  int advice = locked ? FAKE_DONTNEED_LOCKED : MADV_DONTNEED;
  return madvise((void *)address, size, advice); /* NOLINT(performance-no-int-to-ptr) */
}

/* ====== } */

/* {====== userfaultfd ====== */

static void set_watch(mapping *m, int watched) {
  m->watched = watched != 0;
  if (m->watched && m->file != 0) log_mismatch("pages of a file are watched");
}

int fake_watch(uintptr_t address, size_t size, bool on) {
  call c = begin("watch", (void *)address, size, on); /* NOLINT(performance-no-int-to-ptr) */
  change(&c, set_watch);
  return end(&c);
}

void fake_unwatch(uintptr_t address, size_t size) {
  call c = begin("unwatch", (void *)address, size, false); /* NOLINT(performance-no-int-to-ptr) */
  change_surely(&c, set_watch);
  if (end(&c) != 0) log_mismatch("unwatch fails");
}

int fake_fill(uintptr_t address, size_t size) {
  call c = begin("fill", (void *)address, size, 0); /* NOLINT(performance-no-int-to-ptr) */
  must_hold(&c);
  bool misses = false;
  for (uint64_t page = c.first; page < c.end; page++)
    misses = misses || fake_traps(page, mappings_at(mappings_find(page)));
  if (misses) may_fail(&c, true);
  for (uint64_t page = c.first; page < c.stop; page++) table[page].there = true;
  return end(&c);
}

/* ====== } */
