/* lost.c: threads touch pages of a file that a Unix process beside Wine has cut, hundreds of thousands of times: each
** touch is told by os_guarded, with its address, and registers are as before. Other code's handlers get what is not a
** leaf's, and nothing else. */
#include "os/windows.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/guard.h"

/* All that windows_guarded.c asks for. */
const os_limits *os_get_limits(void) {
  static os_limits limits;
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  limits.page_size = info.dwPageSize;
  return &limits;
}

enum { PAGE = 4096, PAGES = 16, THREADS = 4, ROUNDS = 50000 };

static char *view;
static atomic_uint findings, told, seen_by_others;

static void finding(const char *what) {
  if (findings++ < 10) printf("%s\n", what);
}

/* {====== Leaves ====== */

typedef struct work {
  char *to, *from;
  size_t size;
} work;

static void move(void *with) {
  const work *w = with;
  memmove(w->to, w->from, w->size);
}

/* As an old memmove does, which goes down with the direction flag set. */
static void move_down(void *with) {
  const work *w = with;
  const char *from = w->from + w->size - 1;
  char *to = w->to + w->size - 1;
  size_t size = w->size;
  __asm__ volatile("std\nrep movsb\ncld" : "+S"(from), "+D"(to), "+c"(size) : : "memory");
}

static bool try_to(os_leaf *leaf, char *to, char *from, size_t size, uintptr_t *lost) {
  work w = {to, from, size};
  const os_range ranges[2] = {{(uintptr_t)to, (uintptr_t)to + size},
                              {(uintptr_t)from, (uintptr_t)from + size}};
  return os_guarded(leaf, &w, ranges, lost);
}

/* ====== } */

static bool is_direction_down(void) {
  unsigned long long flags;
  __asm__ volatile("pushfq\npopq %0" : "=r"(flags));
  return (flags & 0x400) != 0;
}

static DWORD WINAPI touch_all(void *number) {
  char buffer[PAGE];
  volatile double scale = (double)(uintptr_t)number + 0.5;
  double kept[4] = {scale, scale * 2, scale * 3, scale * 4}; /* in registers, across the calls */
  for (unsigned i = 0; i < ROUNDS; i++) {
    unsigned page = i % PAGES;
    uintptr_t lost = 0;
    char *at = view + (size_t)page * PAGE;
    bool down = i / PAGES % 2 != 0, writes = i / PAGES % 3 == 0;
    bool done = writes ? try_to(down ? move_down : move, at, buffer, PAGE, &lost)
                       : try_to(down ? move_down : move, buffer, at, PAGE, &lost);
    if (done != (page == 0)) finding(done ? "a lost page was not told" : "a page was told as lost");
    if (!done && lost - (uintptr_t)at >= PAGE) finding("the address is wrong");
    if (!done) told++;
    if (is_direction_down()) finding("the direction flag is set");
    for (int k = 0; k < 4; k++)
      if (kept[k] != scale * (k + 1)) finding("a register has changed");
  }
  return 0;
}

/* {====== Other code ====== */

static jmp_buf theirs;

static __attribute__((noreturn, noinline)) void leave(void) { longjmp(theirs, 1); }

/* Sees what vmem's handler passes on. */
static LONG CALLBACK other_handler(EXCEPTION_POINTERS *exception) {
  if (exception->ExceptionRecord->ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
    return EXCEPTION_CONTINUE_SEARCH;
  seen_by_others++;
  exception->ContextRecord->Rip = (uintptr_t)&leave;
  exception->ContextRecord->Rsp = (exception->ContextRecord->Rsp - 256) / 16 * 16 - 8;
  return EXCEPTION_CONTINUE_EXECUTION;
}

static void read_outside(void *with) { (void)*(volatile char *)with; }

static void check_others(void) {
  char *outside = VirtualAlloc(NULL, PAGE, MEM_RESERVE, PAGE_NOACCESS);
  const os_range ranges[2] = {{(uintptr_t)view, (uintptr_t)view + PAGE}, {0, 0}};
  uintptr_t lost;
  unsigned before = seen_by_others;
  if (_setjmp(theirs, NULL) == 0) {
    (void)os_guarded(read_outside, outside, ranges, &lost);
    finding("an access outside of the ranges came back");
  }
  if (seen_by_others != before + 1) finding("another handler has not got what is its own");
}

/* ====== } */

/* False on Windows. */
static bool cut(HANDLE file) {
  typedef char *CDECL unix_name(const wchar_t *);
  unix_name *name_of;
  FARPROC found = GetProcAddress(GetModuleHandleA("kernel32"), "wine_get_unix_file_name");
  memcpy(&name_of, &found, sizeof name_of);
  wchar_t path[MAX_PATH];
  if (found == NULL || GetFullPathNameW(L"lost.tmp", MAX_PATH, path, NULL) == 0) return false;
  char command[1000];
  snprintf(command, sizeof command, "start /wait /unix /usr/bin/truncate -s %d \"%s\"", PAGE,
           name_of(path));
  (void)system(command);
  LARGE_INTEGER size = {0};
  for (int i = 0; i < 100 && size.QuadPart != PAGE; i++, Sleep(20)) GetFileSizeEx(file, &size);
  return size.QuadPart == PAGE;
}

static void run_threads(void) {
  HANDLE thread[THREADS];
  for (uintptr_t i = 0; i < THREADS; i++)
    thread[i] = CreateThread(NULL, 0, touch_all, (void *)(i + 1), 0, NULL); /* NOLINT */
  WaitForMultipleObjects(THREADS, thread, TRUE, INFINITE);
}

int main(void) {
  HANDLE file = CreateFileA("lost.tmp", GENERIC_READ | GENERIC_WRITE,
                            FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                            CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
  HANDLE mapping = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, PAGES * PAGE, NULL);
  view = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
  if (view == NULL || os_guard() != VM_OK) {
    printf("a file cannot be mapped, or guarded: error %lu\n", GetLastError());
    return 1;
  }
  AddVectoredExceptionHandler(1, other_handler);
  if (os_guard() != VM_OK) finding("the handler is not put first again");
  if (!cut(file)) {
    printf("trust: lost pages of Windows: NOT TESTED: no process can make a mapped file shorter\n");
    return 0;
  }
  run_threads();
  if (seen_by_others > 0) finding("another handler has got what is vmem's");
  check_others();
  printf("trust: lost pages of Windows: %u touches of %u told, in %u threads, %u findings\n", told,
         THREADS * ROUNDS, THREADS, findings);
  return findings > 0;
}
