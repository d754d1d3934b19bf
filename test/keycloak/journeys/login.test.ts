import assert from 'node:assert/strict'
import type { TestApp } from '../../support/app/app.js'
import type { UserAgent } from '../../support/browser/user-agent.js'
import { browser, send } from '../support/browser.js'
import {
  cancelForm,
  linkOf,
  loginForm,
  messageOf,
  passwordForm,
  registrationForm,
  screenOf,
  updatePasswordForm,
} from '../support/login-form.js'
import {
  admin,
  isLoggedIn,
  keycloak,
  loggedIn,
  logIn,
  newUser,
  realmApp,
  seriousErrors,
  since,
} from '../support/shared.js'

describe('Login', () => {
  let app: TestApp
  let actions: (string | undefined)[]
  let agent: UserAgent
  beforeEach(async () => {
    actions = []
    agent = browser()
    app = await realmApp({
      queryParams: ['prompt', 'kc_action', 'kc_idp_hint', 'acr_values'],
      afterLogin: ctx => {
        actions.push(ctx.state.keycloak.exchanged?.actionStatus)
      },
      extend: (_, router, kc) => {
        router.get('/gold', kc.requireLogin({ acr: 'gold' }), ctx => {
          ctx.body = ctx.state.keycloak.user.acr
        })
        router.get('/unreachable', kc.requireLogin({ acr: 'platinum' }), ctx => {
          ctx.body = ctx.state.keycloak.user.acr
        })
        router.get('/recent', kc.requireLogin({ maxAge: 3600 }), ctx => {
          ctx.body = ctx.state.keycloak.user.auth_time
        })
        router.get('/claims', kc.requireLogin(), ctx => {
          ctx.body = ctx.state.keycloak.user
        })
      },
    })
  })
  afterEach(async () => {
    assert.deepEqual(seriousErrors(app), [])
    await app.close()
  })

  it('logs in and knows the user', async () => {
    const user = await newUser()
    const page = await logIn(agent, `${app.url}/claims?a=1&b=%20c`, user)
    assert.equal(page.url, `${app.url}/claims?a=1&b=%20c`)
    const claims = page.json()
    assert.equal(claims.preferred_username, user)
    assert.equal(claims.iss, keycloak().realmUrl('demo'))
  })

  it('stays at Keycloak for a wrong password, and goes on with the right one', async () => {
    const user = await newUser()
    const refused = await logIn(agent, `${app.url}/private`, user, 'wrong')
    assert.equal(screenOf(refused), 'login')
    assert.notEqual(messageOf(refused), '')
    const page = await send(agent, refused, loginForm(refused, { username: user, password: user }))
    assert.equal(page.url, `${app.url}/private`)
  })

  it('tells a user who refuses the consent that the login was cancelled', async () => {
    await admin().updateClient('koa-app', { consentRequired: true })
    const consent = await logIn(agent, `${app.url}/private`, await newUser())
    const refused = await agent.submit(consent, {}, { button: 'cancel' })
    assert.equal(refused.status, 403)
    assert.match(refused.body, /cancelled/)
  })

  it('lets a user do what Keycloak requires first', async () => {
    const user = await newUser()
    await admin().updateUser(user, { requiredActions: ['UPDATE_PASSWORD'] })
    const required = await logIn(agent, `${app.url}/private`, user)
    const page = await send(agent, required, updatePasswordForm(required, 'another-password'))
    assert.equal(page.url, `${app.url}/private`)
  })

  it('registers a new user for prompt=create', async function () {
    since(this, 26, 1)
    const page = await agent.goto(`${app.url}/openid/login?prompt=create&returnTo=/private`)
    const username = `new${process.pid}-${Date.now()}`
    const done = await send(agent, page, registrationForm(page, { username, password: 'a-password' }))
    assert.deepEqual(done.json(), { username })
  })

  it('registers a new user by the link on the login page', async () => {
    const page = await agent.goto(`${app.url}/private`)
    const form = await agent.goto(linkOf(page, 'registration') ?? '', { from: page })
    const username = `linked${process.pid}-${Date.now()}`
    const done = await send(agent, form, registrationForm(form, { username, password: 'a-password' }))
    assert.deepEqual(done.json(), { username })
  })

  it('logs in silently for prompt=none, and comes back without a login when there is none', async () => {
    const silent = `${app.url}/openid/login?prompt=none&returnTo=/`
    assert.equal((await agent.goto(silent)).json().loggedIn, false)
    const other = await realmApp({ clientId: 'koa-app-two' })
    try {
      await logIn(agent, `${other.url}/private`, await newUser())
      assert.equal((await agent.goto(silent)).json().loggedIn, true)
    } finally {
      await other.close()
    }
  })

  it('steps up to a stronger login where a page asks for it', async function () {
    since(this, 18)
    const user = await newUser()
    agent = await loggedIn(app, user)
    const asked = await agent.goto(`${app.url}/gold`)
    assert.equal(screenOf(asked), 'password')
    const page = await send(agent, asked, passwordForm(asked, user))
    assert.equal(page.url, `${app.url}/gold`)
    assert.equal(page.body, 'gold')
    assert.equal((await agent.goto(`${app.url}/gold`)).body, 'gold')
  })

  it('refuses, without a loop, what Keycloak does not reach, and keeps the login', async function () {
    since(this, 18)
    agent = await loggedIn(app, await newUser())
    const page = await agent.goto(`${app.url}/unreachable`)
    assert.equal(page.status, 403)
    assert.equal(await isLoggedIn(agent, app), true)
  })

  it('accepts a recent login where a page asks for one', async () => {
    agent = await loggedIn(app, await newUser())
    assert.match((await agent.goto(`${app.url}/recent`)).body, /^\d+$/)
  })

  it('goes straight to the identity provider that kc_idp_hint names', async () => {
    await admin().call('POST', '/identity-provider/instances', {
      alias: 'elsewhere',
      providerId: 'oidc',
      enabled: true,
      config: {
        clientId: 'broker',
        clientSecret: 'secret',
        authorizationUrl: `${keycloak().realmUrl('master')}/protocol/openid-connect/auth`,
        tokenUrl: `${keycloak().realmUrl('master')}/protocol/openid-connect/token`,
      },
    })
    try {
      const page = await agent.goto(`${app.url}/openid/login?kc_idp_hint=elsewhere`)
      assert.match(page.url, /\/realms\/master\//)
    } finally {
      await admin().call('DELETE', '/identity-provider/instances/elsewhere')
    }
  })

  it('tells how an action that the application asked for ended', async () => {
    const user = await newUser()
    agent = await loggedIn(app, user)
    const action = `${app.url}/openid/login?kc_action=UPDATE_PASSWORD&returnTo=/private`
    const cancelled = await agent.goto(action)
    await send(agent, cancelled, cancelForm(cancelled))
    const asked = await agent.goto(action)
    const page = await send(agent, asked, updatePasswordForm(asked, 'another-password'))
    assert.equal(page.url, `${app.url}/private`)
    assert.deepEqual(actions, [undefined, 'cancelled', 'success'])
  })

  it('logs in as a public client, by PKCE alone', async () => {
    const open = await realmApp({ clientId: 'koa-public' })
    try {
      const user = await newUser()
      const page = await logIn(agent, `${open.url}/private`, user)
      assert.deepEqual(page.json(), { username: user })
    } finally {
      await open.close()
    }
  })
})
