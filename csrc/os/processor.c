/* processor.c: os_get_processor: asks the processor itself. The system has no part in it. */
#include "os/machine.h"

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>

/* Intel's and AMD's manuals: the extended family counts with family 15 only, the extended model with 6 and 15. */
void os_get_processor(os_processor *processor) {
  unsigned a, b, c, d;
  *processor =
      (os_processor){sizeof(void *) == 8 ? "x86-64" : "x86", OS_UNTOLD, OS_UNTOLD, OS_UNTOLD};
  if (!__get_cpuid(1, &a, &b, &c, &d)) return;
  unsigned family = a >> 8 & 15, model = a >> 4 & 15;
  if (family == 6 || family == 15) model += (a >> 16 & 15) << 4;
  if (family == 15) family += a >> 20 & 255;
  processor->family = family;
  processor->model = model;
  processor->stepping = a & 15;
}

#else

#if defined(__aarch64__)
#define ARCHITECTURE "arm64"
#elif defined(__arm__)
#define ARCHITECTURE "arm"
#else
#define ARCHITECTURE ""
#endif

void os_get_processor(os_processor *processor) {
  *processor = (os_processor){ARCHITECTURE, OS_UNTOLD, OS_UNTOLD, OS_UNTOLD};
}

#endif
