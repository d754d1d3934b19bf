import { type TestKeycloak, TestKeycloakError, testKeycloak } from '../../../src/testing/index.js'
import { startApp } from '../../support/app/app.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { failingJourney, journey } from './journey.js'
import type { Outcome, World } from './world.js'

describe('The kit is as the provider that it stands for', () => {
  journey(kitWorld)
  describe('Out of order', () => failingJourney(kitWorld))
})

const clientRoles = { 'test-app': ['editor'] }

async function kitWorld(): Promise<Required<World>> {
  const kc = await testKeycloak({ accessTokenLifetime: 60 })
  const sids = new WeakMap<UserAgent, string>()
  let browsers = 0
  return {
    issuer: kc.issuer,
    startApp({ second, ...options } = {}) {
      const client = second ? kc.client('second') : kc.options
      return startApp(
        { discoveryUrl: client.configuration, addClient: async () => undefined },
        { ...client, ...options },
      )
    },
    newBrowser() {
      const browser = new UserAgent()
      sids.set(browser, `session-${++browsers}`)
      return browser
    },
    async logIn(browser, url, username, acr) {
      const { origin, pathname, search } = new URL(url)
      const cookie = cookieOf(browser)
      const login = {
        username,
        path: pathname + search,
        sid: sids.get(browser) ?? '',
        ...(cookie && { cookie }),
        ...(acr !== undefined && { acr }),
        ...(username === 'alice' && { realmRoles: ['admin'], clientRoles }),
      }
      return ended(async () => {
        keep(browser, kc, await kc.logIn(origin, login))
        return browser.goto(url)
      }, url)
    },
    async logOut(browser, url) {
      const away = await browser.goto(url, { site: 'same-origin', redirects: 0 })
      const { signal } = new AbortController()
      const back = await kc.options.fetch(away.header('location'), {
        headers: {},
        redirect: 'manual',
        signal,
      })
      return (
        await browser.goto(new Headers([...back.headers]).get('location') ?? '', { site: 'cross-site' })
      ).url
    },
    logOutUser: (app, username) => kc.logOut(app.url, username),
    end: async username => kc.end(username),
    bearer: username =>
      kc.bearer({ username, clientId: 'second', ...(username === 'alice' && { clientRoles }) }),
    rotateKeys: () => kc.rotateKeys(),
    pass: seconds => kc.pass(seconds),
    fail: (endpoint, failure) => kc.fail(endpoint, failure),
    close: async () => undefined,
  }
}

function cookieOf(browser: UserAgent): string {
  return Object.entries(browser.cookies())
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
}

function keep(browser: UserAgent, kc: TestKeycloak, cookie: string): void {
  const lines = kc.cookies(cookie).map(({ name, value, path }) => `${name}=${value}; Path=${path}; HttpOnly`)
  browser.jar.store(new URL('http://localhost'), lines)
}

/** How a login ended, also one that was refused. */
async function ended(login: () => Promise<Outcome>, url: string): Promise<Outcome> {
  try {
    const page = await login()
    return { url: page.url, status: page.status }
  } catch (error) {
    if (!(error instanceof TestKeycloakError)) throw error
    return { url, status: error.status ?? 0 }
  }
}
