import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { TestApp } from '../../support/app/app.js'
import { fakeClock, movingClock } from '../../support/clock.js'
import { send } from '../support/browser.js'
import { logoutForm, screenOf } from '../support/login-form.js'
import {
  admin,
  isLoggedIn,
  loggedIn,
  logOut,
  newUser,
  realmApp,
  seriousErrors,
  since,
} from '../support/shared.js'

describe('Logout', () => {
  let app: TestApp
  let second: TestApp
  let requests: { sid?: string; sub?: string; ended: number }[]
  const afterLogoutRequest = (
    _: unknown,
    { sid, sub, ended }: { sid?: string; sub?: string; ended: number },
  ) => {
    requests.push({ ...(sid && { sid }), ...(sub && { sub }), ended })
  }
  beforeEach(async () => {
    requests = []
    app = await realmApp({ afterLogoutRequest })
    second = await realmApp({ clientId: 'koa-app-two', session: { key: 'second' } })
  })
  afterEach(async () => {
    assert.deepEqual(seriousErrors(app, second), [])
    await app.close()
    await second.close()
  })

  it('knows the user of one application in the other, and logs out of both', async function () {
    since(this, 12)
    const agent = await loggedIn(app, await newUser())
    assert.equal((await agent.goto(`${second.url}/private`)).status, 200)
    const page = await logOut(agent, app, 'redirectUri=/bye&state=abc')
    assert.equal(page.url, `${app.url}/bye?state=abc`)
    assert.equal(await isLoggedIn(agent, app), false)
    assert.equal(await isLoggedIn(agent, second), false)
  })

  it('comes back without a state when none was given', async () => {
    const agent = await loggedIn(app, await newUser())
    const page = await logOut(agent, app)
    assert.equal(page.url, `${app.url}/bye`)
    assert.equal(screenOf(await agent.goto(`${app.url}/private`)), 'login')
  })

  it('logs out with an ID token that has expired long ago', async () => {
    const lifespan = (await admin().realm()).accessTokenLifespan
    await admin().updateRealm({ accessTokenLifespan: 1 })
    try {
      const agent = await loggedIn(app, await newUser())
      await until(Date.now() + 2000)
      const page = await logOut(agent, app)
      assert.equal(page.url, `${app.url}/bye`)
    } finally {
      await admin().updateRealm({ accessTokenLifespan: lifespan })
    }
  })

  it('ends the local login even when Keycloak does not know the address to come back to', async function () {
    since(this, 19)
    await admin().updateClient('koa-app', {
      attributes: { 'post.logout.redirect.uris': 'http://localhost:1/' },
    })
    const agent = await loggedIn(app, await newUser())
    const page = await logOut(agent, app)
    assert.match(page.url, /\/protocol\/openid-connect\/logout/)
    assert.equal(page.status, 400)
    assert.equal(await isLoggedIn(agent, app), false)
  })

  it('lets Keycloak ask a user whose login here is long gone, and comes back', async function () {
    since(this, 19)
    const clock = fakeClock()
    const forgetful = await realmApp({ now: clock.now, maxAge: 30 })
    try {
      const agent = await loggedIn(forgetful, await newUser())
      clock.advance(31)
      const asked = await logOut(agent, forgetful)
      assert.equal(screenOf(asked), 'logout-confirmation')
      const page = await send(agent, asked, logoutForm(asked))
      assert.equal(page.url, `${forgetful.url}/bye`)
    } finally {
      await forgetful.close()
    }
  })

  async function seenAfterLogoutOfUser(of: TestApp): Promise<boolean[]> {
    const user = await newUser()
    const [desk, phone, other] = [
      await loggedIn(of, user),
      await loggedIn(of, user),
      await loggedIn(of, await newUser()),
    ]
    await admin().logoutUser(user)
    return [await isLoggedIn(desk, of), await isLoggedIn(phone, of), await isLoggedIn(other, of)]
  }

  it('is logged out everywhere when the administrator logs the user out', async function () {
    since(this, 26) // seen in 24: one logout request for all sessions that end together
    assert.deepEqual(await seenAfterLogoutOfUser(app), [false, false, true])
  })

  it('is logged out everywhere when the administrator logs the user out, with logoutScope subject', async function () {
    since(this, 12)
    const strict = await realmApp({ logoutScope: 'subject' })
    try {
      assert.deepEqual(await seenAfterLogoutOfUser(strict), [false, false, true])
    } finally {
      await strict.close()
    }
  })

  it('is logged out of one session alone when the administrator deletes that one', async function () {
    since(this, 12)
    const user = await newUser()
    const [desk, phone] = [await loggedIn(app, user), await loggedIn(app, user)]
    const { sid } = (await desk.goto(`${app.url}/`)).json<{ sid: string }>()
    await admin().deleteSession(sid)
    assert.deepEqual([await isLoggedIn(desk, app), await isLoggedIn(phone, app)], [false, true])
    assert.deepEqual(
      requests.map(({ sid: ended }) => ended),
      [sid],
    )
  })

  it('is logged out of all sessions when the client wants logout requests without a session', async function () {
    since(this, 12)
    await admin().updateClient('koa-app', { attributes: { 'backchannel.logout.session.required': 'false' } })
    const user = await newUser()
    const [desk, phone] = [await loggedIn(app, user), await loggedIn(app, user)]
    await logOut(desk, app)
    assert.equal(await isLoggedIn(phone, app), false)
    assert.equal(
      requests.every(({ sid, sub }) => sid === undefined && sub !== undefined),
      true,
    )
  })

  it('gets no logout request while front-channel logout is on', async function () {
    since(this, 12)
    await admin().updateClient('koa-app', { frontchannelLogout: true })
    const user = await newUser()
    const agent = await loggedIn(app, user)
    await admin().logoutUser(user)
    assert.deepEqual(requests, [])
    assert.equal(await isLoggedIn(agent, app), true)
  })

  /** What is told of logout requests that are missing, when these sessions end and that of another user goes on. */
  async function missingAfter(end: (users: string[]) => Promise<unknown>): Promise<unknown[]> {
    const told: unknown[] = []
    const listener = (facts: unknown) => void told.push(facts)
    subscribe('koa-keycloak:logout_requests.missing', listener)
    const clock = movingClock()
    const watchful = await realmApp({ now: clock.now, clientChanges: { frontchannelLogout: true } })
    try {
      const stays = await loggedIn(watchful, await newUser())
      const users = await Promise.all(Array.from({ length: 5 }, () => newUser()))
      const agents = []
      for (const user of users) agents.push(await loggedIn(watchful, user))
      await end(users)
      clock.advance(55)
      for (const agent of [...agents, stays]) await isLoggedIn(agent, watchful)
      await loggedIn(watchful, users[0] ?? '')
      return told
    } finally {
      unsubscribe('koa-keycloak:logout_requests.missing', listener)
      await watchful.close()
    }
  }

  it('says that logout requests are missing when front-channel logout keeps them away', async function () {
    since(this, 12)
    const told = await missingAfter(async users => {
      for (const user of users) await admin().logoutUser(user)
    })
    assert.deepEqual(told, [{ provider: 'keycloak', ended: 5, address: '/openid/logout_request' }])
  })

  it('says nothing of the kind when the administrator logs everybody out', async () => {
    assert.deepEqual(await missingAfter(() => admin().logoutAll()), [])
  })

  it('finds out by the next renewal when the administrator logs everybody out', async () => {
    const clock = fakeClock()
    const watchful = await realmApp({ now: clock.now, afterLogoutRequest })
    try {
      const agent = await loggedIn(watchful, await newUser())
      await admin().logoutAll()
      assert.deepEqual(requests, [])
      assert.equal(await isLoggedIn(agent, watchful), true)
      clock.advance(55)
      assert.equal(await isLoggedIn(agent, watchful), false)
    } finally {
      await watchful.close()
    }
  })

  it('finds out by the next renewal when the user is disabled', async () => {
    const clock = fakeClock()
    const watchful = await realmApp({ now: clock.now })
    try {
      const user = await newUser()
      const agent = await loggedIn(watchful, user)
      await admin().enableUser(user, false)
      clock.advance(55)
      assert.equal(await isLoggedIn(agent, watchful), false)
    } finally {
      await watchful.close()
    }
  })

  it('ends with the session that Keycloak lets time out', async () => {
    const { ssoSessionMaxLifespan } = await admin().realm()
    await admin().updateRealm({ ssoSessionMaxLifespan: 2 })
    try {
      const agent = await loggedIn(app, await newUser())
      await until(Date.now() + 3000)
      assert.equal(await isLoggedIn(agent, app), false)
    } finally {
      await admin().updateRealm({ ssoSessionMaxLifespan })
    }
  })
})

/** Waits for a moment that Keycloak's own clock has to reach: nobody can turn that one. */
function until(time: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, time - Date.now()))
}
