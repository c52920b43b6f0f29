/* fake_files.c: the files of the fake kernel. Where one becomes longer, its new pages hold nothing until memory is
** taken for them. */
#include "fake_files.h"

#include <errno.h>

#include "failures.h"
#include "fake_kernel.h"
#include "log.h"

#include "fake_calls.h" /* first: renames the calls that the next ones declare */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST = 100 }; /* the lowest descriptor */

typedef struct fake_file {
  bool open, sealed;
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

/* {====== Calls ====== */

static void set_size(fake_file *f, uint64_t size) {
  for (uint64_t page = pages_of(size); page < FAKE_FILE_PAGES; page++) {
    f->filled[page] = false;
    f->content[page] = 0;
  }
  f->size = size;
}

int fstat(int file, struct stat *facts) {
  if (!at(file)->open) log_mismatch("a closed file is asked for its size");
  *facts = (struct stat){.st_size = (off_t)at(file)->size};
  return 0;
}

int ftruncate(int file, off_t size) {
  fake_file *f = at(file);
  bool smaller = (uint64_t)size < f->size;
  if (!f->open || (uint64_t)size > (uint64_t)FAKE_FILE_PAGES * FAKE_PAGE)
    log_mismatch("ftruncate of a closed file, or to too much");
  if (smaller && f->sealed) {
    errno = EPERM;
    return -1;
  }
  if (!smaller && failures_next()) return -1; /* to become smaller needs nothing */
  set_size(f, (uint64_t)size);
  return 0;
}

/* As for files in memory: all of it or nothing. */
int posix_fallocate(int file, off_t from, off_t size) {
  fake_file *f = at(file);
  uint64_t end = (uint64_t)(from + size);
  if (!f->open || end > (uint64_t)FAKE_FILE_PAGES * FAKE_PAGE)
    log_mismatch("posix_fallocate of a closed file, or of too much");
  if (failures_next()) return errno == EINVAL ? ENOSPC : errno; /* EINVAL: it never can */
  for (uint64_t page = (uint64_t)from / FAKE_PAGE; page < pages_of(end); page++)
    f->filled[page] = true;
  if (end > f->size) f->size = end;
  return 0;
}

/* ====== } */
