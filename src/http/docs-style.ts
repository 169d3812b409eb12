/** Style of /docs; its digest stands in the page's content security policy, so it must be one fixed text. */
export const docsStyle = `
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --accent: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --accent: #8ec5ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1rem; font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 small { font-size: 1rem; font-weight: normal; }
h2 { margin-top: 3rem; border-bottom: 2px solid var(--line); }
h3 { margin: 0; }
h4 { margin: 1.25rem 0 .25rem; }
a { color: var(--accent); }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; }
code { font: .9em ui-monospace, monospace; background: var(--soft); padding: .1em .3em; border-radius: .25em; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
.path { margin: .25rem 0; }
.method { font-weight: 700; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .5rem; border-bottom: 1px solid var(--line); }
td:first-child { white-space: nowrap; }
th, td { overflow-wrap: break-word; }
th:nth-child(2), td:nth-child(2) { min-width: 5rem; }
small { opacity: .8; }
nav ul { margin: 0 0 1rem; padding-left: 1.25rem; }
nav p { margin: .75rem 0 .25rem; font-weight: 600; }
@media (min-width: 64rem) {
  .columns { display: grid; grid-template-columns: 16rem minmax(0, 1fr); gap: 2rem; }
  nav { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; }
}
@media (max-width: 40rem) {
  td, td:first-child { white-space: normal; overflow-wrap: anywhere; }
  th, td { padding: .3rem .25rem; }
}
`;
