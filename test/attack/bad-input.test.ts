import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type ForgedApp, startForgedApp } from '../support/app/forged-app.js'
import { sendRaw } from '../support/app/raw.js'
import { who } from '../support/app/who.js'
import { exchange } from '../support/browser/exchange.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { type WatchedStore, watchedStore } from '../support/redis/watched-store.js'

const long = (length: number) => 'a'.repeat(length)

/** What a parameter may hold that it should not. */
const values = [
  '',
  long(5000),
  '%00',
  '%0d%0aSet-Cookie:%20x=y',
  '%ff%fe%fd',
  '%',
  '%zz',
  '%F0%9F%98%80',
  '__proto__',
  '[object Object]',
  'javascript:alert(1)',
  '{"$gt":""}',
  '..%2f..%2f',
  '.again',
]

const bodies: [type: string, body: string | Uint8Array][] = [
  ['application/x-www-form-urlencoded', ''],
  ['application/x-www-form-urlencoded', 'logout_token'],
  ['application/x-www-form-urlencoded', 'logout_token='],
  ['application/x-www-form-urlencoded', 'logout_token=a&logout_token=b'],
  ['application/x-www-form-urlencoded', 'logout_token=a.b.c'],
  ['application/x-www-form-urlencoded', `logout_token=${long(60_000)}`],
  ['application/x-www-form-urlencoded', `logout_token=${long(70_000)}`],
  ['application/x-www-form-urlencoded', `logout_token=${long(1_000_000)}`],
  ['application/x-www-form-urlencoded', 'logout_token=%00%ff%'],
  ['application/x-www-form-urlencoded', 'logout_token[]=a&logout_token[b]=c'],
  ['application/x-www-form-urlencoded', 'redirectUri=//evil.example&state=x'],
  ['application/x-www-form-urlencoded', 'redirectUri=/&redirectUri=/x'],
  ['application/x-www-form-urlencoded', `state=${long(5000)}`],
  ['application/x-www-form-urlencoded', 'a=b&'.repeat(10_000)],
  ['application/x-www-form-urlencoded', randomBytes(5000)],
  ['application/x-www-form-urlencoded; charset=utf-16', 'logout_token=x'],
  ['application/json', '{"logout_token":"x"}'],
  ['application/json', '{'],
  ['multipart/form-data; boundary=x', '--x\r\n'],
  ['text/plain', 'logout_token=x'],
  ['nonsense', 'x'],
  ['', 'x'],
]

