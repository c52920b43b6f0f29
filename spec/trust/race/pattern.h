/* pattern.h: which bytes may be in the file of the race: each place has four, so that a byte of another place, or from
** nowhere, is told from them. */
#ifndef RACE_PATTERN_H
#define RACE_PATTERN_H

#include <stddef.h>

enum {
  RACE_PAGES = 16
}; /* with these bytes; behind them is a page of counters, which only vmem writes */

typedef enum race_kind {
  RACE_ZERO,   /* of a file that became longer */
  RACE_CUTTER, /* what the process writes that cuts the file */
  RACE_OWN,    /* what vmem writes */
  RACE_PAIR,   /* what vmem fills ranges with: two bytes, by turns */
  RACE_KINDS
} race_kind;

/* Bytes of a kind are again the same after 64. None makes a float a NaN, wherever they meet. */
static inline unsigned char race_byte(race_kind kind, size_t offset) {
  unsigned place = (unsigned)(offset & 63);
  switch (kind) {
    case RACE_CUTTER: return (unsigned char)(0x80 | place);
    case RACE_OWN: return (unsigned char)(1 + place);
    case RACE_PAIR: return offset % 2 == 0 ? 0xd5 : 0xc3;
    default: return 0;
  }
}

static inline int race_is_known(unsigned char byte, size_t offset) {
  for (int kind = 0; kind < RACE_KINDS; kind++)
    if (byte == race_byte((race_kind)kind, offset)) return 1;
  return 0;
}

#endif
