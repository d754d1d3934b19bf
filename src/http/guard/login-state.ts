import { SetupError } from '../../errors.js'
import type { Metadata } from '../../protocol/provider/metadata.js'
import type { Provider } from '../../provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { KeycloakAuthToken, type KeycloakBackChannelLogout } from '../../token.js'
import type { Claims } from '../../util/decode-claims.js'
import { privateNotes } from '../../util/private-notes.js'
import type { Exchanged } from '../login/exchanged.js'
import type { Context } from '../types.js'

/** What one piece leaves for the next. */
export interface Handover {
  /** By `discovery`. */
  metadata?: Metadata
  /** By `exchangeCode`: a verified login that no session is bound to yet. */
  exchanged?: Exchanged
  /** By `verifyLogoutToken`. */
  logout?: KeycloakBackChannelLogout
  /** By `bearer`: the verified claims of the access token that came with the request. */
  bearer?: Claims
}

/** `ctx.state[name]`: who is logged in. */
export type LoginState = Handover & (LoggedOut | LoggedIn)

export interface LoggedOut {
  loggedIn: false
}

export interface LoggedIn {
  loggedIn: true
  /** The ID token's claims. */
  readonly user: Claims
  readonly token: KeycloakAuthToken
  /** The provider's session, when it names one. */
  readonly sid: string | undefined
}

/** The type of `ctx.state`, for `new Koa<KeycloakState>()`; with the names of your providers if not the default. */
export type KeycloakState<Name extends string = 'keycloak'> = Record<Name, LoginState>

/**
 * On states that say what the session and the store say; others only hold what pieces have handed over. Has id
 * and record of the login behind it, if any: out of reach for whatever prints `ctx.state`.
 */
const loaded = privateNotes<{ login?: { id: string; record: LoginRecord } }>()

export function isLoaded(provider: Provider, ctx: Context): boolean {
  return loaded.read(ctx.state[provider.name]) !== undefined
}

export function loginOf(state: LoggedIn): { id: string; record: LoginRecord } {
  const login = loaded.read(state)?.login
  if (!login) throw new SetupError('piece_missing', { detail: 'ctx.state was not filled by loadLogin().' })
  return login
}

/** One for all states: a getter of its own in each would give each a shape of its own, and the collector work. */
const USER: PropertyDescriptor & ThisType<LoggedIn> = {
  get() {
    return this.token.idTokenClaims ?? {}
  },
}

/** Makes a login the request's own; what pieces have handed over stays. */
export function enterLogin(provider: Provider, ctx: Context, id: string, record: LoginRecord): LoggedIn {
  const state = {
    ...handover(ctx.state[provider.name]),
    loggedIn: true as const,
    user: {},
    token: new KeycloakAuthToken(record.tokens),
    sid: record.sid,
  }
  Object.defineProperty(state, 'user', USER)
  loaded.write(state, { login: { id, record } })
  ctx.state[provider.name] = state
  return state
}

export function leaveLogin(provider: Provider, ctx: Context): void {
  const state: LoginState = { ...handover(ctx.state[provider.name]), loggedIn: false }
  loaded.write(state, {})
  ctx.state[provider.name] = state
}

function handover(state: LoginState | undefined): Handover {
  if (!state) return {}
  const { metadata, exchanged, logout, bearer } = state
  return {
    ...(metadata && { metadata }),
    ...(exchanged && { exchanged }),
    ...(logout && { logout }),
    ...(bearer && { bearer }),
  }
}

/** The request's state for a piece that needs no `loadLogin` before it. */
export function stateOf(provider: Provider, ctx: Context): LoginState {
  ctx.state[provider.name] ??= { loggedIn: false }
  return ctx.state[provider.name] as LoginState
}

/** The request's state; throws `piece_missing` when `loadLogin` did not run before. */
export function loadedState(provider: Provider, ctx: Context, piece: string): LoginState {
  if (!isLoaded(provider, ctx)) throw missing(piece, 'loadLogin() or routes()')
  return ctx.state[provider.name]
}

/** What an earlier piece handed over; throws `piece_missing`, naming both, when it did not. */
export function handedOver<Key extends keyof Handover>(
  provider: Provider,
  ctx: Context,
  key: Key,
  piece: string,
  predecessor: string,
): NonNullable<Handover[Key]> {
  const value = stateOf(provider, ctx)[key]
  if (value === undefined) throw missing(piece, predecessor)
  return value
}

/** The error of a piece whose predecessor did not run. */
export function missing(piece: string, predecessor: string): SetupError {
  return new SetupError('piece_missing', { detail: `${piece}() needs ${predecessor} before it.` })
}
