import assert from 'node:assert/strict'
import Koa, { type Context } from 'koa'
import { type Served, serve } from '../app/serve.js'
import { UserAgent } from './user-agent.js'

type Headers = Record<string, string | undefined>

describe('the user agent', () => {
  let app: Served
  let other: Served

  const answer: Record<string, (ctx: Context) => void> = {
    '/echo': ctx => {
      ctx.body = { method: ctx.method, headers: ctx.headers, query: ctx.query }
    },
    '/hop': ctx => ctx.redirect(String(ctx.query.to)),
    '/repeat': ctx => {
      ctx.redirect('/echo')
      ctx.status = 307
    },
    '/loop': ctx => ctx.redirect('/loop'),
    '/set': ctx => ctx.set('Set-Cookie', [ctx.query.cookie ?? []].flat()),
    '/form': ctx => {
      ctx.body = `<form id=a action="/echo?x=1&amp;y=2" method=post><input name="csrf" type='hidden' value="&quot;1">
        <input name=name><button name=go value=yes>Go</button></form><form id=b action=/echo><input name=q></form>
        <a href="../echo">link</a><title>Not text</title>Some&nbsp;&lt;text&#62;`
    },
    '/auto': ctx => {
      ctx.body = `<form method=post action="${ctx.query.to}"><input name=code value=1></form>
        <script>document.forms[0].submit()</script>`
    },
  }

  const koa = () => new Koa().use(ctx => answer[ctx.path]?.(ctx))

  before(async () => {
    app = await serve(koa())
    other = await serve(koa())
  })

  after(() => Promise.all([app.close(), other.close()]))

  const set = (agent: UserAgent, ...cookies: string[]) =>
    agent.goto(
      `${app.url}/set?${new URLSearchParams(cookies.map((cookie): [string, string] => ['cookie', cookie]))}`,
    )

  const echoed = async (agent: UserAgent, options = {}, url = `${app.url}/echo`) =>
    (await agent.goto(url, options)).json<{ headers: Headers }>().headers

  it('keeps cookies for the host, whatever the port, and forgets them when told', async () => {
    const agent = new UserAgent()
    await set(agent, 'a=1; Path=/', 'b=2; Path=/; Max-Age=100', 'c=3; Path=/echo', 'd=4; Path=/elsewhere')
    assert.equal((await echoed(agent)).cookie, 'c=3; a=1; b=2')
    assert.equal((await echoed(agent, {}, `${other.url}/echo`)).cookie, 'c=3; a=1; b=2')
    await set(agent, 'a=; Path=/; Max-Age=0', 'b=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT')
    assert.deepEqual(agent.cookies(), { c: '3', d: '4' })
  })

  it('takes no Secure cookie, no __Host- prefix and no stranger’s domain over http', async () => {
    const agent = new UserAgent()
    await set(
      agent,
      'a=1; Secure',
      '__Host-b=1; Path=/',
      'c=1; Domain=example.com',
      'd=1; SameSite=None',
      'e=1',
    )
    assert.deepEqual(agent.cookies(), { e: '1' })
  })

  it('keeps SameSite: another site’s link carries Lax cookies, its form and its scripts none', async () => {
    const agent = new UserAgent()
    await set(agent, 'lax=1; Path=/; SameSite=Lax', 'strict=1; Path=/; SameSite=Strict', 'plain=1; Path=/')
    const crossSite = { site: 'cross-site' }
    assert.equal((await echoed(agent)).cookie, 'lax=1; strict=1; plain=1')
    assert.equal((await echoed(agent, crossSite)).cookie, 'lax=1; plain=1')
    assert.equal((await echoed(agent, { ...crossSite, method: 'POST', body: {} })).cookie, undefined)
    const script = await agent.fetch(`${app.url}/echo`, { site: 'cross-site' })
    assert.equal(script.json<{ headers: Headers }>().headers.cookie, undefined)
  })

  it('says what kind of request it is, and from where', async () => {
    const agent = new UserAgent()
    const typed = await echoed(agent)
    assert.match(typed.accept ?? '', /^text\/html/)
    assert.deepEqual(
      [typed['sec-fetch-mode'], typed['sec-fetch-dest'], typed['sec-fetch-site'], typed.referer],
      ['navigate', 'document', 'none', undefined],
    )
    const script = (await agent.fetch(`${app.url}/echo`)).json<{ headers: Headers }>().headers
    assert.deepEqual(
      [script.accept, script['sec-fetch-mode'], script['sec-fetch-site'], script.origin],
      ['*/*', 'cors', 'same-origin', undefined],
    )
    const page = await agent.goto(`${other.url}/form`)
    const link = await echoed(agent, { from: page })
    assert.deepEqual(
      [link['sec-fetch-site'], link.referer, link.origin],
      ['same-site', `${other.url}/`, undefined],
    )
    const form = await echoed(agent, { site: 'cross-site', method: 'POST', body: { a: '1' } })
    assert.deepEqual([form['sec-fetch-site'], form.origin], ['cross-site', 'https://elsewhere.example'])
    const script2 = (await agent.fetch(`${app.url}/echo`, { from: page })).json<{ headers: Headers }>()
      .headers
    assert.deepEqual([script2['sec-fetch-site'], script2.origin], ['same-site', other.url])
  })

  it('follows redirects by hand, writes every hop down, and gives up on a loop', async () => {
    const agent = new UserAgent()
    const to = `${other.url}/hop?to=${encodeURIComponent(`${app.url}/echo`)}`
    const page = await agent.goto(`${app.url}/hop?to=${encodeURIComponent(to)}`, { from: app.url })
    assert.deepEqual(
      page.hops.map(({ status, url }) => [status, new URL(url).port]),
      [
        [302, `${app.port}`],
        [302, `${other.port}`],
        [200, `${app.port}`],
      ],
    )
    assert.equal(page.json<{ headers: Headers }>().headers['sec-fetch-site'], 'same-site')
    assert.equal((await agent.goto(`${app.url}/loop`, { redirects: 0 })).status, 302)
    await assert.rejects(agent.goto(`${app.url}/loop`), /More than 20 redirects/)
    assert.equal((await agent.goto(`${app.url}/repeat`, { method: 'POST', body: 'x' })).json().method, 'POST')
  })

  it('reads pages, and fills forms in', async () => {
    const agent = new UserAgent()
    const page = await agent.goto(`${app.url}/form`)
    assert.equal(page.text, 'Go link Some <text>')
    assert.deepEqual(page.links, [`${app.url}/echo`])
    assert.deepEqual(page.form('a').fields, { csrf: '"1', name: '' })
    const posted = await agent.submit(page, { name: 'é' }, { form: 'a', button: 'go' })
    assert.deepEqual(posted.json().query, { x: '1', y: '2' })
    assert.equal(posted.hops[0]?.method, 'POST')
    const found = await agent.submit(page, { q: '1 2' }, { form: 'b' })
    assert.equal(found.url, `${app.url}/echo?q=1+2`)
    assert.throws(() => page.form('c'), /No form #c/)
  })

  it('submits a form that submits itself', async () => {
    const page = await new UserAgent().goto(`${app.url}/auto?to=${other.url}/echo`)
    assert.equal(page.url, `${other.url}/echo`)
    assert.equal(page.json<{ method: string }>().method, 'POST')
    assert.equal(page.hops.length, 2)
  })

  it('can be copied, cookies and all', async () => {
    const agent = new UserAgent()
    await set(agent, 'a=1; Path=/')
    const copy = agent.clone()
    await set(agent, 'a=2; Path=/')
    assert.deepEqual([copy.cookies(), agent.cookies()], [{ a: '1' }, { a: '2' }])
  })
})
