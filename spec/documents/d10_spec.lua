local example = require "documents.example"
local helpers = require "helpers"
local vmem = require "vmem"

describe("D10, pages and frames", function()
  local output, ok = example.run("d10_page_table")
  local real, made_up = output:match("^(.-)\n(Pages and frames, made up\n.*)$")

  local function frames_in(text)
    local frames = {}
    for frame in text:gmatch("frame 0x(%x+)") do frames[#frames + 1] = tonumber(frame, 16) end
    return frames
  end

  it("ends well and draws both figures", function()
    assert.is_true(ok, output)
    assert.truthy(real, output)
  end)

  it("has the pages side by side, from the first on", function()
    local base = math.tointeger(tonumber(real:match("^Pages of region (0x%x+)")))
    for address, page in real:gmatch("\n(0x%x+)  pages? (%d+)") do
      assert.equal(base + (page - 1) * vmem.page_size, math.tointeger(tonumber(address)))
    end
  end)

  helpers.linux_it("has a frame for each page touched, or says why there is none to see", function()
    local frames = frames_in(real)
    if #frames == 0 then
      assert.truthy(real:find("The system hides which frames they are", 1, true), real)
      return
    end
    assert.equal(6, #frames)
    assert.matches("page 4, not in RAM", real)
    assert.matches("page 8, not in RAM", real)
    assert.truthy(real:find("6 pages, in 6 frames: ", 1, true), real)
  end)

  it("has frames that are scattered, in the figure that is made up", function()
    local frames = frames_in(made_up)
    assert.equal(6, #frames)
    for i = 2, #frames do assert.is_true(frames[i - 1] < frames[i]) end
    assert.matches("6 pages, in 6 frames: %d pieces of physical memory", made_up)
  end)
end)
