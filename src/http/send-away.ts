import { escapeHtml } from '../util/escape-html.js'
import { showPage } from './page.js'
import { sendTo } from './request.js'
import type { Context } from './types.js'

/** Longest address in `Location`, in bytes: nginx takes 4 KB of headers with an answer, and others have theirs. */
const MAX_LOCATION = 2000

/** What the page does that sends itself. */
const SCRIPT = 'document.forms[0].submit()'

/** Whether an address is too long for a header, or to be asked for as such. */
export function isLong(address: string): boolean {
  return address.length > MAX_LOCATION
}

/**
 * Sends the browser to another site: by a redirect; after a form by a small page that goes on by itself, since
 * Chromium holds the redirects that follow a form against the `form-action` of the form's page; and where the address
 * is too long for a header, by a page whose form sends itself. Both pages have something to click for a browser that
 * does not go on.
 *
 * @param method of the form of an address that is too long
 */
export function sendAway(ctx: Context, address: string, method: 'get' | 'post'): void {
  if (isLong(address)) sendForm(ctx, address, method)
  else if (ctx.method === 'GET' || ctx.method === 'HEAD') sendTo(ctx, address)
  else showWay(ctx, address)
}

function showWay(ctx: Context, address: string): void {
  const url = escapeHtml(address)
  ctx.status = 200
  showPage(ctx, {
    title: 'One moment',
    head: `<meta http-equiv="refresh" content="0; url=${url}">\n`,
    body: `<p><a href="${url}">Continue</a></p>`,
  })
}

function sendForm(ctx: Context, address: string, method: 'get' | 'post'): void {
  const { origin, pathname, searchParams } = new URL(address)
  ctx.status = 200
  showPage(ctx, {
    title: 'One moment',
    body: `<form method="${method}" action="${escapeHtml(origin + pathname)}">
${hiddenFields(searchParams)}
<button>Continue</button>
</form>`,
    script: SCRIPT,
  })
}

/** Names and values as they are sent with a form of ours. */
export function hiddenFields(params: URLSearchParams): string {
  const fields = [...params].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  return fields.join('\n')
}
