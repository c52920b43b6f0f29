-- D13: A touched page that is not in memory is loaded from secondary storage
local vmem = require "vmem"
local pager = require "vmem.pager"
local file = require "vmem.pager.file"

local PAGE, PAGES, FRAMES = vmem.page_size, 64, 8

-- What the system itself does: a committed page gets memory when it is first touched.
local function kernels_own()
  local region <close> = assert(vmem.reserve(PAGES * PAGE))
  local view = region:view "u8"
  local function faults_of(what, body)
    local before = vmem.faults()
    body()
    local faults, size = vmem.faults() - before, region:resident()
    print(("%s%5d page faults, %s bytes in RAM"):format(what, faults, size or "who knows how many"))
  end
  faults_of("Committed 64 pages:     ", function() region:commit() end)
  faults_of("Wrote to each of them:  ", function() for i = 1, PAGES do view[i * PAGE] = 1 end end)
  faults_of("Wrote to each once more:", function() for i = 1, PAGES do view[i * PAGE] = 2 end end)
end

-- The same, with a file behind it and less memory than pages.
local function ours(path)
  local store <close> = assert(file.open(path))
  local array <close> = assert(pager.new {
    store = store, type = "f64", count = PAGES * PAGE // 8, frames = FRAMES, policy = "lru",
  })
  local step, sum = PAGE // 8, 0
  local function tell(what)
    print(("%s %4d faults, %4d loads, %4d write-backs; %d pages in memory"):format(
      what, array.faults, array.loads, array.saves, array.region.committed // PAGE))
  end
  for page = 0, PAGES - 1 do array[page * step + 1] = page end
  tell "Wrote to each page:        "
  for page = 0, PAGES - 1 do sum = sum + array[page * step + 1] end
  tell "Read them again:           "
  for i = 1, 10000 do sum = sum + array[i % FRAMES * step + 2] end
  tell "10,000 reads of eight:     "
  assert(array:flush())
  print(("The sum is %d, as it should be: %d"):format(sum, PAGES * (PAGES - 1) // 2))
end

kernels_own()
print(("\nAn array of %d pages in %d frames:"):format(PAGES, FRAMES))
local path = os.tmpname()
ours(path)
os.remove(path)
