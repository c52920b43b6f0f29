/* native.c: native.exe CALLS ANSWERS: makes the calls with Windows's own functions, and writes a line for each
   result. calls.lua says how calls are written, portable.lua how results are. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#define WINDOW UINT64_C(0x50000000)
#define SLOT_SIZE UINT64_C(0x1000000)
#define WINDOW_END (WINDOW + 16 * SLOT_SIZE)
#define POISON 0xDEAD

typedef struct {
  char op;
  uint64_t base, address;
  uint64_t word[4];
} Call;

/* The calls take any integer as an address: it may wrap around or be unaligned, and is never read. */
static void *pointer(uint64_t address) { return (void *)(uintptr_t)address; }

static uint64_t relative(const void *address) { return (uint64_t)(uintptr_t)address - WINDOW; }

static int parse(const char *line, Call *call) {
  char *at;
  call->op = line[0];
  if (!call->op) return 0;
  long slot = strtol(line + 1, &at, 10);
  call->base = slot < 0 ? 0 : WINDOW + (uint64_t)slot * SLOT_SIZE;
  call->address = call->base + strtoull(at, &at, 16);
  for (int i = 0; i < 4; i++) call->word[i] = strtoull(at, &at, 16);
  return 1;
}

static void print_failure(FILE *out) { fprintf(out, "fails %lu\n", GetLastError()); }

static void allocate(const Call *call, FILE *out) {
  void *p = VirtualAlloc(pointer(call->address), call->word[0], (DWORD)call->word[1],
                         (DWORD)call->word[2]);
  if (!p) {
    print_failure(out);
  } else if (call->address) {
    fprintf(out, "ok %" PRIx64 "\n", relative(p));
  } else {
    fprintf(out, VirtualFree(p, 0, MEM_RELEASE) ? "ok\n" : "ok, and not to be freed\n");
  }
}

static void release(const Call *call, FILE *out) {
  if (VirtualFree(pointer(call->address), call->word[0], (DWORD)call->word[1]))
    fprintf(out, "ok\n");
  else
    print_failure(out);
}

static void protect(const Call *call, FILE *out) {
  DWORD old = 0;
  if (VirtualProtect(pointer(call->address), call->word[0], (DWORD)call->word[1], &old))
    fprintf(out, "ok %lx\n", old);
  else
    print_failure(out);
}

static unsigned long joined;

/* Windows joins reserved pages again when the pages between them are decommitted (row 119); Wine 8 keeps
   the borders of old protections. They are joined here, so that sizes can be compared. */
static void join_reserved(MEMORY_BASIC_INFORMATION *info) {
  MEMORY_BASIC_INFORMATION next;
  int borders = 0;
  if (info->State != MEM_RESERVE) return;
  while (VirtualQuery((char *)info->BaseAddress + info->RegionSize, &next, sizeof next) &&
         next.State == MEM_RESERVE && next.AllocationBase == info->AllocationBase) {
    info->RegionSize += next.RegionSize;
    borders++;
  }
  joined += borders > 0;
}

static void query(const Call *call, FILE *out) {
  MEMORY_BASIC_INFORMATION info;
  if (!VirtualQuery(pointer(call->address), &info, sizeof info)) {
    print_failure(out);
    return;
  }
  join_reserved(&info);
  fprintf(out, "ok base=%" PRIx64, relative(info.BaseAddress));
  if (info.AllocationBase)
    fprintf(out, " allocation=%" PRIx64, relative(info.AllocationBase));
  else
    fprintf(out, " allocation=none");
  fprintf(out, " allocation_protect=%lx", info.AllocationProtect);
  if ((uint64_t)(uintptr_t)info.BaseAddress + info.RegionSize <= WINDOW_END)
    fprintf(out, " size=%" PRIx64, (uint64_t)info.RegionSize);
  else
    fprintf(out, " size=-");
  fprintf(out, " state=%lx protect=%lx type=%lx\n", info.State, info.Protect, info.Type);
}

/* {====== Views ====== */

static HANDLE section[4];

/* As calls.lua lists them. */
static int make_sections(void) {
  static const struct {
    DWORD protect, size;
  } wanted[4] = {{0x04, 0x20000}, {0x02, 0x20000}, {0x8000004, 0x40000}, {0x40, 0x23456}};
  for (int i = 0; i < 4; i++) {
    section[i] =
        CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, wanted[i].protect, 0, wanted[i].size, NULL);
    if (!section[i]) return 0;
  }
  return 1;
}

