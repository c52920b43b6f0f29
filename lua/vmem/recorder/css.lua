--- The style sheet of a recording's page, for light and dark.

return [==[
:root {
  --ground: #fff; --text: #1b1f24; --soft: #57606a; --line: #d0d7de; --panel: #f6f8fa; --accent: #0550ae;
  --reserved: #8c959f; --committed: #3b98d6; --written: #0b62a8; --readonly: #3fa37a; --executable: #c77daa;
  --none: #8e939a; --guard: #c28811; --fault: #c2410c; --resident: #b45309; --mark: #fff1c2; --ink: #1b1f24;
  --trap: #2aa5a0; --trapped: #9a86e0; --section: #92992e; --copy: #a58e82;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --text: #e6edf3; --soft: #9aa4af; --line: #30363d; --panel: #161b22; --accent: #79b8ff;
    --reserved: #6e7681; --committed: #2870a8; --written: #58b0f5; --readonly: #2f8f6b; --executable: #b0679a;
    --none: #7d8590; --guard: #c98a10; --fault: #ff8b5c; --resident: #f0b35a; --mark: #3b3212; --ink: #0d1117;
    --trap: #1f8f8a; --trapped: #8a74d8; --section: #8f9a1f; --copy: #a1887f;
  }
}
* { box-sizing: border-box; }
html { overflow-y: scroll; }
@media (min-width: 40rem) { html { scroll-padding-top: 16rem; } } /* the focus is never under #time */
body {
  margin: 0 auto; padding: 0 1rem 2rem; max-width: 100rem; background: var(--ground); color: var(--text);
  font: 1rem/1.45 system-ui, sans-serif;
}
h1 { font-size: 1.4rem; margin: 1rem 0 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: .9rem 0 .3rem; font-weight: 600; overflow-wrap: anywhere; }
p { margin: .3rem 0; }
#summary, #more, #runs-more, .note, caption { color: var(--soft); font-size: .9rem; }
#problem { border: 2px solid var(--fault); padding: .5rem .75rem; }
[hidden] { display: none !important; }
#time {
  position: sticky; top: 0; z-index: 1; background: var(--ground); padding: .5rem 0;
  border-bottom: 1px solid var(--line);
}
#buttons { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; }
button, select {
  font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--soft);
  border-radius: .3rem; padding: .3rem .65rem; min-height: 2.2rem; max-width: 100%;
}
button:hover { border-color: var(--accent); }
button[aria-pressed="true"] { background: var(--accent); color: var(--ground); }
#play { min-width: 4.5rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#slider { width: 100%; margin: .5rem 0 .2rem; accent-color: var(--accent); }
#sentence { min-height: 2.9em; margin: 0; overflow-wrap: anywhere; }
#lesson { margin: .1rem 0 0; padding-left: .6rem; border-left: 3px solid var(--accent); min-height: 1.45em; }
button.term, button.link {
  background: none; border: 0; padding: 0; min-height: 0; border-radius: 0; display: inline;
  text-align: left;
}
button.term { text-decoration: underline dotted 2px; text-underline-offset: 3px; cursor: help; }
button.link { color: var(--accent); text-decoration: underline; overflow-wrap: anywhere; }
button:disabled { opacity: .5; }
#meaning {
  position: absolute; z-index: 3; max-width: min(24rem, calc(100% - 1rem)); margin: 0; padding: .5rem .7rem;
  background: var(--text); color: var(--ground); border-radius: .3rem; font-size: .9rem;
}
#chapters { margin: 0; padding: 0 0 0 1.2rem; display: flex; flex-wrap: wrap; gap: .2rem 2rem; }
#chapters [aria-current] { font-weight: 700; }
#asking { border: 2px solid var(--accent); border-radius: .4rem; padding: .4rem .7rem; margin: .4rem 0; }
#choices { display: flex; flex-wrap: wrap; gap: .4rem; }
.row { display: flex; flex-wrap: wrap; gap: .4rem .6rem; align-items: center; }
input[type=number] {
  font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--soft);
  border-radius: .3rem;
  padding: .3rem .4rem; min-height: 2.2rem; width: 7rem;
}
.tip { color: var(--soft); font-size: .9rem; min-height: 1.45em; overflow-wrap: anywhere; }
#states {
  list-style: none; display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .5rem; padding: 0;
  margin: .6rem 0;
}
#states li {
  border: 1px solid var(--soft); border-radius: .4rem; padding: .35rem .5rem;
  background: var(--panel);
}
#states [aria-current] { border: 3px solid var(--accent); font-weight: 700; padding: .22rem .38rem; }
#states .stone::before { content: "\25cb  "; }
#states [aria-current] .stone::before { content: "\25cf  "; }
#states .step { display: block; color: var(--soft); font-size: .8rem; font-weight: 400; text-align: right; }
#states .back { text-align: right; }
#one-facts { margin: .3rem 0; }
#one-facts div { display: flex; flex-wrap: wrap; gap: 0 .6rem; }
#one-facts dt { min-width: 8rem; }
#one-facts dd { font-size: .95rem; }
summary { cursor: pointer; padding: .4rem 0; font-weight: 600; }
#frames { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem; padding: 0; margin: .4rem 0; }
#frames li {
  border: 1px solid var(--soft); border-radius: .3rem; padding: .2rem .5rem; background: var(--panel);
}
#frames .victim { border: 2px dashed var(--fault); font-weight: 600; }
#frames .free { color: var(--soft); border-style: dotted; }
.tall { max-height: 22rem; overflow-y: auto; position: relative; }
@media (max-width: 40rem) { #states { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
pre .gap { color: var(--soft); }
#columns { display: grid; gap: 0 2rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 60rem) {
  #sentence { min-height: 1.45em; }
  #columns { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); }
}
@media (max-width: 40rem) {
  body { padding: 0 .75rem 2rem; }
  #time { position: static; }
}
canvas { display: block; width: 100%; }
#legend { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: .2rem .9rem; }
#legend li { display: flex; align-items: center; gap: .35rem; font-size: .9rem; }
#legend canvas { width: 18px; height: 18px; }
#counters { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 0; }
#counters div {
  flex: 1 1 8rem; border: 1px solid var(--line); border-radius: .4rem; padding: .4rem .7rem;
  background: var(--panel);
}
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; font-size: 1.05rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .3rem; }
th, td {
  text-align: left; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--line); white-space: nowrap;
}
tr.here td { background: var(--mark); }
pre {
  margin: 0; padding: .5rem .7rem; background: var(--panel); border: 1px solid var(--line);
  border-radius: .4rem; font: .85rem/1.5 ui-monospace, monospace; min-width: max-content;
}
pre .here { background: var(--mark); font-weight: 600; }
.key { font-size: .9rem; display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .5rem; }
.key > span { display: inline-flex; align-items: center; gap: .3rem; }
.line { width: 1.6rem; border-top: 3px solid var(--written); }
.line.resident { border-top: 3px dashed var(--resident); }
.tick { width: 3px; height: .8rem; background: var(--fault); }
#by-time { margin-left: auto; }
#events { list-style: none; padding: 0; margin: 0; }
#events button {
  width: 100%; text-align: left; background: none; border-color: transparent; font-size: .9rem;
  overflow-wrap: anywhere; padding: .15rem .4rem; min-height: 1.9rem;
}
#events button:hover { border-color: var(--accent); }
#events [aria-current] { background: var(--mark); font-weight: 600; }
@media (prefers-reduced-motion: no-preference) {
  button { transition: border-color .15s; }
}
]==]