describe('Bad input', () => {
  let store: WatchedStore
  let app: ForgedApp
  let browser: UserAgent
  let size: number
  let port: number
  let reader: { get(name: string, ...rest: unknown[]): unknown }
  before(async () => {
    store = watchedStore()
    app = await startForgedApp({
      store,
      queryParams: ['login_hint', 'prompt', 'max_age'],
      extend: ({ middleware }) =>
        middleware.unshift((ctx, next) => {
          reader = Object.getPrototypeOf(ctx.cookies)
          return next()
        }),
    })
    port = Number(new URL(app.url).port)
    browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
  })
  beforeEach(() => {
    app.errors.length = 0
    size = store.size
  })
  afterEach(async () => {
    assert.equal(store.size, size, 'nothing is left in memory')
    assert.equal((await who(browser, app)).loggedIn, true, 'nobody was logged out')
    assert.deepEqual(await who(new UserAgent(), app), { loggedIn: false }, 'nobody was logged in')
    const foreign = app.errors.filter(error => !('code' in error))
    assert.deepEqual(foreign, [], 'no error but our own')
  })
  after(() => app.close())

  const cookie = () =>
    Object.entries(browser.cookies())
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')

  async function send(path: string, method = 'GET', headers: Record<string, string> = {}, body?: string) {
    const answer = await exchange(new URL(app.url + path), { method, headers, body })
    const told = `${method} ${path.slice(0, 80)}: ${answer.status}`
    assert.ok(answer.status < 500, told)
    return { ...answer, told }
  }

  it('login: any query is a login that begins, or a 4xx', async () => {
    for (const name of [
      'returnTo',
      'login_hint',
      'prompt',
      'max_age',
      'state',
      'x',
      '%00',
      '__proto__',
      long(200),
    ]) {
      for (const value of values) {
        const { status, told, headers } = await send(`/openid/login?${name}=${value}`)
        assert.ok([302, 400].includes(status), told)
        if (status === 302)
          assert.ok(headers.location?.startsWith(`${app.forger.issuer}/protocol/openid-connect/auth?`), told)
      }
      const isRead = ['returnTo', 'login_hint', 'prompt', 'max_age'].includes(name)
      assert.equal((await send(`/openid/login?${name}=/a&${name}=/b`)).status, isRead ? 400 : 302)
    }
  })

  it('every route: a control character in a parameter is a 400', async () => {
    for (const value of ['a%00b', '%0d%0aSet-Cookie:x=y', '%7f', '%09']) {
      assert.equal((await send(`/openid/login?login_hint=${value}`)).status, 400)
      assert.equal((await send(`/openid/auth?code=${value}&state=x`)).status, 400)
      assert.equal((await send(`/openid/logout?state=${value}`)).status, 400)
    }
  })

  it('callback: any query is a 4xx or a new login, once', async () => {
    for (const query of ['', '?', '?code=x', '?state=x', '?error=x', '?code=&state=', '?code=x&state=']) {
      assert.equal((await send(`/openid/auth${query}`)).status, 400, query)
    }
    for (const value of values) {
      const { status, told } = await send(`/openid/auth?code=${value}&state=x${value}`)
      assert.ok([302, 400].includes(status), told)
      assert.equal((await send(`/openid/auth?code=x&state=y.again&iss=${value}`)).status, 400)
    }
    assert.equal((await send('/openid/auth?code=a&code=b&state=x')).status, 400)
    assert.equal((await send('/openid/auth?code=a&state=x&state=y')).status, 400)
    assert.equal((await send('/openid/auth?code=a&error=b&state=y.again')).status, 400)
  })

  it('callback: a cookie of this login that was tampered with is none', async () => {
    const begun = await new UserAgent().goto(`${app.url}/openid/login`, { redirects: 0 })
    const [pair = ''] = [begun.headers['set-cookie'] ?? []].flat().map(text => text.split(';')[0])
    const state = new URL(begun.header('location')).searchParams.get('state')
    const [name = '', text = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    const [value = '', signature = ''] = [
      text.slice(0, text.lastIndexOf('.')),
      text.slice(text.lastIndexOf('.') + 1),
    ]
    assert.ok(value.includes('|') && signature.length > 20, 'the cookie is value and signature')
    for (const forged of [
      `${name}=${value}`,
      `${name}=${value}.`,
      `${name}=${value}.x`,
      `${name}=${value}/evil.${signature}`,
      `${name}=.${signature}`,
      `${name}=%%%.${signature}`,
      `${name}=^zz.${signature}`,
      `${name}=${long(6000)}.${signature}`,
      `${name}`,
      `=${text}`,
      `${name}="${text}"`,
      `${name}=x; ${pair}`,
    ]) {
      const { status, headers, told } = await send(`/openid/auth?code=x&state=${state}`, 'GET', {
        cookie: forged,
      })
      assert.equal(status, 302, `${told} ${forged}`)
      assert.ok(headers.location?.includes('.again'), 'the login begins anew')
    }
  })

  it('every route: any cookie is as good as none', async () => {
    const names = ['koa.sess', 'keycloak.login.', 'keycloak.login.x', '__Host-keycloak.login.x', '__proto__']
    for (const name of names) {
      for (const value of values) {
        for (const path of ['/', '/openid/login', '/openid/auth?code=x&state=y']) {
          const raw = decodeSafely(value)
          await send(path, 'GET', { cookie: `${name}=${raw}; ${name}.sig=${raw}` })
        }
      }
    }
    const many = Array.from({ length: 400 }, (_, index) => `keycloak.login.${index}=x`).join('; ')
    const { headers } = await send('/openid/login', 'GET', { cookie: many })
    assert.ok((headers['set-cookie']?.length ?? 0) <= 16, 'and is not answered by a flood of them')
  })

  it('logout: any query is a 4xx, or a logout of nobody', async () => {
    for (const name of ['redirectUri', 'state', 'x']) {
      for (const value of values) {
        const { status, told } = await send(`/openid/logout?${name}=${value}`)
        assert.ok([200, 400].includes(status), told)
      }
      const isRead = name !== 'x'
      const twice = await send(
        `/openid/logout?${name}=/&${name}=/`,
        'GET',
        isRead ? { cookie: cookie() } : {},
      )
      assert.equal(twice.status, isRead ? 400 : 200)
    }
  })

  for (const path of ['/openid/logout_request', '/openid/logout', '/openid/auth']) {
    it(`${path}: any body is a 4xx, a redirect, or nothing done`, async () => {
      for (const [type, body] of bodies) {
        const headers = { 'content-type': type, 'sec-fetch-site': 'cross-site' }
        const answer = await fetch(app.url + path, { method: 'POST', headers, body, redirect: 'manual' })
        const told = `${type} ${String(body).slice(0, 40)}: ${answer.status}`
        assert.ok(answer.status >= 300 && answer.status < 500, told)
        assert.equal(answer.headers.get('cache-control'), 'no-store', told)
        if (path === '/openid/logout_request') {
          assert.ok([400, 413, 415].includes(answer.status), told)
          assert.equal(((await answer.json()) as { error: string }).error, 'invalid_request')
        }
      }
    })
  }

  it('a body without a stated length is read up to a limit, and then refused', async () => {
    const chunk = `4000\r\n${long(0x4000)}\r\n`
    const answer = await sendRaw(
      port,
      `POST /openid/logout_request HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n${chunk.repeat(20)}`,
    )
    assert.match(answer, /^HTTP\/1\.1 413 /)
    assert.match(answer, /\r\nConnection: close\r\n/i)
  })

  it('a body that ends before its stated length does no harm', async () => {
    const head = 'POST /openid/logout_request HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n'
    const sent = `${head}Content-Type: application/x-www-form-urlencoded\r\n\r\nlogout_token=`
    const { connect } = await import('node:net')
    const socket = connect(port, 'localhost', () => socket.end(sent))
    await new Promise(resolve => socket.on('close', resolve).resume())
  })

  it('a compressed body is refused', async () => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-encoding': 'gzip',
    }
    const answer = await fetch(`${app.url}/openid/logout_request`, { method: 'POST', headers, body: 'x' })
    assert.equal(answer.status, 415)
  })

  it('every route: any method is answered below 500', async () => {
    for (const path of [
      '/openid/login',
      '/openid/auth',
      '/openid/logout',
      '/openid/logout_request',
      '/private',
    ]) {
      for (const method of ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        const { status, told } = await send(path, method)
        assert.ok(status < 500, told)
        if (method === 'HEAD' && path !== '/private') assert.ok([404, 405].includes(status), told)
      }
    }
  })

  it('every route: any request line and headers, by hand', async () => {
    const end = 'Host: localhost\r\nConnection: close\r\n\r\n'
    for (const line of [
      'GET http://evil.example/openid/login HTTP/1.1',
      'GET http://evil.example/openid/auth?code=x&state=y HTTP/1.1',
      'GET http://evil.example/private HTTP/1.1\r\nAccept: text/html',
      'GET //evil.example/openid/login HTTP/1.1',
      'GET //evil.example/private HTTP/1.1\r\nAccept: text/html',
      'GET /openid/login?returnTo=\u00e4\u00ff HTTP/1.1',
      'GET /openid/login/ HTTP/1.1',
      'GET /OPENID/LOGIN HTTP/1.1',
      'GET /openid/%6cogin HTTP/1.1',
      'GET /openid/../openid/login HTTP/1.1',
      'GET * HTTP/1.1',
      'OPTIONS * HTTP/1.1',
      'GET /openid/login HTTP/1.1\r\nCookie: \u00ff\u00fe=\u00e4; ;;=;',
      'GET /openid/logout HTTP/1.1\r\nOrigin: \u00ff\u00fe',
      'GET /openid/logout HTTP/1.1\r\nReferer: ::::',
      'GET /openid/logout HTTP/1.1\r\nSec-Fetch-Site: what',
      'GET /private HTTP/1.1\r\nAccept: text/html\r\nReferer: \u00ff',
      'POST /private HTTP/1.1\r\nAccept: text/html\r\nReferer: http://[\r\nContent-Length: 0',
      'POST /openid/logout HTTP/1.1\r\nContent-Length: 0\r\nContent-Type: \u00ff',
    ]) {
      const answer = await sendRaw(port, Buffer.from(`${line}\r\n${end}`, 'latin1'))
      assert.match(answer, /^HTTP\/1\.1 [234]/, `${line}\n${answer}`)
      const location = /\r\nlocation: ([^\r]*)/i.exec(answer)?.[1] ?? ''
      assert.doesNotMatch(decodeURIComponent(location), /evil/, line)
    }
  })

  it('every route: any Host is below 500, and none at all too', async () => {
    for (const host of [
      '',
      ' ',
      'a b',
      'x:y',
      '[',
      'evil.example/path',
      'u@h',
      '\u00ff',
      ':',
      'localhost:99999',
    ]) {
      for (const path of ['/openid/login', '/openid/logout', '/openid/auth?code=x&state=y', '/private']) {
        const headers = `Host: ${host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`
        const answer = await sendRaw(port, Buffer.from(`GET ${path} HTTP/1.1\r\n${headers}`, 'latin1'))
        assert.match(answer, /^HTTP\/1\.1 [34]/, `${host} ${path}: ${answer}`)
      }
    }
    const old = await sendRaw(port, 'GET /openid/login HTTP/1.0\r\n\r\n')
    assert.match(old, /^HTTP\/1\.1 400 /)
  })

  it('a code of its own making goes to the provider as it is, and logs nobody in', async () => {
    for (const value of values.filter(Boolean)) {
      const visitor = new UserAgent()
      const begun = await visitor.goto(`${app.url}/openid/login`, { redirects: 0 })
      const state = new URL(begun.header('location')).searchParams.get('state')
      const iss = encodeURIComponent(app.forger.issuer)
      const page = await visitor.goto(`${app.url}/openid/auth?code=${value}&state=${state}&iss=${iss}`)
      assert.equal(page.status, 400, `${value}: ${page.body}`)
    }
  })

  it('reads no cookie by Koa`s reader under a name that a visitor can choose, which would keep each for ever', async () => {
    const asked = new Set<string>()
    const { get } = reader
    reader.get = function (this: unknown, name: string, ...rest: unknown[]) {
      asked.add(name)
      return get.call(this, name, ...rest)
    }
    try {
      for (let round = 0; round < 20; round++) {
        const invented = `keycloak.login.${round}=x; keycloak.login.${round}.sig=y`
        await send('/openid/login', 'GET', { cookie: invented })
        await send(`/openid/auth?code=x&state=${round}`)
      }
    } finally {
      reader.get = get
    }
    assert.deepEqual([...asked].sort(), ['koa.sess'])
  })
})

/** As a cookie may carry it: any byte but control characters. */
function decodeSafely(value: string): string {
  try {
    const bytes = Buffer.from(decodeURIComponent(value))
    return Buffer.from(bytes.map(byte => (byte < 32 || byte === 127 ? 63 : byte))).toString('latin1')
  } catch {
    return value
  }
}
