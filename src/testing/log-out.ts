import { checkArgument, checkOptions } from '../check-options.js'
import { type Checks, text, withDefault } from '../util/checks.js'
import { type Application, application, origin, originOf, path } from './application.js'
import { send } from './door.js'
import type { OpenIdProvider } from './provider/provider.js'
import { TestKeycloakError } from './refusal.js'
import { codeOf, outcome, reasonOf, watched } from './trace.js'

export interface LogoutOptions {
  /** Where logout requests go. Default: `/openid/logout_request`. */
  path?: string
  /** Where an application that does not listen is, for its own eyes. Default: `http://localhost`. */
  origin?: string
}

const OPTIONS = {
  path: withDefault(path, '/openid/logout_request'),
  origin: withDefault(origin, 'http://localhost'),
} satisfies Checks<LogoutOptions>

/** A login that an application was told of, and will be told the end of. */
export interface Participant {
  app: Application
  clientId: string
  username: string
  sid: string
  sub: string
}

/**
 * Ends a user's sessions at the provider, and sends the application the logout requests for them (OpenID Connect
 * Back-Channel Logout 1.0), one after the other, as Keycloak does. Rejects with a `TestKeycloakError` when no
 * session of the user's has to do with the application, or when the application refuses.
 *
 * @param participants everybody who logged in by the kit; those who are told are taken out
 */
export async function logOut(
  provider: OpenIdProvider,
  participants: Set<Participant>,
  app: Application,
  username: string,
  options: LogoutOptions,
): Promise<void> {
  checkArgument('kc.logOut()', 'the application', app, application)
  checkArgument('kc.logOut()', 'the user', username, text)
  const { path, origin } = checkOptions('kc.logOut()', options, OPTIONS)
  for (const session of provider.sessions.living(username)) session.isAlive = false
  const concerned = [...participants].filter(one => one.app === app && one.username === username)
  if (concerned.length === 0) {
    const message = 'There is nothing to end: this user has not logged in to this application by kc.logIn().'
    throw new TestKeycloakError('logout_request', message)
  }
  const url = new URL(path, originOf(app, origin))
  for (const participant of concerned) {
    participants.delete(participant)
    await request(provider, url, participant)
  }
}

async function request(provider: OpenIdProvider, url: URL, participant: Participant): Promise<void> {
  const { app, clientId, sub, sid } = participant
  const body = new URLSearchParams({
    logout_token: await provider.issuer.logoutToken(clientId, { sub, sid }),
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const [answer, refusals] = await watched(() =>
    send(app, { method: 'POST', url, headers, body: body.toString() }),
  )
  const { status, error } = answer
  if (status === 200 || status === 204) return
  const code = codeOf(answer, refusals)
  const hint = status === 404 ? 'Is the route elsewhere (option path)?' : reasonOf(answer)
  const message = `The application refused the logout request: POST ${url.pathname} answered ${outcome(status, code)}. ${hint}`
  throw new TestKeycloakError('logout_request', message, { code, status, cause: error })
}
