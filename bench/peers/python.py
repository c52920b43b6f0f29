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


def reading(e):
    def read(times):
        for i in range(times):
            x = e[i]
        return x

    return read


def writing(e):
    def write(times):
        for i in range(times):
            e[i] = i

    return write


def reading_bytes(m):
    def read(times):
        for _ in range(times):
            m[:MiB]

    return read


def writing_bytes(m):
    def write(times):
        for _ in range(times):
            m[:MiB] = block

    return write


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


file = tempfile.TemporaryFile()
file.truncate(MiB)
mapped = mmap.mmap(file.fileno(), MiB)
mapped[:] = block
file_elements = memoryview(mapped).cast("I")

report("read", 500000, reading(elements))
report("write", 500000, writing(elements))
report("reserve", 5000, reserve)
report("copy", 100, copy)
report("find", 20, find)
report("read_bytes", 100, reading_bytes(memory))
report("write_bytes", 100, writing_bytes(memory))
report("file_read", 250000, reading(file_elements))
report("file_write", 250000, writing(file_elements))
report("file_read_bytes", 100, reading_bytes(mapped))
report("file_write_bytes", 100, writing_bytes(mapped))
