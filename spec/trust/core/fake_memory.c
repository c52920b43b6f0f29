/* fake_memory.c: memcpy, memmove and memset for the memory of the fake kernel, where a number stands for the bytes of a
** page, and the real memory of snapshots. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "fake_kernel.h"
#include "log.h"

void *fake_memcpy(void *to, const void *from, size_t size);
void *fake_memmove(void *to, const void *from, size_t size);
void *fake_memset(void *to, int byte, size_t size);

static bool is_fake(const void *at) {
  return (uintptr_t)at >= fake_lowest() && (uintptr_t)at < fake_highest();
}

static uint32_t load(uint64_t page) {
  const mapping *holder = mappings_at(mappings_find(page));
  if (!(holder->protection & PROT_READ) || fake_traps(page, holder) || fake_is_lost(page, holder))
    log_mismatch("a load from page %llu crashes", (unsigned long long)page);
  return fake_content(page, holder);
}

void *fake_memcpy(void *to, const void *from, size_t size) {
  uint32_t content;
  if (!is_fake(to) && !is_fake(from)) return memcpy(to, from, size);
  if (size != FAKE_PAGE) log_mismatch("a part of a page is copied");
  if (is_fake(from))
    content = load(fake_page_of((uintptr_t)from));
  else
    memcpy(&content, from, sizeof content);
  if (!is_fake(to))
    memcpy(to, &content, sizeof content);
  else if (!fake_store(fake_page_of((uintptr_t)to), content))
    log_mismatch("a copy to memory crashes");
  return to;
}

void *fake_memmove(void *to, const void *from, size_t size) {
  if (!is_fake(to) && !is_fake(from)) return memmove(to, from, size);
  return fake_memcpy(to, from, size);
}

void *fake_memset(void *to, int byte, size_t size) {
  if (!is_fake(to)) return memset(to, byte, size);
  if (size != FAKE_PAGE || byte != 0)
    log_mismatch("pages are filled with something else than zeros");
  if (!fake_store(fake_page_of((uintptr_t)to), 0)) log_mismatch("filling memory crashes");
  return to;
}
