---@meta vmem
-- Types of vmem's functions, for editors. Sizes and offsets are bytes; offsets count from 0, indices
-- from 1. Addresses are integers. Three ways to fail, never mixed:
--   misuse (wrong type, out of range, released region) raises an argument error;
--   a refusal by the system is nil, message, code;
--   an access that the page does not allow raises a vmem.fault.

---@alias vmem.state "free"|"reserved"|"committed"

--- The accesses that a committed page allows. With "+guard", the next access faults once and takes the guard
--- away. Pages of "x" can be read too, as on Windows: processors as x86 know no other kind.
---@alias vmem.protection
---| "none" # no access; its contents stay
---| "r"
---| "rw"
---| "x"
---| "rx"
---| "rwx"
---| "r+guard"
---| "rw+guard"
---| "x+guard"
---| "rx+guard"
---| "rwx+guard"

--- Why the system said no.
---@alias vmem.code
---| "out_of_memory"
---| "address_in_use"
---| "too_many_mappings" # Linux: vm.max_map_count
---| "not_committed" # part of the range is only reserved
---| "permission_denied"
---| "not_supported"
---| "invalid_address"
---| "too_many_files" # Linux: ulimit -n; files of /proc cannot be opened then
---| "in_use" # pages are trapped; or committed, and so cannot be; or the region has snapshots (attach)
---| "disk_full" # the file system of a file, or of named sections, has no room
---| "file_too_large" # ulimit -f, which holds for memory of sections too, or more than a file can have there
---| "no_file" # nothing has that path, or that name
---| "bad_file" # it is no regular file that can be mapped
---| "past_end" # pages lie behind the end of their file, which has become shorter
---| "io_error" # the disk, or the network, has failed

--- Element types of views: in native byte order, or with be the most significant byte first, or with le the
--- least. A u64 of 2^63 or more reads as a negative integer, and is written as one. f32 and f64 take any
--- number, rounded to the nearest as Lua's arithmetic does (an integer beyond 2^53 too); but a finite number
--- that would become an infinity does not fit.
---@alias vmem.type
---| "i8"|"u8"|"i16"|"u16"|"i32"|"u32"|"i64"|"u64"|"f32"|"f64"
---| "i16be"|"u16be"|"i32be"|"u32be"|"i64be"|"u64be"|"f32be"|"f64be"
---| "i16le"|"u16le"|"i32le"|"u32le"|"i64le"|"u64le"|"f32le"|"f64le"

--- Runs before a fault is raised. A true result means "mended": the access is tried again, and if the
--- page still refuses with nothing changed the fault is raised after all. Or the handler has answered the
--- access by fault:answer, and gives true. May yield.
---@alias vmem.handler fun(fault: vmem.fault): any

--- Which accesses to a page a trap answers.
---@alias vmem.trap "r"|"w"|"rw"

--- The functions of a trap; at least one. An access to one element has its view's type, and its value is a
--- number. Any other access is of bytes, page by page: its type is nil, and its value is a string. So is an
--- element that crosses into another page. Both may yield.
---@class vmem.trap.functions
---@field read? fun(offset: integer, size: integer, type: vmem.type?): number|string|nil gives the number, or
--- `size` bytes; nil leaves the access to the fault handlers. offset counts from the region's base
---@field write? fun(offset: integer, value: number|string, type: vmem.type?): boolean? false leaves the
--- access to the fault handlers

