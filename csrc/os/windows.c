/* windows.c: os.h on Windows: VirtualAlloc and its family. */
#define _WIN32_WINNT 0x0602 /* Windows 8 */
#define PSAPI_VERSION 2     /* its functions are kernel32's */

#include <windows.h>

#include <psapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/area_list.h"
#include "os/touch.h"

const char *const os_name = "windows";

static __thread DWORD
    last_error; /* Windows's reason for the latest failure; 0 when it has been used */

static void *pointer(uintptr_t address) {
  return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

/* {====== Errors ====== */

static vm_error refusal(void) {
  last_error = GetLastError();
  switch (last_error) {
    case ERROR_INVALID_ADDRESS:
    case ERROR_INVALID_PARAMETER: return VM_INVALID_ADDRESS;
    case ERROR_ACCESS_DENIED:
    case ERROR_NOACCESS:
    case ERROR_PRIVILEGE_NOT_HELD: return VM_PERMISSION_DENIED;
    case ERROR_NOT_SUPPORTED:
    case ERROR_CALL_NOT_IMPLEMENTED: return VM_NOT_SUPPORTED;
    default: return VM_OUT_OF_MEMORY;
  }
}

static vm_error error_unless(bool done) { return done ? VM_OK : refusal(); }

/* The advice is Windows's own sentence for its error. */
const char *os_advice(vm_error error, char *text) {
  if (error == VM_ADDRESS_IN_USE || error == VM_NOT_COMMITTED || error == VM_INVALID_ADDRESS ||
      last_error == 0)
    return NULL;
  DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                last_error, 0, text, OS_ADVICE, NULL);
  last_error = 0; /* used once: the next failure may come from the core, not from Windows */
  while (length > 0 && strchr("\r\n. ", text[length - 1]) != NULL) length--;
  text[length] = '\0';
  return length > 0 ? text : NULL;
}

const char *os_lock_advice(char *text) { return os_advice(VM_OUT_OF_MEMORY, text); }

/* ====== } */

static os_limits limits;

static BOOL CALLBACK find_limits(PINIT_ONCE once, PVOID nothing, PVOID *no_more) {
  (void)once, (void)nothing, (void)no_more;
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  limits.granularity = info.dwAllocationGranularity;
  limits.lowest = (uintptr_t)info.lpMinimumApplicationAddress;
  limits.end = (uintptr_t)info.lpMaximumApplicationAddress + 1;
  limits.highest = limits.end;
  limits.mark_after = SIZE_MAX;
  limits.page_size = info.dwPageSize;
  return TRUE;
}

const os_limits *os_get_limits(void) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  InitOnceExecuteOnce(&once, find_limits, NULL, NULL);
  return &limits;
}

/* {====== Pages ====== */

/* Guard pages are PAGE_NOACCESS: with PAGE_GUARD, Windows would take the guard off at any access, also at one
** that vmem does not check. */
static DWORD protection_of(unsigned protection) {
  if ((protection & VM_READ) == 0 || (protection & VM_GUARD)) return PAGE_NOACCESS;
  if (protection & VM_EXECUTE_ONLY) return PAGE_EXECUTE;
  switch (protection & (VM_WRITE | VM_EXECUTE)) {
    case VM_WRITE | VM_EXECUTE: return PAGE_EXECUTE_READWRITE;
    case VM_WRITE: return PAGE_READWRITE;
    case VM_EXECUTE: return PAGE_EXECUTE_READ;
    default: return PAGE_READONLY;
  }
}

vm_error os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                    uintptr_t *base) {
  (void)name; /* Windows shows no names of areas */
  DWORD type = MEM_RESERVE | (top_down && address == 0 ? MEM_TOP_DOWN : 0);
  void *got = VirtualAlloc(pointer(address), size, type, PAGE_NOACCESS);
  if (got == NULL) return GetLastError() == ERROR_INVALID_ADDRESS ? VM_ADDRESS_IN_USE : refusal();
  *base = (uintptr_t)got;
  return VM_OK;
}

vm_error os_release(uintptr_t base, size_t size) {
  (void)size;
  return error_unless(VirtualFree(pointer(base), 0, MEM_RELEASE));
}

vm_error os_commit(uintptr_t address, size_t size, unsigned protection) {
  if (VirtualAlloc(pointer(address), size, MEM_COMMIT, protection_of(protection)) != NULL)
    return VM_OK;
  vm_error error = refusal();
  /* Wine gives "access denied" when there is no memory. */
  bool is_code = (protection & VM_EXECUTE) != 0;
  return error == VM_PERMISSION_DENIED && !is_code ? VM_OUT_OF_MEMORY : error;
}

