/* log.h: keeps the steps of a sequence, to print them when something is wrong. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "failures.h"

/* One attempt at a verb of the core. */
typedef struct log_line {
  const char *verb;
  unsigned step, region;
  uint64_t first, count, pages; /* pages */
  size_t offset, size;          /* bytes, as given to the core */
  unsigned protection;
  unsigned
      section; /* of calls about sections: which, where in it, how large, and whether to copy */
  uint64_t from, bytes;
  bool copy;
  size_t mappings, most; /* before it */
  failures_plan plan;
  failures_count failed;
  vm_error error;
} log_line;

/* A sequence begins. The caller keeps all three strings; `repeat` is the command that repeats it. */
void log_begin(const char *name, const char *repeat, const char *mode);

/* An attempt begins. Calls of the kernel belong to it from here on. */
void log_attempt(const log_line *line);

/* The attempt has ended. */
void log_result(failures_count failed, vm_error error);

/* A call to the kernel; error is an errno or 0. */
void log_call(const char *name, int argument, uint64_t first, uint64_t end, int error);

/* Reports a mismatch. The first time in a run, it prints the whole log. */
void log_mismatch(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the whole log. */
void log_print(void);

/* The same, unless it was printed before. For a process that a sanitizer ends. */
void log_death(void);

/* Whether there was a mismatch since log_begin. */
bool log_is_bad(void);

#endif