-- {====== The module ======

---@class vmem
---@field _VERSION string "vmem 0.1.0"
---@field page_size integer bytes of a page, as the system says
---@field allocation_granularity integer reservations start on a multiple of it: 65536, or page_size if larger
---@field lowest_address integer no reservation below
---@field highest_address integer? the last that the system gives unasked; nil when it hides it
---@field system "linux"|"posix"|"windows"|"simulated" which system file was built in
---@field arena table the module vmem.arena; this and the next are loaded when touched, and not among pairs
---@field file table vmem.file
---@field layout vmem.layout
---@field map vmem.map
---@field pager table vmem.pager
---@field pagetable vmem.pagetable
---@field paging table vmem.paging
---@field recorder table vmem.recorder
---@field replacement table vmem.replacement
---@field secret table vmem.secret
---@field sparse table vmem.sparse
---@field stack table vmem.stack
---@field win32 vmem.win32
local vmem = {}

---@class vmem.options
---@field address? integer where to reserve; rounded down to the allocation granularity. Default: anywhere
---@field alignment? integer a power of two: the base is a multiple of it. Not with an address. Default: the
--- allocation granularity
---@field lowest? integer no address of the region is below this one. Not with an address. Default:
--- vmem.lowest_address
---@field highest? integer the last address that the region may have. Not with an address. Default:
--- vmem.highest_address
---@field top_down? boolean the highest free place; ignored with an address. Default: false
---@field protection? vmem.protection what commit applies by default. Default: "rw"
---@field name? string shown in the system's map where it can show one
---@field sparse? boolean for pages in use that lie far apart: the whole region stays one mapping however many
--- they are, and the system keeps no page tables for what lies between. Commits of up to 512 pages at a time
--- bring in the page of zeros that all share, which is not resident, and a page table for it; larger ones
--- bring in nothing. A hint: where the system cannot (it takes userfaultfd, on Linux; `vmem info` says), and
--- together with conceal or wipe, the region is as any other. Default: false
---@field touch? "commit" an access to a reserved page commits it, if the default protection allows the
--- access: without a handler, and before handlers are asked. Default: such an access is a fault
---@field around? integer with touch: how many pages are a group, counted from the region's first page on. A
--- touch commits the reserved pages next to the touched one in its group, or that one alone where the system
--- refuses the group. Default: 1
---@field lazy? boolean of vmem.allocate: the system counts each page when it is touched, so that the region
--- may be larger than memory; any code may touch it, and read(2). It is never sparse. Refused
--- ("not_supported") where the system counts every writable page: vm.overcommit_memory = 2, Windows.
--- Default: false
---@field conceal? boolean keep committed pages out of core dumps; a child of fork finds zeros in them.
--- Linux; elsewhere refused ("not_supported"). Default: false
---@field wipe? boolean overwrite contents with zeros before they are given up: by decommit, discard,
--- release, <close>, collection and the end of the Lua state, whatever the protection. A decommit, discard
--- or release that the system refuses has lost the contents. Default: false
---@field watch? boolean note which pages are written, for region:written. Default: false

--- Takes address space, and nothing else: the pages are reserved.
---@param size integer bytes, at least 1; the end is rounded up to a page
---@param options? vmem.options
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function vmem.reserve(size, options) end

--- Reserves and commits in one step.
---@param size integer bytes, at least 1
---@param options? vmem.options
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function vmem.allocate(size, options) end

--- The area at any address of the process, free ones too.
---@param address integer
---@return vmem.area? area the run of like pages from that page on
---@return string? message
---@return vmem.code? code
function vmem.query(address) end

--- Walks a whole address space from the bottom: `for area in vmem.areas() do`. Iterators of vmem are
--- objects that can be called; print shows what they are about to give.
---@param pid? integer another process. Default: this one, with its regions run by run
---@return (fun(): vmem.area)? iterator
---@return string? message
---@return vmem.code? code
function vmem.areas(pid) end

--- The live region that holds an address.
---@param address integer
---@return vmem.region? region
---@return integer? offset
function vmem.at(address) end

--- Reads by address, within live regions; elsewhere a fault.
---@param address integer
---@param size integer bytes
---@return string bytes
function vmem.read(address, size) end

--- Writes by address, within live regions; elsewhere a fault.
---@param address integer
---@param bytes string
---@return true
function vmem.write(address, bytes) end

--- Reads any address of the process by asking the kernel: what the processor allows, whatever vmem's
--- page table says. Never a fault.
---@param address integer
---@param size integer bytes
---@return string? bytes
---@return string? message
---@return vmem.code? code
function vmem.peek(address, size) end

--- Page faults of this process so far, as the system counts them: those that needed no input or
--- output, and those that did.
---@return integer minor
---@return integer major
function vmem.faults() end

--- Walks the live regions of this Lua state, by address: `for region in vmem.regions() do`.
---@return fun(_: nil, last: vmem.region?): vmem.region?
function vmem.regions() end

--- Makes a section: memory of zeros that can be attached at several places of regions (region:attach), and in
--- several processes. It lasts until it is closed or collected here, and none of its pages are attached any
--- more. Its memory is taken at once.
---
--- With a name, other processes get the same section by that name. It is made if no process has it, and is
--- gone when the last one has let go of it or has ended. A section that exists keeps its size; with a size of
--- 0 it is only opened, and if no process has it the code is "no_file". The name has 1 to 200 bytes, without
--- '/', '\\' and zero bytes.
---
--- With a path and a mode: a regular file, or the section whose `path` another process has given. The modes
--- are those of io.open: "r", "r+", and "w+", which makes the file or empties it. "copy" opens it for
--- reading, and attaches it as private copies only: "rw" then means "rw+copy". Files may have no bytes; then
--- there is nothing to attach. Room on the disk is taken when the file is made or becomes longer. After a
--- failure the file is as it was.
---@param size integer bytes; not rounded
---@param options? vmem.section_options
---@return vmem.section?
---@return string? message
---@return vmem.code? code
---@overload fun(name: string, size: integer): vmem.section?, string?, vmem.code?
---@overload fun(path: string, mode: vmem.mode, o?: vmem.file_options): vmem.section?, string?, vmem.code?
function vmem.section(size, options) end

--- Reserves a region that shows one new section `times` over, side by side: a ring without a seam. What is
--- written across the section's end goes on at its start. The pages are committed, "rw" and zeros; each place
--- has protections of its own. All or nothing.
---@param size integer bytes of the section, rounded up to a page (on Windows to allocation_granularity)
---@param times? integer 1 to 1024. Default: 2
---@return vmem.region? region of `times` times that many bytes
---@return string? message
---@return vmem.code? code
function vmem.mirror(size, times) end

---@class vmem.section_options
---@field growable? boolean resize may make it larger. Default: false
---@field executable? boolean its pages may be executed. Default: false
---@field name? string what the system shows, as in /proc/PID/maps. Default: "vmem"

--- Sets the handler for faults that the region's own handler has not mended, and for addresses
--- outside all regions.
---@param handler vmem.handler?
---@return vmem.handler? previous
function vmem.on_fault(handler) end

-- ====== }

