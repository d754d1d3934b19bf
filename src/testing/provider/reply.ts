import { escapeHtml } from '../../util/escape-html.js'

/** What the provider answers, whatever carries it. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: string
}

/** Members of a document; one that is `undefined` is left out of it. */
export type Members = Record<string, unknown>

export function json(body: object, status = 200, headers: Record<string, string> = {}): Reply {
  const type = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return { status, headers: { ...type, ...headers }, body: JSON.stringify(body) }
}

/** An error as RFC 6749, section 5.2, has it. */
export function oauthError(status: number, error: string, error_description: string): Reply {
  return json({ error, error_description }, status)
}

export function page(status: number, title: string, body = ''): Reply {
  return {
    status,
    headers: { 'content-type': 'text/html;charset=utf-8', 'cache-control': 'no-store' },
    body: `<!doctype html><title>${title}</title><h1>${title}</h1>${body}`,
  }
}

export function redirectTo(target: string, params: Record<string, string>): Reply {
  const url = new URL(target)
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value)
  return { status: 302, headers: { location: url.href }, body: '' }
}

/** A page that sends a form on by itself (OAuth 2.0 Form Post Response Mode). */
export function formPost(target: string, params: Record<string, string>): Reply {
  const inputs = Object.entries(params).map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  return page(
    200,
    'On its way',
    `<form method="post" action="${escapeHtml(target)}">${inputs.join('')}</form>
<script>document.forms[0].submit()</script>`,
  )
}

/** Without the members that are not there. */
export function clean(members: Members): Members {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
