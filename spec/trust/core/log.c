/* log.c: keeps the steps of one sequence and the kernel calls of its last one, and prints them when the
** first mismatch of the run is found, or the sanitizer ends the process. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINES = 1 << 16, CALLS = 1 << 10, TOLD = 12 };

typedef struct kernel_call {
  const char *name;
  int argument, error;
  uint64_t first, end;
} kernel_call;

static const char *subject, *repeat;
static const char *mode;
static log_line line[LINES];
static kernel_call call[CALLS];
static size_t lines, calls;
static unsigned mismatches; /* of this sequence */
static size_t bad_lines;    /* the number of lines at its first mismatch */
static bool told;           /* a whole sequence was printed in this run */

void log_begin(const char *what, const char *command, const char *how) {
  subject = what;
  repeat = command;
  mode = how;
  lines = calls = 0;
  mismatches = 0;
}

void log_attempt(const log_line *l) {
  calls = 0;
  if (lines < LINES) line[lines++] = *l;
}

void log_result(failures_count failed, vm_error error) {
  line[lines - 1].failed = failed;
  line[lines - 1].error = error;
}

void log_call(const char *name, int argument, uint64_t first, uint64_t end, int error) {
  if (calls < CALLS) call[calls++] = (kernel_call){name, argument, error, first, end};
}

bool log_is_bad(void) { return mismatches > 0; }

static const char *error_name(vm_error error) {
  static const char *const names[] = {"ok",
                                      "out of memory",
                                      "address in use",
                                      "too many mappings",
                                      "not committed",
                                      "permission denied",
                                      "not supported",
                                      "invalid address",
                                      "too many files",
                                      "in use",
                                      "disk full",
                                      "file too large",
                                      "no file",
                                      "bad file"};
  return names[error];
}

static void print_plan(const failures_plan *p) {
  static const char *const parts[] = {"", ", a part done", ", half done", ", all done"};
  bool contract = p->level == OF_CONTRACT;
  printf("; plan: after %u calls%s, pattern %x, %s%s", p->before, contract ? " of os.h" : "",
         p->pattern, contract ? error_name(p->says) : strerror(p->error), parts[p->part]);
}

static void print_line(const log_line *l) {
  printf("  %4u  region %u  %-8s pages %llu to %llu of %llu (offset %zu size %zu) byte %02x: %s",
         l->step, l->region, l->verb, (unsigned long long)l->first,
         (unsigned long long)(l->first + l->count - 1), (unsigned long long)l->pages, l->offset,
         l->size, l->protection, error_name(l->error));
  if (l->bytes > 0)
    printf("; section %u of %llu bytes, from page %llu%s", l->section, (unsigned long long)l->bytes,
           (unsigned long long)l->from, l->copy ? ", copy" : "");
  printf("; mappings %zu of %zu", l->mappings, l->most);
  if (l->plan.pattern != 0) print_plan(&l->plan);
  if (l->failed.injected + l->failed.at_limit > 0)
    printf("; failed: %u as planned, %u at the limit, %u of both while undoing", l->failed.injected,
           l->failed.at_limit, l->failed.while_undoing);
  printf("\n");
}

void log_print(void) {
  printf("%s, mode '%s', steps:\n", subject, mode);
  for (size_t i = 0; i < lines; i++) print_line(&line[i]);
  printf("  kernel calls of the last step:\n");
  for (size_t i = 0; i < calls; i++)
    printf("        %s [%llu, %llu) %d: %s\n", call[i].name, (unsigned long long)call[i].first,
           (unsigned long long)call[i].end, call[i].argument,
           call[i].error == 0 ? "ok" : strerror(call[i].error));
  printf("repeat it with: %s\n", repeat);
}

void log_mismatch(const char *format, ...) {
  if (!told && mismatches == 0) log_print();
  if (mismatches == 0) bad_lines = lines;
  if (++mismatches > TOLD || lines > bad_lines) return; /* later ones follow from the first */
  printf("MISMATCH: %s, %s of step %u: ", subject, lines > 0 ? line[lines - 1].verb : "begin",
         lines > 0 ? line[lines - 1].step : 0);
  va_list values;
  va_start(values, format);
  vprintf(format, values);
  va_end(values);
  printf("\n");
  told = true;
}

void log_death(void) {
  if (told) return;
  printf("\n");
  log_print();
  fflush(stdout);
}