-- {====== Regions ======

--- One reservation. region[i] is page i, #region the number of pages. Released by release, by
--- <close> and by collection; after that every use raises "region is released".
---@class vmem.region
---@field base integer address
---@field size integer bytes
---@field protection vmem.protection what commit applies by default
---@field name string?
---@field committed integer bytes
---@field sparse boolean as sparse = true asks; regions become so at the limit of mappings, too
---@field touch "commit"|nil as it was reserved
---@field around integer? pages of a group that a touch commits; the whole region at most
---@field lazy boolean whether it was allocated with lazy = true
---@field watched boolean whether it was reserved with watch = true
---@field concealed boolean whether it was reserved with conceal = true
---@field wiped boolean whether it was reserved with wipe = true
---@field [integer] vmem.page
---@operator len: integer
local region = {}

--- Makes pages usable and zero-filled; pages that are committed keep their contents and get the
--- protection. All or nothing.
---@param offset? integer Default: 0
---@param size? integer bytes; every page that holds one of them. Default: the rest of the region
---@param protection? vmem.protection Default: region.protection
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function region:commit(offset, size, protection) end

--- Drops contents and leaves the pages reserved. Reserved pages stay as they are.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function region:decommit(offset, size) end

--- Changes committed pages. If one of them is only reserved nothing changes ("not_committed").
---@param offset integer
---@param size integer bytes
---@param protection vmem.protection
---@return vmem.protection? old of the first page
---@return string? message
---@return vmem.code? code
function region:protect(offset, size, protection) end

---@alias vmem.mode "r"|"r+"|"w+"|"copy"

---@class vmem.file_options
---@field size? integer the file has at least so many bytes afterwards ("r+", "w+"). Default: 0
---@field sparse? boolean what it becomes longer by may be holes: no room on the disk is taken for them, and
--- a touch of one fails once the disk is full. Default: false
---@field guard? boolean false: without a signal handler; a page that another process cuts off then ends the
--- process when it is touched. Default: true

--- Pages become pages of a section: committed, with the section's contents. What they had is gone. Where
--- more than one page shows the same part of a section, all have the same memory. decommit detaches pages.
---@param section vmem.section
---@param offset? integer in the region, a multiple of the page size. Default: 0
---@param from? integer in the section, in bytes, a multiple of the page size. Default: 0
---@param size? integer bytes, rounded up to a page. Default: to the section's end
---@param protection? vmem.protection|string with "+copy", as in "rw+copy", what is written stays in this
--- region. Default: what the region commits with
---@return vmem.region? self
---@return string? message
---@return vmem.code? code
function region:attach(section, offset, from, size, protection) end

--- Walks what is attached: `for offset, size, section, from, copy in region:attachments() do`.
---@return fun(): integer?, integer?, vmem.section?, integer?, boolean?
function region:attachments() end

--- The run of pages, from the one at offset on, that are alike in state, protection, trap and attachment.
---@param offset? integer Default: 0
---@return vmem.run
function region:query(offset) end

--- Walks the runs, without making tables: `for offset, size, state, protection, trap in region:runs() do`.
---@return fun(): integer?, integer?, vmem.state?, vmem.protection?, vmem.trap?
function region:runs() end

--- Whether every page that holds a byte of the range is committed, whatever it allows. Never a fault.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return boolean of no bytes, true
function region:is_committed(offset, size) end

--- Gives everything back. If the system refuses the region lives on.
---@return true? released
---@return string? message
---@return vmem.code? code
function region:release() end

---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return string bytes
function region:read(offset, size) end

---@param offset integer
---@param bytes string
---@return vmem.region self
function region:write(offset, bytes) end

--- The bytes up to a zero, the limit, or the region's end, whichever comes first.
---@param offset integer
---@param limit? integer bytes
---@return string bytes without the zero
function region:cstring(offset, limit) end

---@param offset integer
---@param size integer bytes
---@param byte integer 0 to 255
---@return vmem.region self
function region:fill(offset, size, byte) end

--- Copies within the region, or from another; ranges may overlap.
---@param to integer offset
---@param from integer offset in the source
---@param size integer bytes
---@param source? vmem.region Default: the region itself
---@return vmem.region self
function region:copy(to, from, size, source) end

--- Compares a range with another one of the region, or of another region.
---@param offset integer
---@param from integer offset in the source
---@param size integer bytes
---@param source? vmem.region Default: the region itself
---@return integer order 0 when alike; -1 or 1 as the first byte that differs is smaller or larger here
---@return integer? distance of that byte from the start
function region:compare(offset, from, size, source) end

---@param needle string
---@param offset? integer Default: 0
---@param size? integer bytes to look at. Default: the rest of the region
---@return integer? offset of the first place
function region:find(needle, offset, size) end

--- Looks for bytes other than zero from both ends of a range.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return integer? first offset of the first one; nil when all are zero
---@return integer? last offset of the last one
function region:nonzero(offset, size) end

--- Writes values in a string.pack format.
---@param offset integer
---@param format string
---@param ... any
---@return integer next offset behind the last byte written
function region:pack(offset, format, ...) end

--- Reads values in a string.pack format.
---@param offset integer
---@param format string
---@return any ... the values, then the offset behind the last byte read
function region:unpack(offset, format) end

--- Reads a file into memory. With a size the whole range is checked first; without one it goes as
--- far as the file does, and asks for each page only when there is a byte for it.
---@param file file*
---@param offset? integer Default: 0
---@param size? integer bytes. Default: what the file has left, at most the rest of the region
---@return integer? bytes read; fewer than size at the file's end
---@return string? message
---@return integer? errno
function region:load(file, offset, size) end

--- Writes memory to a file.
---@param file file*
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return integer? bytes written
---@return string? message
---@return integer? errno
function region:save(file, offset, size) end

--- A typed window. Elements need no alignment. Options may stand behind any of the arguments.
---@param type vmem.type
---@param offset? integer bytes, of the first element. Default: 0
---@param count? integer elements. Default: as many as fit
---@param stride? integer bytes from an element to the next, up to 2^32 - 1. Less than an element has: they
--- share bytes. Default: the bytes of an element
---@param options? vmem.view_options
---@return vmem.view
---@overload fun(self, type: vmem.type, options: vmem.view_options): vmem.view
---@overload fun(self, type: vmem.type, offset: integer?, options: vmem.view_options): vmem.view
---@overload fun(self, type: vmem.type, offset: integer?, count: integer?, o: vmem.view_options): vmem.view
function region:view(type, offset, count, stride, options) end

---@class vmem.view_options
---@field from? integer index of the first element, 0 to 2^32 - 1. Default: 1
---@field stride? integer the stride, where it is no argument

--- Keeps committed pages in RAM, however little the system has. Pages without access refuse
--- ("permission_denied").
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function region:lock(offset, size) end

--- Lets locked pages go again.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function region:unlock(offset, size) end

--- How much of a range lock keeps in RAM.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return integer bytes of whole pages
function region:locked(offset, size) end

--- Brings committed pages into RAM before they are touched.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function region:prefetch(offset, size) end

--- Forgets the contents of the committed pages that lie wholly in the range; they stay committed, and
--- read as zeros or as they were.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function region:discard(offset, size) end

--- On Linux before 6.7 a page that a process and its child of fork share does not count; where /proc cannot
--- be opened, the page of zeros that all share does.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return integer? bytes that physical memory backs right now
---@return string? message
---@return vmem.code? code
function region:resident(offset, size) end

--- Walks the runs of pages that have been written since they were committed or rearmed, in a region
--- reserved with watch = true: `for offset, size in region:written() do`. Sees what goes through vmem.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return fun(): integer?, integer?
function region:written(offset, size) end

--- Forgets that pages were written.
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function region:rearm(offset, size) end

--- Takes a snapshot of the region: contents, states and protections of its pages. It copies nothing at first:
--- a page is copied just before it changes for the first time. Refused (not_supported) for regions that are
--- wiped or concealed. When there is no memory for a copy later, the access that needs it raises "not enough
--- memory", and other calls are refused with out_of_memory; nothing has changed then.
---@param options? { all: boolean? } all = true copies all pages at once, so that also what other code writes,
---through region:pointer, is brought back. Default: false
---@return vmem.snapshot? snapshot
---@return string? message
---@return vmem.code? code
function region:snapshot(options) end

--- Gives every page the contents, state and protection that it had when the snapshot was taken, all or
--- nothing. Takes as long as the pages take that have been written since it was taken or last restored. The
--- snapshot can be restored again. Raises when it is of another region. Refused ("permission_denied") where a
--- page has been attached since, and its section does not allow the protection that the page had.
---@param snapshot vmem.snapshot
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function region:restore(snapshot) end

--- A picture of the region page by page: `print(region:map())`. See vmem/map.lua.
---@param options? vmem.picture
---@return vmem.map
function region:map(options) end

--- The bytes of the region as text: addresses, hex and ASCII, and where a run of pages begins what it is.
--- Bytes that cannot be read are "--" in reserved pages, "##" where the protection is none, "!!" in guard
--- pages and "??" in pages that their file has lost. Lines that are like the one before are one "*". Never a
--- fault, and changes nothing: no handler and no trap is asked, and pages that were never written are not
--- brought into RAM where the system tells which these are (Linux).
---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the region. The text has 32 lines at most where no size is
--- given, and 4,096 with one; its last line says how to go on
---@return string
function region:dump(offset, size) end

--- Sets the handler that is asked first when an access to the region faults.
---@param handler vmem.handler?
---@return vmem.handler? previous
function region:on_fault(handler) end

--- Answers all accesses that the pages of the range refuse, for good: they are a device. For reads they must
--- be reserved, and cannot be committed ("in_use"); they take no memory, and no access makes a system call.
--- Committed pages that may not be written can have a trap for writes, like ROM. What the functions do not
--- answer goes to the fault handlers.
---@param offset integer Widens to whole pages, like size
---@param size integer bytes
---@param functions? vmem.trap.functions nil: what was trapped there is not any more
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
function region:trap(offset, size, functions) end

--- The way out, for other C libraries: an address without any check. Using it wrongly can crash the
--- process, and it dangles once the region is released.
---@param offset? integer Default: 0
---@return lightuserdata
function region:pointer(offset) end

-- ====== }

