import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Html, html } from '../../support/html.js'
import { publicKeys } from '../keys.js'
import type { Realm } from '../realm.js'
import { openSessions } from '../sessions.js'
import { page } from './pages.js'

/**
 * `GET /realms/demo`: Keycloak answers with a few words of JSON. A browser gets a page here that says what this is,
 * since its address is printed. True: the request has been answered.
 */
export function serveRealm(realm: Realm, req: IncomingMessage, res: ServerResponse): boolean {
  const path = req.url?.split('?')[0] ?? ''
  if (!realm.mount || req.method !== 'GET') return false
  if (path === '/') res.writeHead(302, { location: realm.mount }).end()
  else if (path !== realm.mount && path !== `${realm.mount}/`) return false
  else if (/\btext\/html\b/.test(req.headers.accept ?? '')) res.writeHead(200, HEADERS).end(realmPage(realm))
  else res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(summary(realm)))
  return true
}

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

const PATH = '/protocol/openid-connect'

function summary({ settings, issuer, keys }: Realm) {
  return {
    realm: settings.realm,
    public_key: publicKeys(keys).keys[0]?.n,
    'token-service': issuer + PATH,
    'account-service': `${issuer}/account`,
    'tokens-not-before': 0,
  }
}

function realmPage(realm: Realm): string {
  const { settings, issuer } = realm
  return page(
    `Realm ${settings.realm}`,
    html`<p>This stands in for Keycloak: oidc-provider on this machine, made to answer as Keycloak does.</p>
<h2>Sessions</h2>
${sessionsTable(realm)}
<h2>What applications read here</h2>
<ul>
<li><a href="${issuer}/.well-known/openid-configuration">Configuration</a></li>
<li><a href="${issuer}${PATH}/certs">Keys</a></li>
</ul>`,
  )
}

function sessionsTable(realm: Realm): Html {
  const sessions = openSessions(realm)
  if (sessions.length === 0) return html`<p>Nobody is logged in.</p>`
  return html`<table>
<thead><tr><th scope="col">User</th><th scope="col">Applications</th></tr></thead>
<tbody>${sessions.map(
    ({ username, applications }) =>
      html`<tr><td>${username}</td><td>${applications.join(', ') || 'none'}</td></tr>`,
  )}</tbody>
</table>`
}
