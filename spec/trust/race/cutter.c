/* cutter.c: the process that cuts files at random while vmem works on them. */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "pattern.h"
#include "race.h"

static uint64_t state;

static uint64_t draw(uint64_t below) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (state >> 11) % below;
}

static void wait_a_bit(uint64_t most) {
  uint64_t micros = draw(most);
  if (micros > 0) usleep((useconds_t)micros);
}

/* To 0, to whole pages, or within one. */
static off_t draw_length(size_t page) {
  switch (draw(4)) {
    case 0: return 0;
    case 1: return (off_t)draw((RACE_PAGES + 1) * page);
    default: return (off_t)(draw(RACE_PAGES + 1) * page);
  }
}

/* Writes a stretch of its bytes, or of zeros. */
static int write_some(int file, size_t page) {
  static unsigned char bytes[4 << 16];
  size_t all = RACE_PAGES * page, from = draw(all), size = 1 + draw(4 * page);
  race_kind kind = draw(4) == 0 ? RACE_ZERO : RACE_CUTTER;
  if (size > sizeof bytes) size = sizeof bytes;
  if (size > all - from) size = all - from;
  for (size_t i = 0; i < size; i++) bytes[i] = race_byte(kind, from + i);
  return pwrite(file, bytes, size, (off_t)from) == (ssize_t)size;
}

static int cut_once(int file, size_t page) {
  int ok = ftruncate(file, draw_length(page)) == 0;
  wait_a_bit(100);
  if (draw(4) == 0) ok = ok && ftruncate(file, draw_length(page)) == 0;
  if (draw(8) != 0) ok = ok && ftruncate(file, (off_t)((RACE_PAGES + 1) * page)) == 0;
  for (uint64_t i = draw(4); i > 0; i--) ok = ok && write_some(file, page);
  wait_a_bit(draw(16) == 0 ? 1000 : 100);
  return ok;
}

void race_cut(const char *const paths[], size_t count, unsigned long seed, int parent) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  int file[4];
  state = seed * 2654435761U + 1;
  for (size_t i = 0; i < count; i++) {
    file[i] = open(paths[i], O_RDWR | O_CLOEXEC);
    if (file[i] < 0) _exit(3);
  }
  while (getppid() == parent)
    if (!cut_once(file[draw(count)], page)) _exit(4);
  _exit(0);
}