-- {====== Snapshots ======

--- A region as it was once. After close, <close> or collection every use raises "snapshot is closed", after
--- the release of the region "region is released".
---@class vmem.snapshot
---@field region vmem.region
---@field size integer bytes of contents that it keeps; snapshots that share a copy both count it
local snapshot = {}

--- Walks the runs of pages that restore would change, in ascending order: `for offset, size in
--- snapshot:changed() do`. Pages that have been written with the bytes that they had are among them, except
--- with all = true.
---@return fun(): integer?, integer?
function snapshot:changed() end

--- Frees what it keeps. Does nothing when it is closed already.
---@return true
function snapshot:close() end

-- ====== }

-- {====== Sections ======

--- Memory that can be at several places and in several processes. Closed by close, by <close> and by
--- collection; attached pages go on.
---@class vmem.section
---@field size integer? bytes now; not rounded. nil if other code has closed the section's descriptor
---@field name string? of a named section
---@field path string? of a file: as it was given. Linux, of memory without a name: what vmem.section(path,
--- mode) opens in another process of the same user, while this one has the section
---@field mode string? with which it was opened by a path: "r", "r+", "w+" or "copy"
---@field created boolean whether the call that gave it has made it
---@field attachments integer how many attachments regions of this Lua state have of it
local section = {}

--- Makes it longer or shorter. New bytes are zeros, and room for them is taken at once. Memory becomes longer
--- only where it was made with growable = true, and never shorter. Pages that hold no byte of a file any more
--- become reserved in all regions of this Lua state; other processes that have them get faults.
---@param size integer bytes; of files also 0
---@return vmem.section? self
---@return string? message
---@return vmem.code? code
function section:resize(size) end

--- What this Lua state has written to attached pages is on the disk when this returns.
---@param from? integer in bytes. Default: 0
---@param size? integer bytes. Default: to the section's end
---@return vmem.section? self
---@return string? message
---@return vmem.code? code
function section:flush(from, size) end

--- The same, but only starts it.
---@param from? integer in bytes. Default: 0
---@param size? integer bytes. Default: to the section's end
---@return vmem.section? self
---@return string? message
---@return vmem.code? code
function section:start_flush(from, size) end

--- Looks how long the file is now, after another process has made it shorter: attached pages that hold no
--- byte of it any more become reserved.
---@return vmem.section? self
---@return string? message
---@return vmem.code? code
function section:refresh() end

--- Lets go of it. Does nothing when it is closed already.
---@return true
function section:close() end

-- ====== }

