/* simulated_machine.c: a machine inside of a program, for the playground: what a user chooses of it, why it refuses. */
#include "os/simulated.h"

#include <stdlib.h>
#include <string.h>

const char *const os_name = "simulated";

/* The number after the word in VMEM_MACHINE, or `otherwise`. */
static size_t choose(const char *word, size_t least, size_t most, size_t otherwise) {
  const char *text = getenv("VMEM_MACHINE");
  text = text != NULL ? strstr(text, word) : NULL;
  if (text == NULL) return otherwise;
  unsigned long long value = strtoull(text + strlen(word), NULL, 10);
  return value < least ? least : value > most ? most : (size_t)value;
}

enum { LARGEST = 1 << 24 }; /* pages of RAM, and of swap */

static simulated_choice choose_all(void) {
  size_t page = choose("page=", 4096, SIMULATED_GRANULARITY, 4096);
  while (page & (page - 1)) page &= page - 1; /* the power of two below it */
  return (simulated_choice){.page = page,
                            .frames = choose("frames=", 1, LARGEST, LARGEST),
                            .swap = choose("swap=", 0, LARGEST, LARGEST),
                            .refuse = choose("refuse=", 0, SIZE_MAX, 0)};
}

static void make(simulated_machine *m) {
  m->choice = choose_all();
  m->base = simulated_block(&m->size);
  /* There are never more frames in use than pages. */
  if (m->choice.frames > m->size / m->choice.page) m->choice.frames = m->size / m->choice.page;
  m->page = calloc(m->size / m->choice.page, sizeof *m->page);
  m->frame = calloc(m->choice.frames + 1, sizeof *m->frame);
  if (m->base == 0 || m->page == NULL || m->frame == NULL) m->size = 0;
}

simulated_machine *simulated_get(void) {
  static simulated_machine machine;
  if (machine.choice.page == 0) make(&machine);
  return &machine;
}

const os_limits *os_get_limits(void) {
  static os_limits limits;
  if (limits.page_size != 0) return &limits;
  const simulated_machine *m = simulated_get();
  limits = (os_limits){.page_size = m->choice.page,
                       .granularity = SIMULATED_GRANULARITY,
                       .lowest = m->base > SIMULATED_GRANULARITY ? m->base : SIMULATED_GRANULARITY,
                       .mark_after = SIZE_MAX,
                       .end = m->base + m->size,
                       .highest = m->base + m->size};
  if (m->choice.frames < m->size / m->choice.page) limits.touched = simulated_touch;
  return &limits;
}

static const char *last_reason; /* for the latest refusal; NULL when it has been used */
static vm_error last_refused;

vm_error simulated_refuse(vm_error error, const char *reason) {
  last_refused = error;
  last_reason = reason;
  return error;
}

const char *os_refusal(vm_error error) {
  const char *reason = error == last_refused ? last_reason : NULL;
  last_reason = NULL;
  return reason;
}

const char *os_advice(vm_error error, char *text) {
  (void)text;
  const char *reason = os_refusal(error);
  if (reason != NULL) return reason;
  return error == VM_NOT_SUPPORTED ? "the simulated machine has nothing of the kind" : NULL;
}

const char *os_lock_advice(char *text) { return os_advice(VM_OUT_OF_MEMORY, text); }

bool simulated_find(uintptr_t address, size_t size, simulated_range *range) {
  const simulated_machine *m = simulated_get();
  if (address < m->base || address - m->base >= m->size || size > m->size - (address - m->base))
    return false;
  *range = (simulated_range){(address - m->base) / m->choice.page,
                             (address - m->base + size + m->choice.page - 1) / m->choice.page};
  return true;
}
