import assert from 'node:assert/strict'
import type { TestApp, TestAppOptions } from '../support/app/app.js'
import { lastCode, who } from '../support/app/who.js'
import type { Page } from '../support/browser/page.js'
import { UserAgent } from '../support/browser/user-agent.js'
import type { Forger } from '../support/forger/forger.js'

/** What is looked at during an outage, and what a reader of the README wants to know. */
export const COLUMNS = [
  'Visitor',
  'Login',
  'Logged-in user',
  'Access token expired',
  '`accessToken()` then',
  'Logout here',
  'Logout request',
] as const

export type Column = (typeof COLUMNS)[number]
export type Row = Record<Column, string>

/** For an application under test: a page that needs an access token. */
export const needsToken: NonNullable<TestAppOptions['extend']> = (_app, router, keycloak) => {
  router.get('/token', async ctx => {
    ctx.body = await keycloak.accessToken(ctx)
  })
}

/** People who logged in before the outage, each for one look at it. */
export interface People {
  loggedIn: UserAgent
  expired: UserAgent
  token: UserAgent
  logsOut: UserAgent
  loggedOut: UserAgent & { sid?: string }
}

export async function logIn({ url }: TestApp): Promise<UserAgent> {
  const browser = new UserAgent()
  const page = await browser.goto(`${url}/private`)
  assert.equal(page.status, 200)
  return browser
}

export async function people(app: TestApp): Promise<People> {
  return {
    loggedIn: await logIn(app),
    expired: await logIn(app),
    token: await logIn(app),
    logsOut: await logIn(app),
    loggedOut: await logIn(app).then(async browser => {
      const { sid = '' } = await who(browser, app)
      return Object.assign(browser, { sid })
    }),
  }
}

/** What happens while access tokens have not expired yet. */
export async function whileFresh(app: TestApp, forger: Forger, people: People) {
  return {
    Visitor: await visit(app, new UserAgent()),
    Login: await tryToLogIn(app, forger),
    'Logged-in user': await visit(app, people.loggedIn, '/private'),
    'Logout here': await logOut(app, people.logsOut),
    'Logout request': await requestLogout(app, forger, people.loggedOut.sid ?? ''),
  }
}

/** What happens when they have expired; `later` passes the pause that a failure makes. */
export async function whenExpired(app: TestApp, people: People, later: () => void) {
  const expired = await visit(app, people.expired, '/private')
  later()
  const page = await go(app, people.token, '/token')
  return {
    'Access token expired': expired,
    '`accessToken()` then': page.status === 200 ? 'a new one' : failure(app, page),
  }
}

async function visit(app: TestApp, browser: UserAgent, path = '/'): Promise<string> {
  const page = await go(app, browser, path)
  if (page.status === 200) return 'served'
  return page.status === 302 ? 'has to log in again' : failure(app, page)
}

/** The browser reaches the provider, whatever the application sees of it. */
async function tryToLogIn(app: TestApp, forger: Forger): Promise<string> {
  const browser = new UserAgent()
  const begun = await go(app, browser, '/openid/login')
  if (begun.status !== 302) return failure(app, begun)
  assert.ok(begun.header('location').startsWith(forger.issuer))
  const back = await browser.goto(begun.header('location'), { redirects: 0 })
  const { pathname, search } = new URL(back.header('location'))
  const page = await go(app, browser, pathname + search)
  if (page.status === 302) return 'works'
  return `on the way back ${failure(app, page)}`
}

async function logOut(app: TestApp, browser: UserAgent): Promise<string> {
  const copy = browser.clone()
  const page = await go(app, browser, '/openid/logout?redirectUri=/bye')
  if (page.status !== 302) return failure(app, page)
  assert.equal((await who(copy, app)).loggedIn, false)
  return page.header('location') === `${app.url}/bye` ? 'here only' : 'works'
}

async function requestLogout(app: TestApp, forger: Forger, sid: string): Promise<string> {
  app.errors.length = 0
  const body = new URLSearchParams({ logout_token: await forger.signLogoutToken({ sid }) })
  const answer = await fetch(`${app.url}/openid/logout_request`, { method: 'POST', body })
  if (answer.status === 200) return '200'
  assert.ok(answer.status < 503 || Number(answer.headers.get('retry-after')) >= 1)
  return `${answer.status} \`${lastCode(app)}\``
}

async function go(app: TestApp, browser: UserAgent, path: string): Promise<Page> {
  app.errors.length = 0
  const session = sessionIn(browser)
  const page = await browser.goto(app.url + path, { redirects: 0 })
  if (page.status >= 500) assert.deepEqual(sessionIn(browser), session, 'a failure changes no session')
  return page
}

const sessionIn = (browser: UserAgent) => browser.cookies()['koa.sess']

function failure(app: TestApp, page: Page): string {
  if (page.status === 503) assert.ok(Number(page.header('retry-after')) >= 1)
  return `${page.status} \`${lastCode(app)}\``
}