--- A run of like pages. tostring(run) says what it is.
---@class vmem.run
---@field address integer
---@field offset integer
---@field size integer bytes
---@field state vmem.state
---@field protection vmem.protection? nil while reserved
---@field trap vmem.trap? which accesses a trap answers
---@field type "private"|"mapped" mapped: the pages are attached, and belong to a section
---@field section vmem.section? from query: the section that the pages belong to
---@field allocation_base integer the region's base
---@field allocation_size integer the region's size
---@field allocation_protection vmem.protection what commit applies by default

--- An area, as vmem.query and vmem.areas give it. Runs of regions have the fields of vmem.run. tostring(area)
--- says what it is.
---@class vmem.area: vmem.run
---@field address integer
---@field size integer bytes
---@field state vmem.state
---@field offset integer? nil outside regions
---@field protection vmem.protection? nil while reserved or free
---@field type "private"|"mapped"|nil nil outside regions
---@field allocation_base integer? nil when free
---@field allocation_size integer? nil when free
---@field allocation_protection vmem.protection? nil outside regions
---@field name string? what the system calls it: a file, "[heap]", "[stack]"
---@field shared boolean? whether other processes may see it

--- One page: region[i]. Two of the same page are equal.
---@class vmem.page
---@field region vmem.region
---@field index integer from 1
---@field address integer
---@field offset integer
---@field size integer bytes
---@field state vmem.state
---@field protection vmem.protection? nil while reserved
---@field trap vmem.trap? which accesses a trap answers
---@field resident boolean? nil when the system does not tell
---@field frame integer? number of the physical frame; nil without one, or when the system hides it
local page = {}

