/** The pages' looks: one column, large touch targets, light and dark, no font or image to fetch. */
export const style = `
:root { color-scheme: light dark; --ink: #1b2330; --soft: #5a6575; --line: #c5ccd6; --paper: #fff;
  --ground: #eef1f5; --accent: #1558a8; --link: #1558a8; --bad: #a4161a }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf2; --soft: #a5afbd; --line: #465162; --paper: #1d2430; --ground: #12171f;
    --accent: #2f74c9; --link: #86b6f2; --bad: #ff9b9b }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 24rem; padding: 1.5rem; border: 1px solid var(--line); border-radius: .75rem;
  background: var(--paper) }
h1 { margin: 0; font-size: 1.5rem }
h1 + p { margin: 0 0 1rem; color: var(--soft); overflow-wrap: anywhere }
h2 { margin: 1.5rem 0 .25rem; font-size: 1rem }
h2 ~ :is(p, ul) { margin: 0 }
h2 + table { margin-top: 0 }
ul { padding-left: 1.25rem }
a { color: var(--link) }
label { display: block; margin: .75rem 0 .25rem; font-weight: 600 }
label span { font-weight: 400; color: var(--soft) }
input { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--line);
  border-radius: .5rem; background: var(--paper); color: inherit; font: inherit }
input[aria-invalid] { border-color: var(--bad) }
.buttons { display: flex; gap: .5rem; margin-top: 1.25rem }
button { flex: 1; min-height: 2.75rem; border: 1px solid var(--accent); border-radius: .5rem;
  background: var(--accent); color: #fff; font: inherit; font-weight: 600; cursor: pointer }
button[name=cancel] { flex: none; padding: 0 1rem; border-color: var(--line); background: none;
  color: inherit; font-weight: 400 }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
[role=alert] { margin: 0 0 .5rem; color: var(--bad); font-weight: 600 }
table { width: 100%; margin-top: 1.5rem; border-collapse: collapse; font-size: .875rem }
caption { padding-bottom: .25rem; text-align: left; color: var(--soft) }
th, td { padding: .375rem .5rem .375rem 0; border-top: 1px solid var(--line); text-align: left;
  overflow-wrap: anywhere }
th { color: var(--soft); font-weight: 400; white-space: nowrap }
`
