import assert from 'node:assert/strict'
import { fromCookieText } from '../../src/util/cookie-text.js'
import { type ForgedApp, startForgedApp } from '../support/app/forged-app.js'
import { sendRaw } from '../support/app/raw.js'

const REST = 'HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n'

describe('Request targets', () => {
  let app: ForgedApp
  afterEach(() => app.close())

  const get = (target: string) => sendRaw(Number(new URL(app.url).port), `GET ${target} ${REST}`)
  const returnTo = async (answer: string) => {
    const [, login = ''] = /\r\nlocation: (\S+)/i.exec(answer) ?? []
    return new URL(login).searchParams.get('redirect_uri')
  }

  it('that name another scheme are a 400 at every route, and at a guard', async () => {
    app = await startForgedApp()
    for (const scheme of ['ftp', 'ws', 'javascript', 'x']) {
      for (const path of ['/openid/login', '/openid/auth?code=x&state=y', '/openid/logout', '/private']) {
        const answer = await get(`${scheme}://evil${path}`)
        // Koa finds no path in some of them.
        assert.match(answer, /^HTTP\/1\.1 40[04] /, `${scheme} ${path}: ${answer}`)
      }
    }
    assert.deepEqual(
      app.errors.filter(error => !('code' in error)),
      [],
    )
  })

  it('that name http and a host are read as their path', async () => {
    app = await startForgedApp()
    assert.equal(await returnTo(await get('http://evil/openid/login')), 'http://localhost/openid/auth')
    assert.equal(await returnTo(await get('HTTPS://evil/openid/login')), 'http://localhost/openid/auth')
  })

  for (const baseUrl of ['/app', 'http://localhost/app', 'http://localhost/app/']) {
    it(`come back to the page that was asked for, with the baseUrl ${baseUrl}`, async () => {
      app = await startForgedApp({
        baseUrl,
        extend: (_, router, keycloak) => {
          router.get(['/app', '/app/private'], keycloak.requireLogin(), ctx => {
            ctx.body = 'in'
          })
        },
      })
      for (const [target, page] of [
        ['/private?a=1', '/app/private?a=1'],
        ['/app/private', '/app/private'],
        ['/app?a=/', '/app?a=/'],
        ['http://evil/private', '/app/private'],
      ] as const) {
        const answer = await get(target)
        const [, cookie = ''] = /\r\nset-cookie: [^=;]*\.login\.[^=]*=([^;]*)/i.exec(answer) ?? []
        const texts = fromCookieText(cookie.slice(0, cookie.lastIndexOf('.'))) ?? []
        assert.ok(texts.includes(page), `${target}: ${texts} ${answer}`)
      }
    })
  }
})