vm_error os_decommit(uintptr_t address, size_t size) {
  return error_unless(VirtualFree(pointer(address), size, MEM_DECOMMIT));
}

/* A commit always counts against RAM and page file together. */
bool os_charges_all(void) { return true; }

const char *os_lazy_advice(void) {
  return "Windows counts every committed page, touched or not; reserve with touch = \"commit\" "
         "instead";
}

vm_error os_decommit_lazy(uintptr_t address, size_t size) { return os_decommit(address, size); }

vm_error os_protect(uintptr_t address, size_t size, unsigned protection) {
  DWORD old;
  return error_unless(VirtualProtect(pointer(address), size, protection_of(protection), &old));
}

void os_make_inaccessible(uintptr_t address, size_t size) {
  (void)VirtualFree(pointer(address), size, MEM_DECOMMIT);
}

/* ====== } */

/* {====== Pages in RAM ====== */

/* Windows has no limit of mappings. */
void os_drop_spare_mappings(void) {}

void os_keep_spare_mappings(void) {}

vm_error os_lock(uintptr_t address, size_t size) {
  return error_unless(VirtualLock(pointer(address), size));
}

vm_error os_unlock(uintptr_t address, size_t size) {
  return error_unless(VirtualUnlock(pointer(address), size));
}

vm_error os_prefetch(uintptr_t address, size_t size, unsigned protection) {
  os_touch(address, size, protection);
  return VM_OK;
}

vm_error os_discard(uintptr_t address, size_t size, unsigned byte) {
  (void)byte;
  return error_unless(VirtualAlloc(pointer(address), size, MEM_RESET, PAGE_NOACCESS) != NULL);
}

enum { ENTRIES = 512 }; /* pages in one call of QueryWorkingSetEx */

static vm_error count_resident(HANDLE process, uintptr_t address, size_t size, size_t *bytes) {
  size_t page = os_get_limits()->page_size, found = 0;
  for (size_t at = 0; at < size;) {
    PSAPI_WORKING_SET_EX_INFORMATION entry[ENTRIES];
    size_t pages = (size - at) / page < ENTRIES ? (size - at) / page : ENTRIES;
    memset(entry, 0, sizeof entry);
    for (size_t i = 0; i < pages; i++) entry[i].VirtualAddress = pointer(address + at + i * page);
    if (!QueryWorkingSetEx(process, entry, (DWORD)(pages * sizeof *entry))) return refusal();
    for (size_t i = 0; i < pages; i++) found += entry[i].VirtualAttributes.Valid;
    at += pages * page;
  }
  *bytes = found * page;
  return VM_OK;
}

vm_error os_resident(uintptr_t address, size_t size, size_t *bytes) {
  return count_resident(GetCurrentProcess(), address, size, bytes);
}

vm_error os_frame(uintptr_t address, uint64_t *frame) {
  (void)address, (void)frame;
  return VM_NOT_SUPPORTED;
}

/* ====== } */

/* {====== The process ====== */

uint64_t os_now(void) {
  LARGE_INTEGER count, frequency;
  QueryPerformanceCounter(&count);
  QueryPerformanceFrequency(&frequency);
  uint64_t second = (uint64_t)frequency.QuadPart, now = (uint64_t)count.QuadPart;
  return now / second * 1000000000 + now % second * 1000000000 / second;
}

uint64_t os_process_id(void) { return GetCurrentProcessId(); }

static unsigned bits_of(const MEMORY_BASIC_INFORMATION *info);

/* Whether the processor may read all of the range. ReadProcessMemory of Wine does not check that. */
static bool is_readable(uintptr_t address, size_t size) {
  MEMORY_BASIC_INFORMATION info;
  for (uintptr_t at = address; at < address + size;) {
    if (VirtualQuery(pointer(at), &info, sizeof info) != sizeof info) return false;
    if ((bits_of(&info) & VM_READ) == 0) return false;
    at = (uintptr_t)info.BaseAddress + info.RegionSize;
  }
  return true;
}

vm_error os_peek(uintptr_t address, void *to, size_t size) {
  SIZE_T got = 0;
  if (size == 0) return VM_OK;
  if (!is_readable(address, size)) return VM_INVALID_ADDRESS;
  bool done = ReadProcessMemory(GetCurrentProcess(), pointer(address), to, size, &got);
  return done && got == size ? VM_OK : VM_INVALID_ADDRESS;
}

/* Windows has one count for all faults. It is given as the minor ones. */
vm_error os_faults(uint64_t *minor, uint64_t *major) {
  PROCESS_MEMORY_COUNTERS counters;
  if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters)) return refusal();
  *minor = counters.PageFaultCount;
  *major = 0;
  return VM_OK;
}

