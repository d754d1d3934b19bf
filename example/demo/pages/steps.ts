import { type Html, html } from '../../support/html.js'
import type { Step } from '../watch/timeline.js'
import { timeOf, WHO } from './events.js'

/** A line of the sequence: an arrow between two lanes, or a note in one. */
export function stepRow(step: Step): Html {
  const { id, at, kind, from, to, text, answer, count } = step
  const way = from === to ? `at-${to}` : `from-${from} to-${to}`
  const state = answer === undefined ? 'under-way' : /^[45]|^no/.test(answer) ? 'failed' : ''
  const who = from === to ? WHO[to] : `${WHO[from]} to ${WHO[to]}`
  return html`<li id="step-${id}" class="step ${kind} ${way} ${state}">
<span class="label"><span class="hidden">${who}: </span>${kind === 'store' && html`<b>store</b> `}${
    count > 1 && html`<b>${count} × </b>`
  }${text}${
    answer !== '' &&
    kind !== 'event' &&
    html` <span class="answer">${answer === undefined ? '…' : `→ ${answer}`}</span>`
  } ${kind === 'event' && timeOf(at)}</span><span class="arrow" aria-hidden="true"></span></li>`
}
