/* windows_areas.c: what Windows says of addresses, of this process and of others. */
#include "os/windows.h"

#include <stdlib.h>

#include "os/area_list.h"

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

/* Whether the processor may read all of the range. ReadProcessMemory of Wine does not check that. */
static bool is_readable(uintptr_t address, size_t size) {
  MEMORY_BASIC_INFORMATION info;
  for (uintptr_t at = address; at < address + size;) {
    if (VirtualQuery(windows_pointer(at), &info, sizeof info) != sizeof info) return false;
    if ((bits_of(&info) & VM_READ) == 0) return false;
    at = (uintptr_t)info.BaseAddress + info.RegionSize;
  }
  return true;
}

vm_error os_peek(uintptr_t address, void *to, size_t size) {
  SIZE_T got = 0;
  if (size == 0) return VM_OK;
  if (!is_readable(address, size)) return VM_INVALID_ADDRESS;
  bool done = ReadProcessMemory(GetCurrentProcess(), windows_pointer(address), to, size, &got);
  return done && got == size ? VM_OK : VM_INVALID_ADDRESS;
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
                        .shared = info->Type == MEM_MAPPED && !windows_is_copy(info)};
  os_list_add(list, &area);
  return VM_OK;
}

/* Where to begin so that the area with `from` is listed whole. VirtualQueryEx gives an area only from
** the page on that it is asked for; no area begins before its allocation does. */
static uintptr_t start_before(HANDLE process, uintptr_t from) {
  MEMORY_BASIC_INFORMATION info;
  if (VirtualQueryEx(process, windows_pointer(from), &info, sizeof info) != sizeof info)
    return from;
  return info.State == MEM_FREE ? from : (uintptr_t)info.AllocationBase;
}

vm_error os_areas(long pid, uintptr_t from, size_t most, os_area **areas, size_t *count) {
  HANDLE process = GetCurrentProcess();
  if (pid != 0)
    process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, (DWORD)pid);
  if (process == NULL) return windows_refusal();
  os_list list = {0};
  MEMORY_BASIC_INFORMATION info;
  vm_error error = VM_OK;
  uintptr_t at = start_before(process, from);
  while (error == VM_OK && list.count < most &&
         VirtualQueryEx(process, windows_pointer(at), &info, sizeof info) == sizeof info) {
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
  if (process == NULL) error = windows_refusal();
  if (list == NULL) error = VM_OUT_OF_MEMORY;
  for (size_t i = 0; i < areas && error == VM_OK; i++) {
    if (area[i].reserved) continue;
    os_stretch *s = &list[found];
    *s = (os_stretch){.address = area[i].address, .size = area[i].size};
    error = windows_count_resident(process, s->address, s->size, &s->resident);
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
