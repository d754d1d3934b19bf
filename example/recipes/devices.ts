/**
 * "Where you are logged in": a page with all logins of a user, from which each can be ended, or all others at once.
 * Nobody is logged in at more than three places: the oldest login ends.
 */
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { type Context, createKeycloak } from '../../src/index.js'
import { html } from '../support/html.js'
import { recipe } from '../support/recipe.js'

export function createApp(configuration: string): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  app.use(session(app))

  const keycloak = createKeycloak({
    configuration,
    clientId: 'koa-app',
    clientSecret: 's3cret',
    // No more than the page shows: it is kept as long as the login.
    describeLogin: ctx => ({ browser: ctx.get('user-agent').slice(0, 200), ip: ctx.ip }),
    limitLogins: { max: 3, excess: 'oldest' },
  })
  app.use(keycloak.routes())

  const router = new Router()
  // A user lists and ends logins of their own: the subject is always the one of the request's login.
  const subject = (ctx: Context): string => ctx.state.keycloak.user.sub
  const guard = keycloak.requireLogin()
  router.get('/', guard, async ctx => {
    const logins = await keycloak.logins({ sub: subject(ctx), ctx })
    ctx.type = 'html'
    ctx.body = String(html`<!doctype html>
<title>Where you are logged in</title>
<ul>
${logins.map(
  ({ id, device, startedAt, current }) => html`<li>${String(device?.browser)} at ${String(device?.ip)},
since ${new Date(startedAt * 1000).toISOString()}
${current ? html`<b>here</b>` : html`<form method="post" action="/end"><button name="id" value="${id}">log out</button></form>`}
</li>`,
)}
</ul>
<form method="post" action="/end-others"><button>log out everywhere else</button></form>`)
  })

  // SameSite=Lax keeps the session cookie out of other sites' forms; sameOrigin() those of other sites of this domain.
  router.post('/end', keycloak.sameOrigin(), guard, async ctx => {
    const id = await formField(ctx, 'id')
    const own = await keycloak.logins({ sub: subject(ctx) })
    if (own.some(login => login.id === id)) await keycloak.endLogins({ id })
    ctx.redirect('/')
  })
  router.post('/end-others', keycloak.sameOrigin(), guard, async ctx => {
    await keycloak.endLogins({ sub: subject(ctx), except: ctx })
    ctx.redirect('/')
  })
  app.use(router.routes())
  return app
}

/** A field of a small form; an application has a body parser for this. */
async function formField(ctx: Context, name: string): Promise<string> {
  let body = ''
  for await (const part of ctx.req) {
    body += part
    if (body.length > 1000) ctx.throw(413)
  }
  return new URLSearchParams(body).get(name) ?? ''
}

await recipe(import.meta.url, createApp)
