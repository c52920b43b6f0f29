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
  size_t mappings, most; /* before it */
  failures_plan plan;
  failures_count failed;
  vm_error error;
} log_line;

/* A sequence begins. All three stay the caller's; `repeat` is the command that does it again. */
void log_begin(const char *name, const char *repeat, const char *mode);

/* An attempt begins. What the kernel is asked from here on belongs to it. */
void log_attempt(const log_line *line);

/* It has ended. */
void log_result(failures_count failed, vm_error error);

/* A call to the kernel; error is an errno or 0. */
void log_call(const char *name, int argument, uint64_t first, uint64_t end, int error);

/* Something is not as it should be. The first time in a run, all that has been logged is printed. */
void log_mismatch(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints all that has been logged. */
void log_print(void);

/* The same, unless that has been done. For a process that is about to die. */
void log_death(void);

/* Whether there was a mismatch since log_begin. */
bool log_is_bad(void);

#endif
