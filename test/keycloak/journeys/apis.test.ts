import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Koa from 'koa'
import { createKeycloak, decodeToken } from '../../../src/index.js'
import { installPeers } from '../../bench/peers.js'
import type { TestApp } from '../../support/app/app.js'
import { type Served, serve } from '../../support/app/serve.js'
import { lastCode } from '../../support/app/who.js'
import type { Page } from '../../support/browser/page.js'
import type { UserAgent } from '../../support/browser/user-agent.js'
import { API, addAudience, createGuardedApi, createService, makeReader } from '../support/authorization.js'
import { browser, send } from '../support/browser.js'
import { loginForm, passwordForm, screenOf } from '../support/login-form.js'
import {
  admin,
  isLoggedIn,
  keycloak,
  loggedIn,
  newRealm,
  newUser,
  realmApp,
  since,
} from '../support/shared.js'

const REALM = 'apis'

describe('APIs and permissions', () => {
  let realm: { url: string; remove(): Promise<void> }
  let app: TestApp
  let api: Served
  let resource: string

  const configuration = () => `${realm.url}/.well-known/openid-configuration`
  const user = (properties = {}) => newUser({ realmRoles: ['offline_access'], ...properties }, REALM)
  const boss = () => user({ realmRoles: ['offline_access', 'admin'] })

  before(async function () {
    since(this, 26, 2)
    realm = await newRealm(REALM)
    await createGuardedApi(admin(REALM))
    await createService(admin(REALM), 'billing')
    await addAudience(admin(REALM), 'koa-app', { client: API.clientId })
    api = await serve(url => {
      resource = `${url}/mcp`
      return guardedApi()
    })
    await addAudience(admin(REALM), 'koa-public', { address: resource })
    await addAudience(admin(REALM), 'koa-app', { address: resource })
    app = await realmApp({
      realm: REALM,
      clientChanges: { attributes: { 'standard.token.exchange.enabled': 'true' } },
      extend: (_app, router, kc) => {
        const shop = { audience: API.clientId, cacheFor: 0 }
        const done = (ctx: Koa.Context) => {
          ctx.body = 'passed'
        }
        router.get('/view', kc.requirePermission('orders#view', shop), done)
        router.get('/two', kc.requirePermission(['orders#view', 'secrets#view'], shop), done)
        router.get('/scopes', kc.requirePermission('orders#view,edit', shop), done)
        router.get('/unknown', kc.requirePermission(['orders#view', 'nope'], shop), done)
        router.get(
          '/uri{/*rest}',
          kc.requirePermission(ctx => ({ uri: ctx.path.slice(4), scopes: ['view'] }), shop),
          done,
        )
        router.get(
          '/approve/:amount',
          kc.requirePermission('orders#approve', {
            ...shop,
            claims: ctx => ({ amount: Number(ctx.params.amount) }),
          }),
          done,
        )
        router.get('/permissions', async ctx => {
          ctx.body = await kc.permissions(ctx, shop)
        })
        router.get('/token', kc.requireLogin(), async ctx => {
          ctx.body = await kc.accessToken(ctx)
        })
        router.get('/billing', kc.requireLogin(), async ctx => {
          ctx.body = await kc.accessToken(ctx, { audience: 'billing' })
        })
        router.get('/call', kc.requireLogin(), async ctx => {
          const headers = { authorization: `Bearer ${await kc.accessToken(ctx)}` }
          const response = await fetch(`${api.url}/strong`, { headers })
          if (!(await kc.stepUp(ctx, response))) ctx.body = await response.text()
        })
        router.get('/acme', kc.requireOrganization('acme'), ctx => {
          ctx.body = ctx.state.keycloak.token.organizations
        })
        router.get('/beta', kc.requireOrganization('beta'), ctx => {
          ctx.body = ctx.state.keycloak.token.organizations
        })
        router.get('/any', kc.requireOrganization(), ctx => {
          ctx.body = ctx.state.keycloak.token.organizations
        })
      },
    })
  })
  after(async () => {
    await app?.close()
    await api?.close()
    await realm?.remove()
  })
  beforeEach(() => {
    app.errors.length = 0
  })

  /** An API that knows every way to take a token. */
  function guardedApi(): Koa {
    const { bearer, requirePermission, accessToken, resourceMetadata } = createKeycloak({
      configuration: configuration(),
      ...API,
      resource,
    })
    const audience = API.clientId
    const ways: Record<string, ReturnType<typeof bearer>[]> = {
      '/mcp': [bearer({ scopes: ['profile'] })],
      '/strong': [bearer({ audience, acr: 'gold' })],
      '/two': [bearer({ audience }), requirePermission(['orders#view', 'secrets#view'])],
      '/view': [bearer({ audience }), requirePermission('orders#view')],
      '/asks': [bearer({ audience, introspect: true })],
      '/exchange': [
        bearer({ audience }),
        async ctx => {
          ctx.body = await accessToken(ctx, { audience: 'billing' })
        },
      ],
    }
    const app = new Koa()
    app.use(resourceMetadata({ name: 'Shop' })).use(async ctx => {
      const pieces = [...(ways[ctx.path] ?? [])]
      const next = async (): Promise<void> => {
        const piece = pieces.shift()
        if (piece) await piece(ctx, next)
        else ctx.body = ctx.state.keycloak.bearer
      }
      await next()
    })
    return app
  }

  const callApi = (path: string, token?: string) =>
    fetch(api.url + path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
  const tokenOf = async (agent: UserAgent) => (await agent.goto(`${app.url}/token`)).body
  const statuses = (agent: UserAgent, ...paths: string[]) =>
    Promise.all(paths.map(async path => (await agent.goto(app.url + path)).status))

  it('lets pass who has all of several permissions, by name, scope and address, and nobody who has a part', async () => {
    const [worker, chief] = [await loggedIn(app, await user()), await loggedIn(app, await boss())]
    const paths = [
      '/view',
      '/two',
      '/scopes',
      '/uri/orders/7',
      '/uri/orders/7?a=b',
      '/uri/secrets/7',
      '/uri/nowhere',
    ]
    assert.deepEqual(await statuses(worker, ...paths), [200, 403, 403, 200, 200, 403, 403])
    assert.deepEqual(await statuses(chief, ...paths), [200, 200, 200, 200, 200, 200, 403])
    assert.deepEqual(await statuses(chief, '/unknown'), [403])
    assert.deepEqual(
      (await worker.goto(`${app.url}/permissions`))
        .json<{ resource: string; scopes: string[] }[]>()
        .map(({ resource, scopes }) => [resource, scopes]),
      [['orders', ['view']]],
    )
  })

  it('has policies look at facts of the request', async () => {
    assert.deepEqual(
      await statuses(await loggedIn(app, await user()), '/approve/5', '/approve/50'),
      [200, 403],
    )
  })

  it('asks for the permissions of a token’s owner, where keycloak-connect lets a part pass', async function () {
    this.timeout(240_000)
    installPeers()
    const script = join(import.meta.dirname, '../../bench/servers/keycloak-connect-enforcer.js')
    const peer = fork(script, [keycloak().url, REALM, API.clientId, API.clientSecret], {
      silent: true,
      execArgv: [],
    })
    try {
      const [address] = await once(createInterface({ input: peer.stdout as NodeJS.ReadableStream }), 'line')
      const token = await tokenOf(await loggedIn(app, await user()))
      const askPeer = async (path: string) =>
        (await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${token}` } })).status
      assert.equal(await askPeer('/secrets'), 403)
      assert.equal(await askPeer('/two'), 200) // one of two is granted
      assert.equal((await callApi('/two', token)).status, 403)
      assert.equal((await callApi('/view', token)).status, 200)
      assert.equal((await callApi('/two', await tokenOf(await loggedIn(app, await boss())))).status, 200)
    } finally {
      peer.kill()
    }
  })

  it('knows nobody’s permissions when the session has ended at Keycloak', async () => {
    const name = await user()
    const agent = await loggedIn(app, name)
    const token = await tokenOf(agent)
    await admin(REALM).call('POST', '/logout-all')
    const answer = await callApi('/view', token)
    assert.deepEqual(
      [answer.status, /error="invalid_token"/.test(answer.headers.get('www-authenticate') ?? '')],
      [401, true],
    )
    assert.equal((await agent.fetch(`${app.url}/view`)).status, 401)
    assert.equal(await isLoggedIn(agent, app), false)
  })

  it('exchanges a user’s token for one of another service, and ends with the session', async () => {
    const [name, stranger] = [await user(), await user()]
    await makeReader(admin(REALM), name, 'billing')
    const agent = await loggedIn(app, name)
    const token = (await agent.goto(`${app.url}/billing`)).body
    const claims = decodeToken(token)
    assert.deepEqual([claims?.aud, claims?.azp, claims?.preferred_username], ['billing', 'koa-app', name])
    assert.equal((await agent.goto(`${app.url}/billing`)).body, token)
    const refused = await (await loggedIn(app, stranger)).goto(`${app.url}/billing`)
    assert.equal(refused.status, 403)
    await admin(REALM).logoutUser(name)
    assert.equal((await agent.fetch(`${app.url}/billing`)).status, 401)
  })

  it('exchanges at an API the token that it was sent', async () => {
    const name = await user()
    await makeReader(admin(REALM), name, 'billing')
    const sent = await tokenOf(await loggedIn(app, name))
    const claims = decodeToken(await (await callApi('/exchange', sent)).text())
    assert.deepEqual(
      [claims?.aud, claims?.azp, claims?.sid],
      ['billing', API.clientId, decodeToken(sent)?.sid],
    )
  })

  it('steps up where an API asks for it, and comes back to the page', async () => {
    const name = await user()
    const agent = await loggedIn(app, name)
    const challenge = (await callApi('/strong', await tokenOf(agent))).headers.get('www-authenticate')
    assert.match(challenge ?? '', /error="insufficient_user_authentication", acr_values="gold"/)
    const asked = await agent.goto(`${app.url}/call`)
    assert.equal(screenOf(asked), 'password')
    const page = await send(agent, asked, passwordForm(asked, name))
    assert.deepEqual([page.url, page.json().acr], [`${app.url}/call`, 'gold'])
  })

  it('is found and logged in to by a client that knows nothing but its address', async () => {
    const name = await user()
    const challenge = (await callApi('/mcp')).headers.get('www-authenticate') ?? ''
    const [, address = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? []
    const metadata = (await (await fetch(address)).json()) as Record<string, string[]>
    assert.equal(metadata.resource, resource)
    const { origin, pathname } = new URL(metadata.authorization_servers?.[0] ?? '')
    const server = (await (
      await fetch(`${origin}/.well-known/oauth-authorization-server${pathname}`)
    ).json()) as Record<string, string>
    const token = await authorize(server, name, metadata.scopes_supported ?? [])
    const answer = await callApi('/mcp', token)
    const { aud } = (await answer.json()) as { aud: string[] }
    assert.deepEqual([answer.status, aud.includes(resource)], [200, true])
  })

  /** Code flow with PKCE, as a public client does it; gives the access token. */
  async function authorize(server: Record<string, string>, name: string, scopes: string[]): Promise<string> {
    const redirect_uri = `${app.url}/public`
    await admin(REALM).updateClient('koa-public', { redirectUris: [redirect_uri] })
    const verifier = randomBytes(32).toString('base64url')
    const url = new URL(server.authorization_endpoint ?? '')
    url.search = new URLSearchParams({
      client_id: 'koa-public',
      response_type: 'code',
      redirect_uri,
      scope: ['openid', ...scopes].join(' '),
      resource,
      state: 'x',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString()
    const agent = browser()
    const page = await agent.goto(url.href)
    const back = await send(agent, page, loginForm(page, { username: name, password: name }))
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'koa-public',
      redirect_uri,
      resource,
      code: new URL(back.url).searchParams.get('code') ?? '',
      code_verifier: verifier,
    })
    const answer = await fetch(server.token_endpoint ?? '', { method: 'POST', body })
    return ((await answer.json()) as { access_token: string }).access_token
  }

  it('asks Keycloak about lightweight tokens, which say nothing themselves', async () => {
    await admin(REALM).updateClient('koa-app', {
      attributes: { 'client.use.lightweight.access.token.enabled': 'true' },
    })
    try {
      const name = await user()
      const token = await tokenOf(await loggedIn(app, name))
      assert.equal(decodeToken(token)?.sub, undefined)
      assert.equal((await callApi('/view', token)).status, 401)
      const answer = await callApi('/asks', token)
      assert.equal(((await answer.json()) as { preferred_username: string }).preferred_username, name)
    } finally {
      await admin(REALM).updateClient('koa-app', {
        attributes: { 'client.use.lightweight.access.token.enabled': 'false' },
      })
    }
  })

  it('lets members of an organization in, one at a time or in any, and nobody else', async () => {
    const [member, other] = [await user(), await user()]
    await organize(member, 'acme', 'beta')
    const agent = browser()
    assert.deepEqual((await enter(agent, '/acme', member)).json(), ['acme'])
    assert.deepEqual((await agent.goto(`${app.url}/beta`)).json(), ['beta'])
    assert.equal((await agent.fetch(`${app.url}/acme`)).status, 403)
    const anywhere = await enter(browser(), '/any', member)
    assert.deepEqual(anywhere.json<string[]>().sort(), ['acme', 'beta'])
    app.errors.length = 0
    const refused = await enter(browser(), '/acme', other)
    assert.deepEqual([refused.status, lastCode(app)], [403, 'organization_missing'])
  })

  /** Keycloak asks for the name first, and for the password on a page of its own, when there are organizations. */
  async function enter(agent: UserAgent, path: string, name: string): Promise<Page> {
    const page = await agent.submit(await agent.goto(app.url + path), { username: name })
    return agent.submit(page, { password: name })
  }

  /** In the browser flow that Keycloak brings: one without its step for organizations refuses to change between them. */
  async function organize(username: string, ...aliases: string[]): Promise<void> {
    await admin(REALM).updateRealm({ organizationsEnabled: true, browserFlow: 'browser' })
    const { id } = await admin(REALM).findUser(username)
    for (const alias of aliases) {
      await admin(REALM).call('POST', '/organizations', {
        name: alias,
        alias,
        domains: [{ name: `${alias}.example.com` }],
      })
      const found = (await admin(REALM).call('GET', '/organizations')) as { id: string; alias: string }[]
      const organization = found.find(candidate => candidate.alias === alias)
      await admin(REALM).call('POST', `/organizations/${organization?.id}/members`, id)
    }
  }
})
