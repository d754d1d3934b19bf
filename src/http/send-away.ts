import { escapeHtml, showPage } from './page.js'
import { sendTo } from './request.js'
import type { Context } from './types.js'

/** Longest address in `Location`, in bytes: nginx takes 4 KB of headers with an answer, and others have theirs. */
const MAX_LOCATION = 2000

/** What the page does that sends itself. */
const SCRIPT = 'document.forms[0].submit()'

/**
 * Sends the browser to another site: by a redirect, or where the address is too long for a header, by a small page
 * whose form sends itself, with a button for a browser without scripts.
 *
 * @param method the form's
 */
export function sendAway(ctx: Context, address: string, method: 'get' | 'post'): void {
  if (address.length <= MAX_LOCATION) sendTo(ctx, address)
  else sendForm(ctx, address, method)
}

function sendForm(ctx: Context, address: string, method: 'get' | 'post'): void {
  const { origin, pathname, searchParams } = new URL(address)
  const fields = [...searchParams].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  ctx.status = 200
  showPage(ctx, {
    title: 'One moment',
    body: `<form method="${method}" action="${escapeHtml(origin + pathname)}">
${fields.join('\n')}
<button>Continue</button>
</form>`,
    script: SCRIPT,
  })
}
