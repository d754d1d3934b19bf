/** The pages' looks: light and dark, one column on a phone and two on a desk, no font or image to fetch. */
export const style = `
:root { color-scheme: light dark; --ink: #1b2330; --soft: #5a6575; --line: #d3d9e1; --paper: #fff;
  --ground: #eef1f5; --one: #1558a8; --two: #8a3b12; --good: #1c6b3a; --bad: #a4161a; --accent: var(--one) }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ecf2; --soft: #a5afbd; --line: #384250; --paper: #1d2430; --ground: #12171f;
    --one: #86b6f2; --two: #f0a878; --good: #7fd19b; --bad: #ff9b9b }
}
.two { --accent: var(--two) }
* { box-sizing: border-box }
body { margin: 0; border-top: .375rem solid var(--accent); background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
header, main, footer { width: 100%; max-width: 70rem; margin: 0 auto; padding: 0 1rem }
header { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0 1.5rem;
  padding-top: 1rem; padding-bottom: 1rem }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.3 }
h1 a { color: var(--accent); text-decoration: none }
h1 + p { flex-grow: 1; margin: 0; color: var(--soft) }
h2 { margin: 0 0 .5rem; font-size: 1.125rem }
nav { display: flex; flex-wrap: wrap; gap: 0 1.25rem }
nav a { display: inline-block; padding: .375rem 0 }
a { color: var(--accent) }
main { display: grid; gap: 1rem }
@media (min-width: 56rem) { main.wide { grid-template-columns: 3fr 2fr; align-items: start }
  .both, #news { grid-column: 1 / -1 } }
.column { display: grid; gap: 1rem; min-width: 0 }
section { min-width: 0; overflow-x: auto; padding: 1rem 1.25rem; border: 1px solid var(--line);
  border-radius: .75rem; background: var(--paper) }
section > :last-child { margin-bottom: 0 }
section > :first-child { margin-top: 0 }
p { margin: 0 0 .75rem }
.who { font-size: 1.25rem }
.soft, small { color: var(--soft) }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem }
.button { display: inline-block; min-height: 2.75rem; padding: .5rem 1.125rem;
  border: 1px solid var(--accent); border-radius: .5rem; background: none; color: var(--accent); font: inherit; font-weight: 600;
  text-decoration: none; white-space: nowrap; cursor: pointer }
.button.first { background: var(--accent); color: var(--paper) }
progress { width: 100%; height: .625rem; accent-color: var(--accent) }
.when-due { display: none }
.due .when-due { display: block }
.due .until-due { display: none }
table { width: 100%; border-collapse: collapse; font-size: .9375rem }
th, td { padding: .375rem 1rem .375rem 0; border-top: 1px solid var(--line); text-align: left;
  vertical-align: top }
th:last-child, td:last-child { padding-right: 0 }
thead :is(th, td) { border-top: 0; color: var(--soft); font-weight: 400 }
table + p { margin-top: 1rem }
.logins { overflow-wrap: normal }
.logins :is(th, td) { vertical-align: middle }
.logins form { text-align: right }
.claims th { width: 20rem; font-weight: 400 }
.claims small { display: block }
@media (max-width: 36rem) {
  .logins { font-size: .8125rem }
  .logins :is(th, td) { padding-right: .5rem }
  .logins :is(th, td):last-child { padding-right: 0 }
  .logins .button { padding: .5rem .75rem }
  .claims :is(th, td) { display: block; width: auto; padding-right: 0 }
  .claims td { padding-top: 0; border-top: 0 }
  .claims small { display: inline }
}
code { font: .875em ui-monospace, monospace }
td code { white-space: pre-wrap }
details { padding: .5rem 0; border-top: 1px solid var(--line) }
summary { padding: .25rem 0; font-weight: 600; cursor: pointer }
ol { margin: 0; padding: 0; list-style: none }
ol.events li { display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; padding: .375rem 0;
  border-top: 1px solid var(--line) }
ol.events li:first-child { border-top: 0 }
time { color: var(--soft); font-variant-numeric: tabular-nums }
.one-text { color: var(--one) }
.two-text { color: var(--two) }
.ok { color: var(--good); font-weight: 600 }
#news { margin: 0; padding: .5rem 1rem; border: 1px solid var(--accent); border-radius: .5rem;
  background: var(--paper) }
footer { padding-top: 1rem; padding-bottom: 2rem; color: var(--soft); font-size: .875rem }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
pre { max-width: 100%; margin: 0 0 .75rem; padding: .75rem; overflow-x: auto; border-radius: .5rem; background: var(--ground) }
.keycloak-text { color: var(--ink) }
.ended { padding: 2rem 1.5rem; border-color: var(--accent); border-width: 2px; grid-column: 1 / -1 }
.ended h2 { font-size: 1.5rem; outline: none }
.bar { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 1rem }
.bar .button { width: 100% }
.bar small { display: block; margin-top: .25rem }
.button[aria-pressed=true] { border-color: var(--bad); background: var(--bad); color: var(--paper) }
.button:disabled { opacity: .5; cursor: default }
.stage-head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: .5rem }
.stage-head > * { margin: 0 }
.legend { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; margin: .5rem 0 1rem; font-size: .875rem }
.key { width: 2rem; border-top: 2px solid var(--ink) }
.key.visit { border-top-style: dashed }
.lanes { display: grid; grid-template-columns: repeat(3, 1fr); text-align: center; padding-bottom: .5rem }
.scroll { position: relative; height: 60vh; min-height: 20rem; overflow-y: auto; border-top: 1px solid var(--line);
  background: linear-gradient(var(--line), var(--line)) calc(100% / 6) 0 / 1px 100% no-repeat local,
    linear-gradient(var(--line), var(--line)) 50% 0 / 1px 100% no-repeat local,
    linear-gradient(var(--line), var(--line)) calc(500% / 6) 0 / 1px 100% no-repeat local }
#steps .step { position: relative; display: grid; grid-template-columns: repeat(6, 1fr); gap: 0; padding: .25rem 0; border: 0 }
.step .label { padding: .125rem .5rem; border-radius: .375rem; font-size: .8125rem; line-height: 1.35;
  background: var(--paper); text-align: center; justify-self: center }
.step .answer { white-space: nowrap; color: var(--good); font-weight: 600 }
.step.failed .answer { color: var(--bad) }
.step.under-way .answer { color: var(--soft) }
.at-one .label { grid-column: 1 / 3 } .at-keycloak .label { grid-column: 3 / 5 } .at-two .label { grid-column: 5 / 7 }
.at-one .arrow, .at-keycloak .arrow, .at-two .arrow { display: none }
.step[class*=at-] .label { border: 1px solid var(--line) }
.step.store .label { background: var(--ground); color: var(--soft); border-style: dotted }
.step.event .label { border-color: currentColor; font-weight: 600 }
.event.at-one .label { color: var(--one) } .event.at-two .label { color: var(--two) }
.step .arrow { position: relative; height: 0; margin: .25rem .25rem .375rem; border-top: 2px solid var(--ink) }
.step.visit .arrow { border-top-style: dashed }
.step.failed .arrow { border-color: var(--bad) }
.step .arrow::after { content: ''; position: absolute; top: -.4375rem; right: -.125rem; border: .375rem solid transparent;
  border-left-color: currentColor; border-right: 0 }
.from-one.to-keycloak > *, .from-keycloak.to-one > * { grid-column: 2 / 4 }
.from-two.to-keycloak > *, .from-keycloak.to-two > * { grid-column: 4 / 6 }
.from-one.to-two > *, .from-two.to-one > * { grid-column: 2 / 6 }
.from-keycloak.to-one .arrow::after, .from-two .arrow::after { right: auto; left: -.125rem;
  border: .375rem solid transparent; border-right-color: currentColor; border-left: 0 }
@media (prefers-reduced-motion: no-preference) {
  .step.new .arrow { animation: draw .4s ease-out; transform-origin: left }
  .step.new:is(.from-keycloak.to-one, .from-two) .arrow { transform-origin: right }
  .step.new .label { animation: appear .3s ease-out }
}
@keyframes draw { from { transform: scaleX(0) } }
@keyframes appear { from { opacity: 0 } }
@media (max-width: 36rem) {
  .stage { padding: 1rem .5rem }
  .step .label { font-size: .75rem; padding: .125rem .25rem }
  .lanes { font-size: .8125rem }
  .from-one.to-keycloak .label, .from-keycloak.to-one .label { grid-column: 1 / 5; justify-self: start; text-align: left }
  .from-two.to-keycloak .label, .from-keycloak.to-two .label { grid-column: 3 / 7; justify-self: end; text-align: right }
  .at-one .label { grid-column: 1 / 5; justify-self: start } .at-keycloak .label { grid-column: 2 / 6 }
  .at-two .label { grid-column: 3 / 7; justify-self: end }
}
`
