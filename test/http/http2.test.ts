import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type ForgedApp, startForgedApp } from '../support/app/forged-app.js'
import { who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'

const FORM = 'application/x-www-form-urlencoded'

describe('Over HTTP/2, where a form need not say how long it is', () => {
  let app: ForgedApp
  let server: Http2Server
  let client: ClientHttp2Session
  before(async () => {
    app = await startForgedApp()
    const { app: koa } = app
    server = createServer(koa.callback() as unknown as Parameters<typeof createServer>[1])
    server.listen(0, 'localhost')
    await once(server, 'listening')
    client = connect(`http://localhost:${(server.address() as AddressInfo).port}`)
  })
  after(async () => {
    client.destroy()
    server.close()
    await app.close()
  })

  async function post(path: string, parts: string[], headers: Record<string, string> = {}) {
    const stream = client.request({ ':method': 'POST', ':path': path, ...headers })
    for (const part of parts) stream.write(part)
    stream.end()
    const [answer] = await once(stream, 'response')
    const body = (await stream.setEncoding('utf8').toArray()).join('')
    return { ...answer, body }
  }

  it('a logout request is read', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    const token = await app.forger.signLogoutToken()
    const parts = ['logout_token=', token.slice(0, 50), token.slice(50)]
    const answer = await post('/openid/logout_request', parts, { 'content-type': FORM })
    assert.equal(answer[':status'], 200)
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('the form of a logout is read, and without a body the address is', async () => {
    const form = await post('/openid/logout', ['redirectUri=%2Fbye'], { 'content-type': FORM })
    assert.match(form.body, /post_logout_redirect_uri=[^&]*%2Fbye/)
    const address = await post('/openid/logout?redirectUri=%2Fbye', [])
    assert.match(address.body, /post_logout_redirect_uri=[^&]*%2Fbye/)
  })

  it('a body that is no form, or too large, is refused, and the connection stays', async () => {
    assert.equal(
      (await post('/openid/logout_request', ['{}'], { 'content-type': 'text/json' }))[':status'],
      415,
    )
    const large = Array.from({ length: 20 }, () => 'x'.repeat(4000))
    assert.equal((await post('/openid/logout_request', large, { 'content-type': FORM }))[':status'], 413)
    assert.equal((await post('/openid/logout_request', [], { 'content-type': FORM }))[':status'], 400)
  })
})
