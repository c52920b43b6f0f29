"""Python's mmap module. Prints "key nanoseconds", medians. It has no mprotect, so nothing is committed."""

import mmap
import tempfile
import time

MiB = 1 << 20
ROUNDS = 5


def report(key, times, body):
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        body(times)
        rounds.append((time.perf_counter_ns() - start) / times)
    print(key, "%.3f" % sorted(rounds)[ROUNDS // 2])


memory = mmap.mmap(-1, 16 * MiB, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory[:] = bytes(16 * MiB)
elements = memoryview(memory).cast("I")
block = bytes(MiB)


def read(times):
    e = elements
    for i in range(times):
        x = e[i]
    return x


def write(times):
    e = elements
    for i in range(times):
        e[i] = i


def reserve(times):
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    for _ in range(times):
        mmap.mmap(-1, MiB, flags=flags, prot=0).close()


def copy(times):
    for _ in range(times):
        memory.move(MiB, 0, MiB)


def find(times):
    memory[:MiB] = block
    for _ in range(times):
        memory.find(b"needle", 0, MiB)


def read_bytes(times):
    for _ in range(times):
        memory[:MiB]


def write_bytes(times):
    for _ in range(times):
        memory[:MiB] = block


file = tempfile.TemporaryFile()
file.truncate(MiB)
mapped = mmap.mmap(file.fileno(), MiB)
mapped[:] = block
file_elements = memoryview(mapped).cast("I")


def file_read(times):
    e = file_elements
    for i in range(times):
        x = e[i]
    return x


def file_write(times):
    e = file_elements
    for i in range(times):
        e[i] = i


def file_read_bytes(times):
    for _ in range(times):
        mapped[:MiB]


def file_write_bytes(times):
    for _ in range(times):
        mapped[:MiB] = block


report("read", 500000, read)
report("write", 500000, write)
report("reserve", 5000, reserve)
report("copy", 100, copy)
report("find", 20, find)
report("read_bytes", 100, read_bytes)
report("write_bytes", 100, write_bytes)
report("file_read", 250000, file_read)
report("file_write", 250000, file_write)
report("file_read_bytes", 100, file_read_bytes)
report("file_write_bytes", 100, file_write_bytes)