static void map(const Call *call, FILE *out) {
  void *p =
      MapViewOfFileEx(section[call->word[0]], (DWORD)call->word[1], (DWORD)(call->word[2] >> 32),
                      (DWORD)call->word[2], call->word[3], pointer(call->address));
  if (p)
    fprintf(out, "ok %" PRIx64 "\n", relative(p));
  else
    print_failure(out);
}

static void print_done(BOOL done, FILE *out) {
  if (done)
    fprintf(out, "ok\n");
  else
    print_failure(out);
}

/* ====== } */

/* {====== Accesses ====== */

static CONTEXT before;
static volatile int may_fault;
static volatile DWORD fault_code;
static uint64_t fault_access, fault_address;

/* The program goes on where `before` was taken. */
static LONG CALLBACK notice(EXCEPTION_POINTERS *pointers) {
  const EXCEPTION_RECORD *record = pointers->ExceptionRecord;
  if (!may_fault) return EXCEPTION_CONTINUE_SEARCH;
  may_fault = 0;
  fault_code = record->ExceptionCode;
  fault_access = record->ExceptionInformation[0];
  fault_address = record->ExceptionInformation[1];
  *pointers->ContextRecord = before;
  return EXCEPTION_CONTINUE_EXECUTION;
}

static void act(const Call *call) {
  switch (call->op) {
    case 'M':
      MoveMemory(pointer(call->address), pointer(call->base + call->word[1]), call->word[0]);
      break;
    case 'B': FillMemory(pointer(call->address), call->word[0], (BYTE)call->word[1]); break;
    default: ZeroMemory(pointer(call->address), call->word[0]);
  }
}

static void access_bytes(const Call *call, FILE *out) {
  fault_code = 0;
  RtlCaptureContext(&before);
  if (fault_code) {
    uint64_t page = fault_address & ~UINT64_C(0xFFF);
    fprintf(out, "faults %lx %" PRIu64 " %" PRIx64 "\n", fault_code, fault_access, page - WINDOW);
    return;
  }
  may_fault = 1;
  act(call);
  may_fault = 0;
  uint32_t sum = 0;
  const unsigned char *bytes = pointer(call->address);
  for (uint64_t i = 0; i < call->word[0]; i++) sum = sum * 31 + bytes[i];
  fprintf(out, "ok %" PRIx32 "\n", sum);
}

/* ====== } */

/* The windows, and the addresses beside them that a call could touch, must be free. */
static int is_window_free(void) {
  MEMORY_BASIC_INFORMATION info;
  uint64_t from = WINDOW - SLOT_SIZE;
  return VirtualQuery(pointer(from), &info, sizeof info) && info.State == MEM_FREE &&
         info.RegionSize >= WINDOW_END + SLOT_SIZE - from;
}

int main(int argc, char **argv) {
  FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
  FILE *out = in ? fopen(argv[2], "wb") : NULL;
  if (!out) {
    fprintf(stderr, "native: two files are needed: calls, answers\n");
    return 2;
  }
  if (!is_window_free()) {
    fprintf(stderr, "native: the window of addresses is not free\n");
    return 2;
  }
  if (!make_sections()) {
    fprintf(stderr, "native: there are no sections\n");
    return 2;
  }
  AddVectoredExceptionHandler(1, notice);
  char line[256];
  while (fgets(line, sizeof line, in)) {
    Call call;
    if (!parse(line, &call)) continue;
    SetLastError(POISON);
    switch (call.op) {
      case 'A': allocate(&call, out); break;
      case 'F': release(&call, out); break;
      case 'P': protect(&call, out); break;
      case 'Q': query(&call, out); break;
      case 'V': map(&call, out); break;
      case 'U': print_done(UnmapViewOfFile(pointer(call.address)), out); break;
      case 'L': print_done(FlushViewOfFile(pointer(call.address), call.word[0]), out); break;
      case 'M':
      case 'B':
      case 'Z': access_bytes(&call, out); break;
      default: fprintf(stderr, "native: what is %s", line); return 2;
    }
  }
  printf("%lu runs of reserved pages joined for Wine (row 119)\n", joined);
  fclose(in);
  return fclose(out) ? 2 : 0;
}
