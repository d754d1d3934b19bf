import { movingClock } from '../../support/clock.js'
import { journey } from '../../testing/journey/journey.js'
import type { Outcome, World } from '../../testing/journey/world.js'
import { browser, send } from '../support/browser.js'
import { loginForm, passwordForm, screenOf } from '../support/login-form.js'
import { admin, keycloak, realmApp, since } from '../support/shared.js'

describe('What the kit for tests shows', () => {
  before(function () {
    since(this, 26) // the kit is as the newest
  })
  journey(keycloakWorld)
})

async function keycloakWorld(): Promise<World> {
  const clock = movingClock()
  const world: World = {
    issuer: keycloak().realmUrl('demo'),
    startApp: ({ second, ...options } = {}) =>
      realmApp({ now: clock.now, clientId: second ? 'koa-app-two' : 'koa-app', ...options }),
    newBrowser: browser,
    logIn: logInAsAsked,
    logOut: async (agent, url) => (await agent.goto(url, { site: 'same-origin' })).url,
    logOutUser: (_, username) => admin().logoutUser(username),
    end: () => admin().logoutAll(),
    async bearer(username) {
      const app = await world.startApp({
        second: true,
        extend: (_, router, kc) => {
          router.get('/token', kc.requireLogin(), async ctx => {
            ctx.body = await kc.accessToken(ctx)
          })
        },
      })
      try {
        const agent = world.newBrowser()
        await world.logIn(agent, `${app.url}/private`, username)
        return (await agent.goto(`${app.url}/token`)).body
      } finally {
        await app.close()
      }
    },
    async rotateKeys() {
      await admin().rotateKeys()
    },
    pass: clock.advance,
    close: async () => undefined,
  }
  return world
}

/** Fills in whatever Keycloak asks for: user and password, or the password once more. */
const logInAsAsked: World['logIn'] = async (agent, url, username): Promise<Outcome> => {
  let page = await agent.goto(url)
  for (let steps = 0; steps < 3 && page.header('content-type').includes('html'); steps++) {
    const screen = screenOf(page)
    if (screen === 'login') page = await send(agent, page, loginForm(page, { username, password: username }))
    else if (screen === 'password') page = await send(agent, page, passwordForm(page, username))
  }
  return { url: page.url, status: page.status }
}
