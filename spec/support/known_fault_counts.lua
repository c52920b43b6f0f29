--- Known counts from textbooks: the faults of a policy, with a number of frames, for a list of references.

local belady <const> = "1 2 3 4 1 2 5 1 2 3 4 5"
local dinosaur <const> = "7 0 1 2 0 3 0 4 2 3 0 3 2 1 2 0 1 7 0 1"

local stallings <const> = "2 3 2 1 5 2 4 5 3 2 5 2" -- his figure leaves out the first three faults
local ostep <const> = "0 1 2 0 1 3 0 3 1 2 1" -- OSTEP, chapter 22: 4 hits by FIFO, 6 by LRU

return {
  { "fifo", 3, dinosaur, 15 },
  { "lru", 3, dinosaur, 12 },
  { "aging", 3, dinosaur, 12 },
  { "fifo", 3, belady, 9 },
  { "fifo", 4, belady, 10 }, -- more frames, more faults: Belady's anomaly
  { "lru", 3, belady, 10 },
  { "lru", 4, belady, 8 },
  { "aging", 3, belady, 10 },
  { "aging", 4, belady, 8 },
  { "clock", 3, belady, 9 },
  { "clock", 4, belady, 10 },
  { "second_chance", 3, belady, 9 },
  { "second_chance", 3, stallings, 8 },
  { "clock", 3, stallings, 8 },
  { "fifo", 3, stallings, 9 },
  { "lru", 3, stallings, 7 },
  { "fifo", 3, ostep, 7 },
  { "lru", 3, ostep, 5 },
}
