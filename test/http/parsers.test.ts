import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import type { Middleware } from 'koa'
import { type ForgedApp, startForgedApp } from '../support/app/forged-app.js'
import { who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'

const require = createRequire(import.meta.url)
type Parser = (options?: object) => Middleware
const koaBodyparser: Parser = require('koa-bodyparser')
const { bodyParser }: { bodyParser: Parser } = require('@koa/bodyparser')
const { koaBody }: { koaBody: Parser } = require('koa-body')

const FORM = 'application/x-www-form-urlencoded'

/** Reads every body itself, as what checks signatures of webhooks does, and leaves it in one place. */
function reader(leave: (ctx: Parameters<Middleware>[0], body: Buffer) => void): Middleware {
  return async function read(ctx, next) {
    leave(ctx, Buffer.concat(await ctx.req.toArray()))
    await next()
  }
}

const parsers: [name: string, ...pieces: Middleware[]][] = [
  ['no parser'],
  ['koa-bodyparser', koaBodyparser()],
  ['koa-bodyparser for JSON alone', koaBodyparser({ enableTypes: ['json'] })],
  ['koa-bodyparser for text', koaBodyparser({ enableTypes: ['text'], extendTypes: { text: [FORM] } })],
  ['@koa/bodyparser', bodyParser()],
  ['@koa/bodyparser for JSON alone', bodyParser({ enableTypes: ['json'] })],
  ['@koa/bodyparser for text', bodyParser({ enableTypes: ['text'], extendTypes: { text: [FORM] } })],
  ['koa-body', koaBody()],
  ['koa-body for files too', koaBody({ multipart: true })],
  ['koa-body for JSON alone', koaBody({ urlencoded: false, text: false })],
  ['koa-body that patches the node request', koaBody({ patchNode: true, patchKoa: false })],
  ['a reader that leaves bytes', reader((ctx, body) => Object.assign(ctx.request, { body }))],
  ['a reader that leaves text', reader((ctx, body) => Object.assign(ctx.request, { rawBody: `${body}` }))],
  ['a reader that leaves it with node', reader(({ req }, body) => Object.assign(req, { rawBody: body }))],
  ['JSON alone, then all', koaBodyparser({ enableTypes: ['json'] }), koaBody()],
  ['all, then JSON alone', bodyParser(), koaBody({ urlencoded: false })],
  ['two for JSON alone', bodyParser({ enableTypes: ['json'] }), koaBody({ urlencoded: false, text: false })],
]

describe('A form', () => {
  for (const [name, ...pieces] of parsers) {
    for (const [place, at] of [
      ['before the session', 0],
      ['behind the session', 1],
    ] as const) {
      describe(`with ${name} ${place}`, () => {
        let app: ForgedApp
        let browser: UserAgent
        before(async () => {
          app = await startForgedApp({
            authorizationParams: { response_mode: 'form_post' },
            extend: koa => koa.middleware.splice(at, 0, ...pieces),
          })
          browser = new UserAgent()
        })
        after(() => app.close())

        const post = async (path: string, form: Record<string, string>) => {
          const body = new URLSearchParams(form)
          return fetch(app.url + path, { method: 'POST', body, redirect: 'manual' })
        }

        it('is read by callback, logout and logout request', async () => {
          await browser.goto(`${app.url}/private`) // comes back by form_post
          assert.equal((await who(browser, app)).loggedIn, true)
          const left = await post('/openid/logout', { redirectUri: '/bye', state: 'of the form' })
          const { logout } = (await left.json()) as { logout: string }
          const asked = new URL(logout).searchParams
          assert.equal(asked.get('post_logout_redirect_uri'), `${app.url}/bye`)
          assert.equal(asked.get('state'), 'of the form')
          const token = await app.forger.signLogoutToken()
          const { status } = await post('/openid/logout_request', { logout_token: token })
          assert.equal(status, 200)
          assert.equal((await who(browser, app)).loggedIn, false)
        })
      })
    }
  }

  it('that another middleware has read and thrown away is told as such', async () => {
    const app = await startForgedApp({ extend: koa => koa.middleware.unshift(reader(() => {})) })
    try {
      const body = new URLSearchParams({ logout_token: await app.forger.signLogoutToken() })
      const answer = await fetch(`${app.url}/openid/logout_request`, { method: 'POST', body })
      assert.equal(answer.status, 400)
      assert.match(await answer.text(), /Another middleware read the form/)
    } finally {
      await app.close()
    }
  })
})
