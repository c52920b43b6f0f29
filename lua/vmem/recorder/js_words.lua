--- JavaScript of a recording's page: numbers, places and events in the short words of the field.

return [==[
const format = new Intl.NumberFormat("en"); // made once: making one costs more than using it
const digits = (n) => format.format(Number(n));
const hex = (n) => "0x" + (typeof n === "string" ? n.replace(/^0x/, "") : BigInt(n).toString(16));
const plural = (n, word) => digits(n) + " " + word + (Number(n) === 1 ? "" : "s");

function bytesInWords(n) {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (n >= 1024 && unit < units.length - 1) {
    n /= 1024;
    unit++;
  }
  return n === 1 && unit === 0 ? "1 byte" : `${digits(Math.round(n * 10) / 10)} ${units[unit]}`;
}

function timeInWords(ns) {
  if (ns < 1e3) return `${digits(Math.round(ns))} ns`;
  if (ns < 1e6) return `${digits(Math.round(ns / 100) / 10)} \u00b5s`;
  if (ns < 1e9) return `${digits(Math.round(ns / 1e5) / 10)} ms`;
  return `${digits(Math.round(ns / 1e8) / 10)} s`;
}

function protectionOf(byte) {
  const word = (byte & READ ? "r" : "") + (byte & WRITE ? "w" : "") + (byte & EXECUTE ? "x" : "");
  const shown = byte & 64 ? "x" : word || "none";
  return shown + (byte & GUARD ? "+guard" : "");
}

const nameOf = (region) => `region ${region.number}` + (region.name ? ` "${region.name}"` : "");

function pagesInWords(region, offset, size) {
  const [first, end] = pagesOf(region, offset, size);
  return end - first === 1 ? `page ${digits(first + 1)}` : `pages ${digits(first + 1)} to ${digits(end)}`;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const stateInWords = (byte) => byte & COMMITTED ? `committed as ${protectionOf(byte)}` : "reserved";

function faultInWords(i, region) {
  const access = event.access(i) === READ ? "reading" : "writing";
  const doing = `${access} ${bytesInWords(Number(event.size(i)))}`;
  if (!region) return `fault: ${doing} at ${hex(event.offset(i))}, where no live region is`;
  const byte = event.byte(i), place = pagesInWords(region, event.offset(i), 1);
  const why = byte & GUARD ? "is a guard page" : `is ${stateInWords(byte)}`;
  const by = ended.get(i), how = by !== undefined && what(by) === "mend" ? "mended" : "answered";
  const end = quiz.on ? "what now?" : by !== undefined ? `${how} by event ${digits(by + 1)}` : "nobody " +
    "mends it";
  return `fault: ${doing} stops at ${place} of ${nameOf(region)}, which ${why}; ${end}`;
}

const releasedBy = ["", ", at the end of its block", ", collected as garbage"];

const TRAPPED = ["", "reads of", "writes to", "reads and writes of"];

// Event i without its number, time and place.
function inWords(i) {
  const kind = what(i), region = regions[event.region(i) - 1];
  const offset = event.offset(i), size = event.size(i), byte = event.byte(i);
  const where = region ? `${pagesInWords(region, offset, size)} of ${nameOf(region)}` : "";
  switch (kind) {
    case "reserve":
      return `reserve ${nameOf(region)}: ${plural(region.pages, "page")}, ${bytesInWords(size)} ` +
        `at ${hex(region.base)}`;
    case "commit": return `commit ${where} as ${protectionOf(byte)}`;
    case "attach":
      return event.detail(i) ? `attach copies of a section's pages at ${where} as ${protectionOf(byte)}`
        : `attach a section's pages at ${where} as ${protectionOf(byte)}`;
    case "protect": return `protect ${where}: ${protectionOf(byte)} from now on`;
    case "snapshot": return `take a snapshot of ${nameOf(region)}`;
    case "restore": return `restore ${nameOf(region)} from a snapshot`;
    case "release": return `release ${nameOf(region)}${releasedBy[event.detail(i)]}`;
    case "read": case "write": {
      const times = event.count(i) === 1 ? `${kind} ` : `${digits(event.count(i))} ${kind}s, together `;
      return `${times}${bytesInWords(size)} ${kind === "read" ? "from" : "into"} ${where}`;
    }
    case "fault": return faultInWords(i, region);
    case "mend": return `mended: ${where} is ${stateInWords(byte)}, and the access goes on`;
    case "answer": {
      const kind = event.access(i) === READ ? "read" : "write", times = event.count(i);
      const some = times === 1 ? `a ${kind} of ` : `${digits(times)} ${kind}s, together `;
      return `answered: ${some}${bytesInWords(size)}, ${kind === "read" ? "from" : "to"} ${where}`;
    }
    case "trap":
      return byte === 0 ? `no trap for ${where} from now on` : `trap ${TRAPPED[byte]} ${where}`;
    case "refused": {
      const verb = data.whats[event.detail(i)], of = region ? where : bytesInWords(Number(size));
      return `refused: ${verb} ${of} (${data.codes[event.error(i)].replaceAll("_", " ")})`;
    }
    case "note": return `note: ${((data.notes || []).find(([moment]) => moment === i + 1) || [])[1]}`;
    default: return `${kind} ${where}`;
  }
}

function placeOf(i) {
  const source = event.source(i);
  return source > 0 ? `${data.sources[source - 1]}:${event.line(i)}` : "";
}
]==]
