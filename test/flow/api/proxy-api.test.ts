import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type RequestListener, request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import type { KeycloakError } from '../../../src/index.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { sendRaw } from '../../support/app/raw.js'
import { useUpstream } from '../../support/app/upstream.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import { until } from '../../support/until.js'

describe('An API behind the application', () => {
  const clock = fakeClock()
  const target = useUpstream()
  const app = useForgedApp(
    () => ({
      now: clock.now,
      extend: (koa, _router, keycloak) => {
        koa.use(async (ctx, next) => {
          if (ctx.get('x-parser')) Object.assign(ctx.request, { body: await textOf(ctx.req) })
          await next()
        })
        koa.use(keycloak.proxyApi({ path: '/api', target: `${target.url}/v1`, timeout: 1 }))
      },
    }),
    { now: clock.now },
  )
  let cookie: string
  beforeEach(async () => {
    app.errors.length = 0
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    cookie = Object.entries(browser.cookies())
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
  })
  const OWN = { 'sec-fetch-site': 'same-origin' }
  const ask = (
    path: string,
    init: RequestInit & { headers?: Record<string, string>; duplex?: 'half' } = {},
  ) =>
    fetch(app.url + path, {
      redirect: 'manual',
      ...init,
      headers: { cookie, ...OWN, ...init.headers },
    })
  const code = () => (app.errors.at(-1) as KeycloakError | undefined)?.code

  it('is asked below target, with the access token', async () => {
    const answer = await ask('/api/orders?status=open&x=%2f')
    assert.deepEqual([answer.status, await answer.json()], [200, { ok: true }])
    const [{ url, headers } = assert.fail()] = target.seen
    assert.equal(url, '/v1/orders?status=open&x=%2f')
    assert.match(headers.authorization ?? '', /^Bearer ey/)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  })

  it('gets nothing of the browser that is not its business', async () => {
    await ask('/api/x', {
      headers: {
        authorization: 'Bearer forged',
        'x-forwarded-for': '10.0.0.1',
        'x-forwarded-anything': 'x',
        forwarded: 'for=10.0.0.1',
        'x-real-ip': '10.0.0.1',
        'x-csrf': '1',
        'x-xsrf-token': 'x',
        dpop: 'x',
        origin: app.url,
        'x-mine': 'kept',
        'accept-language': 'de',
      },
    })
    const [{ headers } = assert.fail()] = target.seen
    assert.equal(headers['x-mine'], 'kept')
    assert.equal(headers['accept-language'], 'de')
    assert.match(headers.authorization ?? '', /^Bearer ey/)
    const kept = Object.keys(headers).filter(name =>
      /cookie|forward|real-ip|csrf|xsrf|dpop|origin|sec-/.test(name),
    )
    assert.deepEqual(kept, [])
    assert.equal(headers.host, new URL(target.url).host)
  })

  it('gets no header that belongs to one connection, named ones included', async () => {
    const { port } = new URL(app.url)
    const head = `GET /api/x HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\nSec-Fetch-Site: same-origin\r\n`
    await sendRaw(
      Number(port),
      `${head}TE: trailers\r\nX-Hop: x\r\nProxy-Authorization: x\r\nConnection: close, X-Hop\r\n\r\n`,
    )
    const [{ headers } = assert.fail()] = target.seen
    for (const name of ['te', 'x-hop', 'proxy-authorization']) assert.equal(headers[name], undefined)
  })

  it('sets no cookie, opens no origin, clears nothing', async () => {
    target.answer((_req, res) =>
      res
        .writeHead(201, {
          'Set-Cookie': ['koa.sess=evil', 'b=2'],
          'Access-Control-Allow-Origin': '*',
          'Access-Control-Allow-Credentials': 'true',
          'Clear-Site-Data': '"*"',
          'Strict-Transport-Security': 'max-age=1',
          'X-Api': 'kept',
          'Cache-Control': 'max-age=60',
          ETag: '"1"',
        })
        .end('made'),
    )
    const answer = await ask('/api/x')
    assert.equal(answer.status, 201)
    assert.equal(await answer.text(), 'made')
    for (const name of [
      'set-cookie',
      'access-control-allow-origin',
      'access-control-allow-credentials',
      'clear-site-data',
      'strict-transport-security',
    ])
      assert.equal(answer.headers.get(name), null, name)
    assert.equal(answer.headers.get('x-api'), 'kept')
    assert.equal(answer.headers.get('etag'), '"1"')
    assert.equal(answer.headers.get('cache-control'), 'max-age=60')
  })

  describe('is not left by a path', () => {
    const paths = [
      '/api/../admin',
      '/api/a/../../admin',
      '/api/..',
      '/api/%2e%2e/admin',
      '/api/.%2E/admin',
      '/api/%252e%252e/admin',
      '/api/%25252e%25252e/admin',
      '/api/..%2fadmin',
      '/api/a%2f..%2f..%2fadmin',
      '/api/..\\admin',
      '/api/%5c..%5cadmin',
      '/api//evil.example/x',
      '/api/a//b',
      '/api/./x',
      '/api/%00',
      '/api/%E0%A4%A',
    ]
    for (const path of paths) {
      it(path, async () => {
        const { port } = new URL(app.url)
        const answer = await sendRaw(
          Number(port),
          `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n`,
        )
        assert.match(answer, /^HTTP\/1.1 (400|404) /)
        assert.equal(target.seen.length, 0)
      })
    }

    it('in absolute form', async () => {
      const { port } = new URL(app.url)
      const head = `Host: localhost:${port}\r\nCookie: ${cookie}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n`
      for (const url of [`http://evil.example/api/x`, `${target.url}/api/x`]) {
        assert.match(await sendRaw(Number(port), `GET ${url} HTTP/1.1\r\n${head}`), /^HTTP\/1.1 4\d\d /)
      }
      assert.equal(target.seen.length, 0)
    })

    it('other paths are not its business: /apix, /API', async () => {
      for (const path of ['/apix', '/API/x']) assert.equal((await ask(path)).status, 404)
      assert.equal((await ask('/api')).status, 200)
      assert.deepEqual(
        target.seen.map(({ url }) => url),
        ['/v1'],
      )
    })

    it('percent-encoded names stay as they are', async () => {
      for (const path of ['/api/a%20b', '/api/%C3%BC', '/api/100%25', '/api/a.b/..c/...']) await ask(path)
      assert.deepEqual(
        target.seen.map(({ url }) => url),
        ['/v1/a%20b', '/v1/%C3%BC', '/v1/100%25', '/v1/a.b/..c/...'],
      )
    })
  })

  it('is not asked for another site’s page, whatever the method', async () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': '', origin: 'https://evil.example' },
        { 'sec-fetch-site': '' },
      ]) {
        const answer = await ask('/api/x', { method, headers: headers as Record<string, string> })
        assert.equal(answer.status, 403)
      }
    }
    assert.equal(target.seen.length, 0)
  })

  it('is not asked for who is not logged in: 401 as JSON', async () => {
    const answer = await fetch(`${app.url}/api/x`, { headers: OWN })
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { error: string }).error],
      [401, 'login_required'],
    )
    assert.equal(target.seen.length, 0)
  })

  it('that says 401 is asked once more with a new token, when there is no body', async () => {
    const tokens: (string | undefined)[] = []
    target.answer((req, res) => {
      tokens.push(req.headers.authorization)
      res.statusCode = tokens.length === 1 ? 401 : 200
      res.end('x')
    })
    assert.equal((await ask('/api/x')).status, 200)
    assert.equal(tokens.length, 2)
    assert.notEqual(tokens[0], tokens[1])
  })

  it('that goes on saying 401 is asked no third time; with a body, no second', async () => {
    target.answer((_req, res) => res.writeHead(401).end('no'))
    assert.equal((await ask('/api/x')).status, 401)
    assert.equal(target.seen.length, 2)
    assert.equal((await ask('/api/x', { method: 'POST', body: 'x' })).status, 401)
    assert.equal(target.seen.length, 3)
  })

  it('gets bodies as they stream, and streams back', async () => {
    target.answer((req, res) => void req.pipe(res))
    const body = randomBytes(3_000_000)
    const answer = await ask('/api/x', {
      method: 'PUT',
      body,
      headers: { 'content-type': 'application/x-thing' },
    })
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(body))
    assert.equal(target.seen[0]?.headers['content-type'], 'application/x-thing')
  })

  it('sends events as they come, the head before the first', async () => {
    let send: (text: string) => void = () => assert.fail()
    target.answer((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      send = text => void res.write(text)
    })
    const answer = await ask('/api/events')
    assert.equal(answer.headers.get('content-type'), 'text/event-stream')
    const reader = answer.body?.getReader() ?? assert.fail()
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      send(event)
      assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), event)
    }
    await reader.cancel()
    await until(() => target.aborted === 1)
  })

  it('is let go when the browser goes before it has answered', async () => {
    target.answer(() => {})
    const gone = new AbortController()
    const asked = ask('/api/x', { signal: gone.signal })
    await until(() => target.seen.length === 1)
    gone.abort()
    await assert.rejects(asked)
    await until(() => target.aborted === 1)
  })

  it('streams no longer than the login lives', async () => {
    target.answer((_req, res) => res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders())
    const answer = await ask('/api/events')
    await app.keycloak.endLogins({ sub: 'user-1' })
    await assert.rejects(answer.text())
    await until(() => target.aborted === 1)
    clock.advance(1)
  })

  it('that does not begin to answer in time: 504', async () => {
    target.answer(() => {})
    assert.equal((await ask('/api/x')).status, 504)
    assert.equal(code(), 'upstream_timeout')
  })

  for (const [what, listener] of [
    ['closes', (_req, res) => void res.destroy()],
    ['has headers of 100 KB', (_req, res) => void res.setHeader('X-Huge', 'x'.repeat(100_000)).end()],
    ['speaks no HTTP', (_req, res) => void res.socket?.end('SSH-2.0\r\n')],
  ] as [string, RequestListener][]) {
    it(`that ${what}: 502, and nothing of it is shown`, async () => {
      target.answer(listener)
      const answer = await ask('/api/x')
      assert.equal(answer.status, 502)
      assert.equal(await answer.text(), 'Bad Gateway')
      assert.equal(code(), 'upstream_unavailable')
    })
  }

  it('that redirects below itself is translated, not followed', async () => {
    target.answer((_req, res) => res.writeHead(303, { Location: '/v1/orders/7?x=1' }).end())
    const answer = await ask('/api/orders')
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/api/orders/7?x=1'])
    assert.equal(target.seen.length, 1)
  })

  for (const location of [
    'http://169.254.169.254/latest/meta-data',
    '/admin',
    '//evil.example',
    '/v1/../admin',
    'http://[',
  ]) {
    it(`that redirects to ${location}: 502`, async () => {
      target.answer((_req, res) => res.writeHead(302, { Location: location }).end())
      const answer = await ask('/api/x')
      assert.deepEqual([answer.status, answer.headers.get('location')], [502, null])
    })
  }

  it('keeps HEAD and 304 as they are', async () => {
    target.answer((req, res) =>
      res
        .writeHead(req.method === 'HEAD' ? 200 : 304, {
          ETag: '"1"',
          ...(req.method === 'HEAD' && { 'Content-Length': '5' }),
        })
        .end(),
    )
    const head = await ask('/api/x', { method: 'HEAD' })
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, '5'])
    assert.equal((await ask('/api/x', { headers: { 'if-none-match': '"1"' } })).status, 304)
  })

  it('shares nothing between users, however many ask at once', async () => {
    const bob = new UserAgent()
    app.forger.knobs.idToken = { claims: { sub: 'user-2' } }
    await bob.goto(`${app.url}/private`)
    app.forger.knobs.idToken = {}
    target.answer((req, res) => res.end(req.headers.authorization))
    const bobs = Object.entries(bob.cookies())
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, i) =>
        (await ask('/api/x', { headers: { cookie: i % 2 ? bobs : cookie } })).text(),
      ),
    )
    const [mine, his] = [
      new Set(answers.filter((_, i) => i % 2 === 0)),
      new Set(answers.filter((_, i) => i % 2)),
    ]
    assert.deepEqual([mine.size, his.size], [1, 1])
    assert.notDeepEqual(mine, his)
  })

  it('says so when the body was read before it', async () => {
    const answer = await ask('/api/x', { method: 'POST', body: 'x', headers: { 'x-parser': '1' } })
    assert.deepEqual([answer.status, code()], [500, 'body_read'])
  })

  it('an upload that breaks off ends there, too', async () => {
    target.answer(req => void req.resume())
    const { port } = new URL(app.url)
    const upload = request({
      port,
      host: 'localhost',
      path: '/api/x',
      method: 'POST',
      headers: { cookie, ...OWN, 'content-length': '100' },
    })
    upload.on('error', () => {})
    upload.write('half')
    await until(() => target.seen.length === 1)
    upload.destroy()
    await until(() => target.aborted === 1)
  })
})
