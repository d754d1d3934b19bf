import assert from 'node:assert/strict'
import fc from 'fast-check'
import { useForgedApp } from '../../support/app/forged-app.js'
import { sendRaw } from '../../support/app/raw.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fuzz, SECONDS, SEED } from './budget.js'
import { hostileText, mutation } from './inputs.js'
import { assertOurs, assertTellsNothing } from './invariants.js'

const PATHS = ['/', '/private', '/admin', '/openid/login', '/openid/auth', '/openid/logout']
const TARGETS = [
  ...PATHS,
  '/openid/logout_request',
  '/openid',
  '/openid/auth/',
  'http://evil.example/openid/auth',
  '*',
]
const METHODS = ['GET', 'GET', 'GET', 'POST', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'X']
const NAMES = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'session_state',
  'returnTo',
  'redirectUri',
  'prompt',
  'login_hint',
  'kc_action_status',
  'response',
  'logout_token',
  'constructor',
  '__proto__',
  'toString',
]
const HEADERS = [
  'Accept',
  'Authorization',
  'DPoP',
  'Origin',
  'Referer',
  'Sec-Fetch-Site',
  'Sec-Fetch-Mode',
  'Sec-Fetch-Dest',
  'Sec-Purpose',
  'Purpose',
  'Content-Encoding',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Requested-With',
  'Accept-Language',
  'Host',
  'Expect',
  'Upgrade',
  'Cookie',
]
const TYPES = [
  'application/x-www-form-urlencoded',
  'application/json',
  'multipart/form-data; boundary=x',
  'x',
  '',
]

/** `$state` and `$iss` stand for those of a login that is under way. */
const value = fc.oneof(hostileText, fc.constantFrom('$state', '$iss', 'x', 'access_denied', 'login_required'))
const parameters = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...NAMES), hostileText), value, fc.boolean()), {
  maxLength: 6,
})
const request = fc.record({
  method: fc.constantFrom(...METHODS),
  target: fc.oneof(
    fc.constantFrom(...TARGETS),
    fc.tuple(fc.constantFrom(...TARGETS), mutation).map(([t, m]) => m(t)),
  ),
  query: parameters,
  headers: fc.array(
    fc.tuple(
      fc.constantFrom(...HEADERS),
      fc.oneof(hostileText, fc.constantFrom('text/html', 'null', 'same-origin', 'prefetch')),
    ),
    { maxLength: 4 },
  ),
  cookie: fc.option(mutation, { nil: undefined }),
  type: fc.constantFrom(...TYPES),
  form: fc.option(parameters, { nil: undefined }),
})

type Request = typeof request extends fc.Arbitrary<infer R> ? R : never

describe('Fuzz: what a visitor sends', () => {
  const app = useForgedApp({ queryParams: ['login_hint', 'prompt'] })

  it(`is answered below 500 at every route, and no error but ours is seen; FUZZ_SEED=${SEED}`, async function () {
    this.timeout(SECONDS * 1000 + 60_000)
    let browser = new UserAgent()
    let age = 0
    let state = ''
    const port = Number(new URL(app.url).port)
    const tried = await fuzz(request, async input => {
      if (age++ % 40 === 0) {
        browser = new UserAgent()
        await browser.goto(`${app.url}/private`)
        const begun = await browser.goto(`${app.url}/openid/login`, { redirects: 0 })
        state = new URL(begun.header('location')).searchParams.get('state') ?? ''
      }
      app.errors.length = 0
      const fill = (text: string) => text.replace('$state', state).replace('$iss', app.forger.issuer)
      const cookies = Object.entries(browser.cookies()).map(([name, text]) => `${name}=${text}`)
      const answer = await sendRaw(port, bytesOf(input, fill, cookies.join('; ')))
      const [, status = ''] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? []
      assert.match(status, /^[234]/, `${status} ${answer.slice(0, 300)}`)
      assertOurs(app.errors, 'visitor')
      assertTellsNothing(answer)
    })
    assert.ok(tried > 0)
    const { loggedIn } = JSON.parse((await new UserAgent().goto(`${app.url}/`)).body)
    assert.equal(loggedIn, false)
  })
})

function bytesOf(input: Request, fill: (text: string) => string, cookie: string): Buffer {
  const { method, target, query, headers, type, form } = input
  const body = form && encoded(form, fill)
  const lines = [
    `${method} ${line(target)}${query.length > 0 ? `?${line(encoded(query, fill))}` : ''} HTTP/1.1`,
    ...(headers.some(([name]) => name === 'Host') ? [] : ['Host: localhost']),
    'Connection: close',
    ...headers.map(([name, text]) => `${name}: ${line(fill(text), ' ')}`),
    ...(input.cookie ? [`Cookie: ${line(input.cookie(cookie), ' ')}`] : []),
    ...(body === undefined
      ? []
      : [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body, 'latin1')}`]),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`, 'latin1')
}

/** Without what would end the line, or the target: Node's parser refuses that before an application sees it. */
function line(text: string, blank = ''): string {
  return text.replace(/[\0\r\n]/g, '').replaceAll(' ', blank)
}

/** Names and values as they are, or percent-encoded. */
function encoded(pairs: [string, string, boolean][], fill: (text: string) => string): string {
  return pairs
    .map(([name, text, raw]) =>
      raw ? `${name}=${fill(text)}` : new URLSearchParams([[name, fill(text)]]).toString(),
    )
    .join('&')
}