static unsigned bits_of(const MEMORY_BASIC_INFORMATION *info) {
  if (info->State != MEM_COMMIT || (info->Protect & PAGE_GUARD)) return 0;
  switch (info->Protect & 0xff) {
    case PAGE_READONLY: return VM_READ;
    case PAGE_READWRITE:
    case PAGE_WRITECOPY: return VM_READ | VM_WRITE;
    case PAGE_EXECUTE:
    case PAGE_EXECUTE_READ: return VM_READ | VM_EXECUTE;
    case PAGE_EXECUTE_READWRITE:
    case PAGE_EXECUTE_WRITECOPY: return VM_READ | VM_WRITE | VM_EXECUTE;
    default: return 0;
  }
}

static vm_error note_area(os_list *list, HANDLE process, const MEMORY_BASIC_INFORMATION *info) {
  char *name = os_list_place(list, MAX_PATH);
  if (name == NULL) return VM_OUT_OF_MEMORY;
  DWORD length = 0;
  if (info->Type == MEM_IMAGE || info->Type == MEM_MAPPED)
    length = GetMappedFileNameA(process, info->BaseAddress, name, MAX_PATH);
  name[length] = '\0';
  const os_area area = {.address = (uintptr_t)info->BaseAddress,
                        .size = info->RegionSize,
                        .protection = bits_of(info),
                        .reserved = info->State == MEM_RESERVE,
                        .shared = info->Type == MEM_MAPPED};
  os_list_add(list, &area);
  return VM_OK;
}

/* Where to begin so that the area with `from` is listed whole. VirtualQueryEx gives an area only from
** the page on that it is asked for; no area begins before its allocation does. */
static uintptr_t start_before(HANDLE process, uintptr_t from) {
  MEMORY_BASIC_INFORMATION info;
  if (VirtualQueryEx(process, pointer(from), &info, sizeof info) != sizeof info) return from;
  return info.State == MEM_FREE ? from : (uintptr_t)info.AllocationBase;
}

vm_error os_areas(long pid, uintptr_t from, size_t most, os_area **areas, size_t *count) {
  HANDLE process = GetCurrentProcess();
  if (pid != 0)
    process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, (DWORD)pid);
  if (process == NULL) return refusal();
  os_list list = {0};
  MEMORY_BASIC_INFORMATION info;
  vm_error error = VM_OK;
  uintptr_t at = start_before(process, from);
  while (error == VM_OK && list.count < most &&
         VirtualQueryEx(process, pointer(at), &info, sizeof info) == sizeof info) {
    uintptr_t next = (uintptr_t)info.BaseAddress + info.RegionSize;
    if (next <= at) break;
    if (info.State != MEM_FREE && next > from) error = note_area(&list, process, &info);
    at = next;
  }
  if (pid != 0) CloseHandle(process);
  return os_list_end(&list, error, areas, count);
}

vm_error os_resident_areas(long pid, os_stretch **stretches, size_t *count) {
  os_area *area;
  size_t areas, found = 0;
  vm_error error = os_areas(pid, 0, SIZE_MAX, &area, &areas);
  if (error != VM_OK) return error;
  HANDLE process = GetCurrentProcess();
  if (pid != 0)
    process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, (DWORD)pid);
  os_stretch *list = malloc((areas + 1) * sizeof *list);
  if (process == NULL) error = refusal();
  if (list == NULL) error = VM_OUT_OF_MEMORY;
  for (size_t i = 0; i < areas && error == VM_OK; i++) {
    if (area[i].reserved) continue;
    os_stretch *s = &list[found];
    *s = (os_stretch){.address = area[i].address, .size = area[i].size};
    error = count_resident(process, s->address, s->size, &s->resident);
    if (s->resident > 0) found++;
  }
  if (pid != 0 && process != NULL) CloseHandle(process);
  free(area);
  if (error != VM_OK) {
    free(list);
    return error;
  }
  *stretches = list;
  *count = found;
  return VM_OK;
}

/* ====== } */

uint64_t os_file_size(const char *path) {
  WIN32_FILE_ATTRIBUTE_DATA facts;
  if (!GetFileAttributesExA(path, GetFileExInfoStandard, &facts)) return 0;
  if (facts.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE)) return 0;
  return (uint64_t)facts.nFileSizeHigh << 32 | facts.nFileSizeLow;
}

size_t os_terminal_width(void) {
  CONSOLE_SCREEN_BUFFER_INFO info;
  if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info)) return 0;
  return (size_t)(info.srWindow.Right - info.srWindow.Left + 1);
}
