import { checkArgument, checkOptions } from '../check-options.js'
import { type Checks, text, withDefault, word } from '../util/checks.js'
import { type Application, application, origin, originOf, path } from './application.js'
import { type Answered, Browser, targetOf } from './browser.js'
import type { Participant } from './log-out.js'
import { PERSON, type PersonOptions, personOf } from './person.js'
import { endpointAt } from './provider/endpoints.js'
import type { OpenIdProvider, Visitor, WayBack } from './provider/provider.js'
import { TestKeycloakError } from './refusal.js'
import { codeOf, outcome, reasonOf, watched } from './trace.js'

/** Who logs in, and by which way. */
export interface LoginOptions extends PersonOptions {
  /** Where the login begins: the login route, or a page that needs a login. Default: `/openid/login`. */
  path?: string
  /** Where an application that does not listen is, for its own eyes. Default: `http://localhost`. */
  origin?: string
  /** Cookies that the browser has already: of another provider's login, for example. */
  cookie?: string
  /** The session at Keycloak, for logins of one browser at several applications. Default: a new one. */
  sid?: string
  /** The provider answers with this error in place of a login: `access_denied` when the user cancels. */
  error?: string
}

const OPTIONS = {
  ...PERSON,
  path: withDefault(path, '/openid/login'),
  origin: withDefault(origin, 'http://localhost'),
  cookie: text,
  sid: text,
  error: word,
} satisfies Checks<LoginOptions>

/**
 * Logs in by the application's own routes: from a page of the application to the provider, back to the callback,
 * with every check on the way. Rejects with a `TestKeycloakError`.
 */
export async function logIn(
  provider: OpenIdProvider,
  app: Application,
  options: LoginOptions,
): Promise<{ browser: Browser; participant: Participant }> {
  checkArgument('kc.logIn()', 'the application', app, application)
  const { path, origin, cookie, sid, error, ...person } = checkOptions('kc.logIn()', options, OPTIONS)
  const browser = new Browser(app, originOf(app, origin), cookie)
  const request = await requestOf(provider, browser, path)
  const user = personOf(provider.settings.issuer, person)
  const response = authorize(provider, browser, request, { person: user, sid, error })
  await callBack(provider, browser, response)
  const { username, sub } = user
  const clientId = request.get('client_id') ?? ''
  return { browser, participant: { app, clientId, username, sub, sid: response.params.session_state ?? '' } }
}

/** The authentication request with which the application sends the browser to the provider. */
async function requestOf(provider: OpenIdProvider, browser: Browser, path: string): Promise<URLSearchParams> {
  const [answered, refusals] = await watched(() => browser.visit(path))
  const target = targetOf(answered)
  if (target && isAuthorization(provider, target)) return target.searchParams
  const { status } = answered
  if (target) {
    const hint = 'Are kc.options given to createKeycloak?'
    throw new TestKeycloakError(
      'login',
      `${told(answered)} sent the browser to ${target.origin}${target.pathname}, not to this provider. ${hint}`,
      { status },
    )
  }
  const code = codeOf(answered, refusals)
  const hint = status === 404 ? 'Does the login begin elsewhere (option path)?' : reasonOf(answered)
  throw new TestKeycloakError(
    'login',
    `The application did not begin the login: ${told(answered)} answered ${outcome(status, code)}. ${hint}`,
    { code, status, cause: answered.error },
  )
}

function isAuthorization({ settings }: OpenIdProvider, { origin, pathname }: URL): boolean {
  const { issuer } = settings
  return origin === new URL(issuer).origin && endpointAt(issuer, pathname) === 'authorization'
}

/** The way back, as the provider sends it with the browser. */
function authorize(
  provider: OpenIdProvider,
  browser: Browser,
  request: URLSearchParams,
  visitor: Visitor,
): WayBack {
  const authorized = provider.authorize(request, visitor)
  const refused = 'refused' in authorized ? authorized.refused : elsewhere(browser, authorized)
  if (refused === undefined && !('refused' in authorized)) return authorized
  throw new TestKeycloakError('authorization', `The provider refused the authentication request: ${refused}`)
}

/** Keycloak answers only at addresses that are registered for a client; here that is the application's origin. */
function elsewhere({ origin }: Browser, { redirectUri }: WayBack): string | undefined {
  const there = URL.canParse(redirectUri) ? new URL(redirectUri).origin : 'no address'
  if (there === origin) return undefined
  return `Invalid parameter: redirect_uri. It leads to ${there}, and the application is at ${origin}. Is that what baseUrl and the option origin say?`
}

async function callBack(provider: OpenIdProvider, browser: Browser, response: WayBack): Promise<void> {
  const [answered, refusals] = await watched(() => browser.bring(response))
  const { status } = answered
  if (status >= 400) {
    const code = codeOf(answered, refusals)
    const message = `The callback refused the login: ${told(answered)} answered ${outcome(status, code)}. ${reasonOf(answered)}`
    throw new TestKeycloakError('callback', message, { code, status, cause: answered.error })
  }
  const target = targetOf(answered)
  if (target && isAuthorization(provider, target)) {
    const message = `The callback does not know the login that it was the answer to, and began another: the cookie of the login did not come with it. ${ABOUT_COOKIES}`
    throw new TestKeycloakError('callback', message, { code: 'login_unknown', status })
  }
  if (!browser.keptFrom(answered)) {
    const message = `The callback gave the browser no session: ${told(answered)} answered ${status}. ${ABOUT_COOKIES}`
    throw new TestKeycloakError('session', message, { status })
  }
}

const ABOUT_COOKIES =
  'Does koa-session stand before the routes and send its cookie? One that is Secure needs an origin of https.'

function told({ method, url }: Answered): string {
  return `${method} ${url.pathname}`
}
