import { usersOf } from '../../../example/support/users.js'
import { startApp, startProvider } from '../../support/app/app.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import { failingJourney, journey } from '../../testing/journey/journey.js'
import type { FailingEndpoint, World } from '../../testing/journey/world.js'

describe('The stand-in is as the provider that it stands for', () => {
  journey(standInWorld)
  describe('Out of order', () => failingJourney(standInWorld))
})

/** The stand-in tells a refresh from everything else that its token endpoint does. */
const ENDPOINTS = {
  discovery: ['discovery'],
  token: ['token', 'refresh'],
  userinfo: ['userinfo'],
} as const satisfies Record<FailingEndpoint, unknown>

async function standInWorld(): Promise<Required<World>> {
  const provider = await startProvider({ users: usersOf('app'), accessTokenLifetime: 60 })
  const clock = fakeClock()
  const second = { clientId: 'second', clientSecret: 'second-secret' }
  const world: Required<World> = {
    issuer: provider.issuer,
    startApp: ({ second: isSecond, ...options } = {}) =>
      startApp(provider, { now: clock.now, ...(isSecond && { ...second, client: second }), ...options }),
    newBrowser: () => new UserAgent(),
    async logIn(browser, url, username) {
      const { url: end, status } = await browser.login(url, username, username)
      return { url: end, status }
    },
    logOut: async (browser, url) => (await browser.goto(url, { site: 'same-origin' })).url,
    logOutUser: (_, username) => provider.logoutUser(username),
    end: username => provider.expireSessions(username),
    async bearer(username) {
      const app = await world.startApp({
        second: true,
        extend: (_, router, keycloak) => {
          router.get('/token', keycloak.requireLogin(), async ctx => {
            ctx.body = await keycloak.accessToken(ctx)
          })
        },
      })
      try {
        return (await world.newBrowser().login(`${app.url}/token`, username, username)).body
      } finally {
        await app.close()
      }
    },
    rotateKeys: () => provider.rotateKeys(),
    pass: clock.advance,
    fail(endpoint, failure) {
      provider.fail(failure, ENDPOINTS[endpoint])
      return () => provider.fail(undefined, ENDPOINTS[endpoint])
    },
    close: () => provider.close(),
  }
  return world
}
