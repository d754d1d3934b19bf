import type { Provider } from '../index.js'
import { boundedFetch } from '../util/bounded-fetch.js'
import { version } from '../version.js'
import { Unexamined } from './report.js'

/** No page of an application's login is larger; in bytes. */
const MAX_BYTES = 1_000_000

/**
 * A request to the application itself, as it comes from outside: not by the `fetch` option, which leads to the
 * provider. Throws `Unexamined` when nothing answers: it may not be up yet.
 */
export async function askApplication(
  { settings: { timeout } }: Provider,
  url: string,
  form?: Record<string, string>,
): Promise<Response> {
  const ask = boundedFetch((address, request) => fetch(address, request), {
    timeout,
    maxBytes: MAX_BYTES,
    userAgent: `koa-keycloak-doctor/${version}`,
  })
  const post = form && { method: 'POST', body: new URLSearchParams(form) }
  const type = form && { 'content-type': 'application/x-www-form-urlencoded' }
  try {
    return await ask(url, { ...post, headers: { accept: form ? '*/*' : 'text/html', ...type } })
  } catch {
    throw new Unexamined('the application does not answer this machine at its address')
  }
}