---@param protection? vmem.protection Default: page.region.protection
---@return vmem.page? page
---@return string? message
---@return vmem.code? code
function page:commit(protection) end

---@return vmem.page? page
---@return string? message
---@return vmem.code? code
function page:decommit() end

---@param protection vmem.protection
---@return vmem.protection? old
---@return string? message
---@return vmem.code? code
function page:protect(protection) end

---@return string bytes the whole page
function page:read() end

---@param bytes string at most a page
---@return vmem.page self
function page:write(bytes) end

--- A typed window. view[i] reads and writes element i; outside nil, and an error. pairs counts from the first
--- element on, ipairs always from 1. Keeps its region from being collected.
---@class vmem.view
---@field region vmem.region
---@field type vmem.type
---@field offset integer bytes, of the first element, in the region
---@field stride integer bytes from an element to the next
---@field from integer index of the first element
---@field [integer] number
---@operator len: integer
local view = {}

--- Elements i to j, as many results; nil for those outside the view, as table.unpack gives.
---@param i integer
---@param j? integer Default: i
---@return number ...
function view:get(i, j) end

--- Sets elements from i on: all of them, or, if one value does not fit, none.
---@param i integer
---@param ... number
---@return vmem.view self
function view:set(i, ...) end

--- A view of elements i to j of this one. It has the same stride, and counts from the same number.
---@param i integer
---@param j? integer Default: the last one. i - 1 gives a view without elements
---@return vmem.view
function view:slice(i, j) end

