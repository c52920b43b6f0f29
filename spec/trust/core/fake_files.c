/* fake_files.c: the files of the fake kernel. Where one becomes longer, its new pages hold nothing until memory is
** taken for them. */
#include "fake_files.h"

#include <errno.h>

#include "failures.h"
#include "fake_kernel.h"
#include "log.h"
#include "others.h"

#include "fake_calls.h" /* first: renames the calls that the next ones declare */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST = 100 }; /* the lowest descriptor */

typedef struct fake_file {
  bool open, sealed;
  bool disk, cut;
  bool undoing;  /* it has become longer by a part only: the next call makes it shorter */
  uint64_t size; /* bytes */
  bool filled[FAKE_FILE_PAGES];
  uint32_t content[FAKE_FILE_PAGES];
} fake_file;

static fake_file table[FAKE_FILES];

static fake_file *at(int file) { return &table[file - FIRST]; }

static uint64_t pages_of(uint64_t size) { return (size + FAKE_PAGE - 1) / FAKE_PAGE; }

void fake_files_reset(void) {
  for (int i = 0; i < FAKE_FILES; i++) table[i].open = false;
}

static bool is_mapped(int file) {
  for (size_t i = 0; i < mappings_count(); i++)
    if (mappings_at(i)->file == file) return true;
  return false;
}

int fake_file_new(void) {
  if (failures_next()) return -1;
  for (int file = FIRST; file < FIRST + FAKE_FILES; file++) {
    if (at(file)->open || is_mapped(file)) continue;
    *at(file) = (fake_file){.open = true};
    return file;
  }
  log_mismatch("there are too many files");
  errno = EMFILE;
  return -1;
}

int fake_file_open(uint64_t size) {
  int file = fake_file_new();
  if (file < 0) return -1;
  at(file)->disk = true;
  at(file)->size = size;
  for (uint64_t page = 0; page < pages_of(size); page++) at(file)->filled[page] = true;
  return file;
}

bool fake_file_is_on_disk(int file) { return at(file)->disk; }
uint64_t fake_file_size(int file) { return at(file)->size; }

bool fake_file_is_open(int file) { return at(file)->open; }

void fake_file_close(int file) {
  if (!at(file)->open) log_mismatch("a file is closed twice");
  at(file)->open = false;
}

unsigned fake_files_open(void) {
  unsigned count = 0;
  for (int i = 0; i < FAKE_FILES; i++) count += table[i].open;
  return count;
}

void fake_file_seal(int file) { at(file)->sealed = true; }

uint32_t *fake_file_page(int file, uint64_t page) {
  fake_file *f = at(file);
  return page < pages_of(f->size) && f->filled[page] ? &f->content[page] : NULL;
}

static void set_size(fake_file *f, uint64_t size) {
  for (uint64_t page = pages_of(size); page < FAKE_FILE_PAGES; page++) {
    f->filled[page] = false;
    f->content[page] = 0;
  }
  for (uint64_t page = 0; page < pages_of(size) && f->disk; page++) f->filled[page] = true;
  if (size < f->size) fake_lose_copies((int)(f - table) + FIRST, pages_of(size));
  f->size = size;
}

void fake_file_cut(int file, uint64_t size) {
  set_size(at(file), size);
  at(file)->cut = true;
}

bool fake_file_was_cut(int file) {
  bool cut = at(file)->cut;
  at(file)->cut = false;
  return cut;
}

/* {====== Calls ====== */

/* Whether a call for a file fails; sets errno to what systems say of files. */
static bool refuses(const fake_file *f) {
  if (!failures_next()) return false;
  if (errno == EINVAL) errno = ENOSPC; /* EINVAL would mean that it never can */
  if (f->disk && errno == ENOSYS) errno = EFBIG;
  if (f->disk && errno == EAGAIN) errno = EIO;
  return true;
}

int fstat(int file, struct stat *facts) {
  others_tick();
  if (!at(file)->open) log_mismatch("a closed file is asked for its size");
  *facts = (struct stat){.st_size = (off_t)at(file)->size};
  return 0;
}

int ftruncate(int file, off_t size) {
  fake_file *f = at(file);
  others_tick();
  bool smaller = (uint64_t)size < f->size, never = smaller && (!f->disk || f->undoing);
  f->undoing = false;
  if (!f->open || (uint64_t)size > (uint64_t)FAKE_FILE_PAGES * FAKE_PAGE)
    log_mismatch("ftruncate of a closed file, or to too much");
  if (smaller && f->sealed) {
    errno = EPERM;
    return -1;
  }
  if (!never && refuses(f)) return -1; /* in memory, to become smaller needs nothing */
  set_size(f, (uint64_t)size);
  return 0;
}

/* In memory all of it or nothing. On a disk a part of it may have been done. */
static void do_part(fake_file *f, uint64_t from, uint64_t end) {
  uint64_t part = failures_done(pages_of(end) - pages_of(from));
  if (!f->disk || part == 0 || end < f->size) return;
  set_size(f, part == pages_of(end) - pages_of(from) ? end : from + part * FAKE_PAGE);
  f->undoing = true;
}

int posix_fallocate(int file, off_t from, off_t size) {
  fake_file *f = at(file);
  uint64_t end = (uint64_t)(from + size);
  if (!f->open || end > (uint64_t)FAKE_FILE_PAGES * FAKE_PAGE)
    log_mismatch("posix_fallocate of a closed file, or of too much");
  if (refuses(f)) {
    int error = errno;
    do_part(f, (uint64_t)from, end);
    return error;
  }
  for (uint64_t page = (uint64_t)from / FAKE_PAGE; page < pages_of(end); page++)
    f->filled[page] = true;
  if (end > f->size) f->size = end;
  return 0;
}

/* What a page holds stands for all its bytes, so a part of it stays what it is. */
ssize_t pwrite(int file, const void *from, size_t size, off_t at_byte) {
  (void)from, (void)at_byte;
  if (!at(file)->open) log_mismatch("a closed file is written");
  return (ssize_t)size;
}

ssize_t pread(int file, void *to, size_t size, off_t from) {
  fake_file *f = at(file);
  if (!f->open || size != 1) log_mismatch("a closed file is read, or more than a byte of one");
  if (refuses(f)) return -1;
  *(char *)to = 0;
  return (uint64_t)from < f->size ? 1 : 0;
}

/* ====== } */
