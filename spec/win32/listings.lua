--- Calls around VirtualAlloc that listings are full of: bytes, errors in words, what the system has.
--- Rows for spec/win32/cases.lua; they have no number in the collected cases.
return {
  { "CopyMemory copies from one allocation to another, and the rest stays", [[
    p = VA(NULL, 0x2000, R | C, RW)
    q = VA(NULL, 0x2000, R | C, RW)
    write(p, "abcdef")
    done(CopyMemory(q + 0xFFE, p, 5))
    read(q + 0xFFD, 7) == "\0abcde\0"
  ]] },
  { "CopyMemory takes a string, which has a zero behind it", [[
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "xxxxxx")
    done(CopyMemory(p, "ab", 3))
    read(p, 4) == "ab\0x"
    done(CopyMemory(p, "AB", 1))
    read(p, 3) == "Ab\0"
    done(CopyMemory(p, "", 1))
    read(p, 2) == "\0b"
  ]] },
  { "MoveMemory and CopyMemory move bytes that overlap, either way", [[
    p = VA(NULL, 0x3000, R | C, RW)
    write(p, "abcdef")
    done(MoveMemory(p + 2, p, 6))
    read(p, 8) == "ababcdef"
    done(MoveMemory(p, p + 2, 6))
    read(p, 8) == "abcdefef"
    done(CopyMemory(p + 1, p, 6))
    read(p, 7) == "aabcdef"
    done(MoveMemory(p, p, 7))
    read(p, 7) == "aabcdef"
  ]] },
  { "CopyMemory crosses the border of two allocations, and moves what overlaps there", [[
    p = VA(B, G, R | C, RW)
    q = VA(B + G, G, R | C, RW)
    write(p + G - 3, "abcdef")
    done(MoveMemory(p + G - 2, p + G - 3, 6))
    read(p + G - 3, 7) == "aabcdef"
    done(MoveMemory(p + G - 3, p + G - 2, 6))
    read(p + G - 3, 7) == "abcdeff"
    done(FillMemory(p + G - 2, 4, 0x5A))
    read(p + G - 3, 6) == "aZZZZf"
    done(ZeroMemory(p, 2 * G))
    read(p + G - 3, 6) == "\0\0\0\0\0\0"
  ]] },
  { "pieces of a long copy across a border keep their order, either way", [[
    p = VA(B, 32 * G, R | C, RW)
    q = VA(B + 32 * G, 32 * G, R | C, RW)
    done(FillMemory(p, 48 * G, 0x41))
    write(p, "first")
    write(p + 24 * G - 2, "middle")
    write(p + 48 * G - 4, "last")
    done(MoveMemory(p + 8 * G, p, 48 * G))
    read(p + 8 * G, 6) == "firstA"
    read(p + 32 * G - 3, 8) == "AmiddleA"
    read(p + 56 * G - 5, 5) == "Alast"
    done(MoveMemory(p, p + 8 * G, 48 * G))
    read(p, 6) == "firstA"
    read(p + 24 * G - 3, 8) == "AmiddleA"
    read(p + 48 * G - 5, 5) == "Alast"
  ]] },
  { "FillMemory takes the lowest 8 bits of its byte", [[
    p = VA(NULL, 0x1000, R | C, RW)
    done(FillMemory(p, 2, 0x141))
    done(FillMemory(p + 2, 1, -1))
    read(p, 4) == "AA\255\0"
  ]] },
  { "SecureZeroMemory zeros, and gives the address", [[
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "secret")
    SecureZeroMemory(p + 1, 4) == p + 1
    read(p, 6) == "s\0\0\0\0t"
  ]] },
  { "no bytes are no access", [[
    done(CopyMemory(NULL, NULL, 0))
    done(CopyMemory(NULL, "text", 0))
    done(FillMemory(NULL, 0, 1))
    done(ZeroMemory(B, 0))
  ]] },
  { "an access where nothing is, or that a page does not allow, is an exception", [[
    p = VA(NULL, 2 * PAGE, R, RW)
    q = VA(p, PAGE, C, RW)
    s = VA(NULL, PAGE, R | C, RO)
    CopyMemory(NULL, p, 1) faults AV, 1, 0
    CopyMemory(p, NULL, 1) faults AV, 0, 0
    CopyMemory(B, "text", 2) faults AV, 1, B
    ZeroMemory(B, 5) faults AV, 1, B
    FillMemory(p, 2 * PAGE, 1) faults AV, 1, p + PAGE
    ZeroMemory(s, 1) faults AV, 1, s
    SecureZeroMemory(s, 1) faults AV, 1, s
    CopyMemory(s, p, 1) faults AV, 1, s
    CopyMemory(p, p + PAGE, 1) faults AV, 0, p + PAGE
    MoveMemory(p + PAGE, p, 1) faults AV, 1, p + PAGE
  ]] },
  { "a filter can make memory for a fill that began outside of all allocations", [[
    try(function() ZeroMemory(B, 5) return true end, function() return VA(B, 5, R | C, RW) and -1 end)
    read(B, 5) == "\0\0\0\0\0"
  ]] },
  { "GetSystemInfo has what the system tells of processors", [[
    SI().dwOemId == SI().wProcessorArchitecture
    SI().wReserved == 0
    SI().dwProcessorType >= 0
    not SI().wProcessorRevision or SI().wProcessorLevel > 0
  ]] },
  { "FormatMessage has the text of an error, with a line break at its end", [[
    FormatMessage(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 487) == "Attempt to access invalid address.\r\n"
    FormatMessage(0x1300, NULL, 5, MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT)) == "Access is denied.\r\n"
    FormatMessage(0x12FF, NULL, 5, 0x409) == "Access is denied. "
    FormatMessage(0x1000, 0, 0) == "The operation completed successfully.\r\n"
  ]] },
  { "FormatMessage fails for what it does not have", [[
    FormatMessage(0x1000, NULL, 77777) fails ERROR_MR_MID_NOT_FOUND
    FormatMessage(0x1000, NULL, 5, 0x411) fails ERROR_RESOURCE_LANG_NOT_FOUND
    FormatMessage(0x200, NULL, 5) fails ERROR_INVALID_PARAMETER
    FormatMessage(FORMAT_MESSAGE_FROM_STRING, NULL, 5) fails ERROR_NOT_SUPPORTED
    FormatMessage(FORMAT_MESSAGE_FROM_HMODULE | 0x1000, NULL, 5) fails ERROR_NOT_SUPPORTED
    FormatMessage(0x1000, 0x10000, 5) fails ERROR_NOT_SUPPORTED
  ]] },
  { "MAKELANGID puts the two together", "MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US) == 0x409" },
  { "GetProcessMemoryInfo is about this process only", [[
    GetCurrentProcess() == -1
    GetProcessMemoryInfo(1234) fails ERROR_INVALID_HANDLE
    GetProcessMemoryInfo(GetCurrentProcess())
    GetProcessMemoryInfo()
  ]] },
}