--- Sets every element.
---@param value number
---@return vmem.view self
function view:fill(value) end

--- Copies all elements of another view into this one, from its first element on; elements behind them stay as
--- they are. Both may be of one region, and overlap.
---@param other vmem.view of the same type but for the order of bytes, with no more elements than this one
---@return vmem.view self
function view:copy(other) end

--- Adds all elements up. Integers give an integer that wraps around as Lua's + does. Floats give a float,
--- added up as f64 in 64 running sums that take turns, so the last bits may differ from a loop's.
---@return number sum 0 or 0.0 without elements
function view:sum() end

--- The smallest and the largest element. Those of u64 are compared as unsigned, though from 2^63 on they
--- read as negative integers. A NaN is neither and passed over.
---@return number? smallest nil without elements, or with nothing but NaN
---@return number? largest
function view:minmax() end

--- Adds to element i in one step: no other process changes it in between. The sum wraps around, as in C:
--- 2^32 - 1 plus 1 is 0 in a u32. This and the next four need a view of i32, u32, i64 or u64 in the
--- processor's order of bytes, and an element whose address is a multiple of its size; anything else is an
--- error. Each is a write, and a page that refuses it is a fault, which cannot be answered.
---@param i integer
---@param n integer of -2^31 to 2^32 - 1 where elements have 32 bits
---@return integer before
function view:add(i, n) end

--- Sets element i, likewise, and gives the value from before.
---@param i integer
---@param x integer that the type holds
---@return integer before
function view:exchange(i, x) end

--- Sets element i if it is `old`, likewise. It was if that is the result. A write in any case.
---@param i integer
---@param old integer
---@param new integer
---@return integer before
function view:compare_exchange(i, old, new) end

--- Sleeps while element i, of 32 bits, is `value`: until view:wake, or until the time is over. It may give
--- true for no reason, and does after a signal (Ctrl-C): look at the element again, in a loop. Only on Linux.
--- The whole Lua state sleeps, with all its coroutines.
---@param i integer
---@param value integer
---@param seconds? number Default: without end
---@return boolean? woken also where the element is another value; false when the time is over; nil if refused
---@return string? message
---@return vmem.code? code "not_supported", or "permission_denied" for private memory that cannot be written
function view:wait(i, value, seconds) end

--- Wakes those that wait for element i, in this process and in others.
---@param i integer
---@param n? integer at most so many. Default: all
---@return integer? count how many there were; nil if refused
---@return string? message
---@return vmem.code? code
function view:wake(i, n) end

--- An access that the page did not allow. tostring(fault) is a sentence.
---@class vmem.fault
---@field kind "access_violation"|"guard_page"|"stack_overflow"|"in_page_error" the third at the end of a
--- vmem.stack
---@field reason ("truncated"|"io_error")? of an in_page_error: its file is shorter now, or cannot be read or
--- stored
---@field section vmem.section? of an in_page_error: what the page belonged to
---@field access "read"|"write"
---@field address integer of the first byte that refused
---@field region vmem.region? nil for an address outside all regions, as the next four
---@field offset integer?
---@field page integer? index
---@field state vmem.state?
---@field protection vmem.protection? nil while reserved
---@field size integer bytes that were wanted of this page
---@field type vmem.type? of a single element that lies in one page; nil for bytes
---@field value number? that was to be written, if there is a type; nil for an atomic
---@field bytes string? that were to be written, if there is none; nil while a pipe is loaded
---@field atomic boolean it is by view:add or the like, and cannot be answered
---@field where string? "script.lua:12": the line that was running, or had called into vmem's own Lua
local fault = {}

--- Answers the access: it does not touch memory, and is over once the handler gives true. Raises
--- for an answer that does not fit. Gives true: `return fault:answer(5)`.
---@param value? number|string for a read: a number for a `type`, else `size` bytes. Nothing for a write,
--- which has then been taken
---@return true
function fault:answer(value) end

return vmem
