import assert from 'node:assert/strict'
import type { EventName } from '../../src/index.js'
import { useEvents } from '../support/app/events.js'
import { useForgedApp } from '../support/app/forged-app.js'

describe('Whatever is refused leaves a trace', () => {
  const events = useEvents(
    'login.refused',
    'logout.refused',
    'logout_request.refused',
    'access.refused',
    'bearer.refused',
  )
  const app = useForgedApp({
    extend(_app, router, keycloak) {
      router.get('/api', keycloak.bearer({ scopes: ['orders'] }), ctx => {
        ctx.body = 'api'
      })
    },
  })

  const refusals: Record<string, [ask: () => Promise<Response>, event: EventName, code: string]> = {
    'a guard that a script meets without a login': [
      () => fetch(`${app.url}/private`),
      'access.refused',
      'login_required',
    ],
    'an API that is asked without a token': [
      () => fetch(`${app.url}/api`),
      'bearer.refused',
      'token_invalid',
    ],
    'an API that is asked with a bad token': [
      () => fetch(`${app.url}/api`, { headers: { authorization: 'Bearer x.y.z' } }),
      'bearer.refused',
      'token_invalid',
    ],
    'an API whose scope the token lacks': [
      async () => {
        const now = Math.floor(Date.now() / 1000)
        const claims = { iss: app.forger.issuer, azp: 'app', typ: 'Bearer', iat: now, exp: now + 60 }
        const token = await app.forger.sign(claims)
        return fetch(`${app.url}/api`, { headers: { authorization: `Bearer ${token}` } })
      },
      'bearer.refused',
      'scope_missing',
    ],
    'a login link that leads elsewhere': [
      () => fetch(`${app.url}/openid/login?returnTo=//evil.example`),
      'login.refused',
      'invalid_redirect',
    ],
    'a callback without a state': [() => fetch(`${app.url}/openid/auth`), 'login.refused', 'invalid_request'],
    'a logout request whose token does not verify': [
      () => {
        const body = new URLSearchParams({ logout_token: 'x.y.z' })
        return fetch(`${app.url}/openid/logout_request`, { method: 'POST', body })
      },
      'logout_request.refused',
      'logout_token_invalid',
    ],
    'a logout that another site asked for': [
      () => fetch(`${app.url}/openid/logout`, { headers: { origin: 'https://evil.example' } }),
      'logout.refused',
      'cross_site_request',
    ],
  }
  for (const [name, [ask, event, code]] of Object.entries(refusals)) {
    it(name, async () => {
      const answer = await ask()
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`)
      assert.deepEqual(events, [[event, { provider: 'keycloak', code }]])
    })
  }
})
