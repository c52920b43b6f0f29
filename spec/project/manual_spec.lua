-- The check of the manual as one page (make manual) finds each fault that such a page may have.

local check = dofile "tools/manual/check.lua"

local svg <const> = '<svg xmlns="http://www.w3.org/2000/svg">%s</svg>'

--- The bytes in base 64, bit by bit: not in the way in which check.lua reads it.
local function encoded(bytes)
  local digits <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  local bits = bytes:gsub(".", function(byte)
    local text = ""
    for i = 7, 0, -1 do text = text .. (byte:byte() >> i & 1) end
    return text
  end)
  bits = bits .. ("0"):rep(-#bits % 6)
  local text = bits:gsub("......", function(six)
    local at = tonumber(six, 2) + 1
    return digits:sub(at, at)
  end)
  return text .. ("="):rep(-#text % 4)
end

local function picture(content) return "data:image/svg+xml;base64," .. encoded(svg:format(content)) end

local good <const> = [[
<style>a { color: red; background: url(#here) }</style>
<h2 id="regions">Regions <a class="anchor" href="#regions"></a></h2>
<p><a href="https://example.org/">a link is followed by a reader alone</a></p>
<pre><code>&lt;img src="http://example.org/a.png"&gt; &lt;a href="lost.md"&gt;</code></pre>
<img src="]] .. picture '<use href="#a"/>' .. '" alt="">'

local cases <const> = {
  { "a link to a name that no place has", '<a href="#lost">a</a>', "no place #lost" },
  { "a link to a page", '<a class="b" href="docs/a.md#b">a</a>',
    "a link that leads out of the page: docs/a.md#b" },
  { "a name that two places have", '<h2 id="regions">again</h2>', "two places have the name regions" },
  { "a picture that is a file", '<img src="docs/a.png">', "not inside the page: docs/a.png" },
  { "a picture on the network", '<img alt="" src="//example.org/a.png">',
    "not inside the page: //example.org/a.png" },
  { "a picture that is empty", '<img src="">', "not inside the page: " },
  { "pictures for several widths", '<img srcset="a.png 2x">', "not inside the page: a.png 2x" },
  { "a style sheet", '<link rel="stylesheet" href="a.css">', "not inside the page: a.css" },
  { "a style that loads a font", "<style>b { src: url('http://example.org/f') }</style>",
    "not inside the page: http://example.org/f" },
  { "a style that loads a style", '<style>@import "a.css";</style>', "not inside the page: a.css" },
  { "an object", '<object data="a.svg"></object>', "not inside the page: a.svg" },
  { "a script", "<script>1</script>", "the page has a script" },
  { "a picture that loads a picture",
    '<img src="' .. picture '<image xlink:href="http://example.org/a"/>' .. '">',
    "a picture loads http://example.org/a" },
}

describe("the manual as one page", function()
  it("may have links, pictures inside it, and code that shows others", function()
    local problems, counts = check.problems(good, { "regions" })
    assert.same({}, problems)
    assert.same({ links = 2, pictures = 1, chapters = 1 }, counts)
  end)

  for _, case in ipairs(cases) do
    it("is refused with " .. case[1], function()
      assert.same({ case[3] }, (check.problems(good .. case[2], { "regions" })))
    end)
  end

  it("is refused without one of its chapters", function()
    assert.same({ "no chapter faults" }, (check.problems(good, { "regions", "faults" })))
  end)
end)
