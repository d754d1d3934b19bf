import { inspect } from 'node:util'
import { SetupError } from '../../errors.js'
import type { Metadata } from '../../protocol/provider/metadata.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import {
  type FrontchannelLogout,
  KeycloakAuthToken,
  type KeycloakBackChannelLogout,
  type KeycloakSecurityEvent,
} from '../../token.js'
import type { Claims } from '../../util/decode-claims.js'
import type { UserClaims } from '../../util/standard-claims.js'
import { loginSignal } from '../live/login-signal.js'
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
  /** By `verifySecurityEvent`. */
  securityEvent?: KeycloakSecurityEvent
  /** By `verifyFrontchannelLogout`. */
  frontchannelLogout?: FrontchannelLogout
  /** By `bearer`: the verified claims of the access token that came with the request. */
  bearer?: Claims
}

/** `ctx.state[name]`: who is logged in. */
export type LoginState<Own = unknown> = Handover & (LoggedOut | LoggedIn<Own>)

/**
 * The type of `ctx.state`, for `new Koa<KeycloakState>()` and `new Router<KeycloakState>()`; with the names of your
 * providers if not the default, and with the claims that your realm adds to the standard ones.
 */
export type KeycloakState<Name extends string = 'keycloak', Own = unknown> = Record<Name, LoginState<Own>>

/** A login as a state holds it: out of reach for whatever prints `ctx.state`. */
interface HeldLogin {
  id: string
  record: LoginRecord
}

/**
 * What both states have in common. Own properties are what pieces have handed over and nothing else, so that a copy
 * of them is a copy of all that was handed over.
 */
abstract class State {
  readonly #provider: Provider

  constructor(provider: Provider) {
    this.#provider = provider
  }

  /** Which provider wrote the state; `undefined` for what is no state of ours. */
  static writerOf(value: unknown): Provider | undefined {
    return typeof value === 'object' && value !== null && #provider in value ? value.#provider : undefined
  }
}

/** Nobody is logged in, as far as was looked: `loadLogin` looks. */
export class LoggedOut extends State {
  /** Whether session and store were asked; otherwise the state only holds what pieces have handed over. */
  readonly #isLoaded: boolean

  constructor(provider: Provider, isLoaded: boolean) {
    super(provider)
    this.#isLoaded = isLoaded
  }

  static isLoaded(state: LoggedOut): boolean {
    return state.#isLoaded
  }

  get loggedIn(): false {
    return false
  }
  get user(): undefined {
    return undefined
  }
  get token(): undefined {
    return undefined
  }
  get sub(): undefined {
    return undefined
  }
  get sid(): undefined {
    return undefined
  }
  get signal(): undefined {
    return undefined
  }

  toJSON(): object {
    return { loggedIn: false }
  }

  [inspect.custom](): string {
    return 'LoggedOut {}'
  }
}

/** Somebody is logged in. */
export class LoggedIn<Own = unknown> extends State {
  readonly #login: HeldLogin
  readonly #token: KeycloakAuthToken<Own>
  readonly #watch: () => AbortSignal
  #signal: AbortSignal | undefined

  /** @param watch gives the signal that aborts when the login ends */
  constructor(provider: Provider, login: HeldLogin, watch: () => AbortSignal) {
    super(provider)
    this.#login = login
    this.#watch = watch
    this.#token = new KeycloakAuthToken(login.record.tokens)
  }

  /** The login behind the state. Throws `piece_missing` for what only looks like a state. */
  static loginOf(state: LoggedIn): HeldLogin {
    if (#login in state) return state.#login
    throw new SetupError('piece_missing', { detail: 'ctx.state was not filled by loadLogin().' })
  }

  get loggedIn(): true {
    return true
  }
  /** The ID token's claims. */
  get user(): UserClaims<Own> {
    return this.#token.idTokenClaims ?? ({} as UserClaims<Own>)
  }
  get token(): KeycloakAuthToken<Own> {
    return this.#token
  }
  /** The user's id at the provider: stable, unlike the name. */
  get sub(): string {
    return this.#login.record.sub
  }
  /** The provider's session, when it names one. */
  get sid(): string | undefined {
    return this.#login.record.sid
  }

  /**
   * Aborts when the login ends, with `login_required` as its reason: at once in the process that ends it or learns of
   * it, elsewhere within `liveCheck` seconds, and at the end of its life. The login is watched from the first look at
   * this until the connection closes. While the store is away nothing aborts but what is over by its `maxAge`.
   */
  get signal(): AbortSignal {
    this.#signal ??= this.#watch()
    return this.#signal
  }

  /** Who it is; no token, and nothing of what pieces have handed over. */
  toJSON(): object {
    const { loggedIn, user, token, sid } = this
    return { loggedIn, user, token, sid }
  }

  [inspect.custom](): string {
    return `LoggedIn ${inspect(this.toJSON())}`
  }
}

export function isLoaded(provider: Provider, ctx: Context): boolean {
  const state = writtenState(provider, ctx)
  return state instanceof LoggedIn || (state instanceof LoggedOut && LoggedOut.isLoaded(state))
}

/** The login behind a state. Throws `piece_missing` for what only looks like a state. */
export const loginOf = LoggedIn.loginOf

/** Makes a login the request's own; what pieces have handed over stays. */
export function enterLogin(provider: Provider, ctx: Context, id: string, record: LoginRecord): LoggedIn {
  const login = { id, record }
  return putState(provider, ctx, new LoggedIn(provider, login, () => loginSignal(provider, ctx, login)))
}

export function leaveLogin(provider: Provider, ctx: Context): void {
  putState(provider, ctx, new LoggedOut(provider, true))
}

/** The request's state for a piece that needs no `loadLogin` before it. */
export function stateOf(provider: Provider, ctx: Context): LoginState {
  return writtenState(provider, ctx) ?? putState(provider, ctx, new LoggedOut(provider, false))
}

/** The request's state; throws `piece_missing` when `loadLogin` did not run before. */
export function loadedState(provider: Provider, ctx: Context, piece: string): LoginState {
  if (!isLoaded(provider, ctx)) throw missing(piece, 'loadLogin() or routes()')
  return stateOf(provider, ctx)
}

/** What an earlier piece handed over; throws `piece_missing`, naming both, when it did not. */
export function handedOver<Key extends keyof Handover>(
  provider: Provider,
  ctx: Context,
  key: Key,
  piece: string,
  predecessor: string,
): NonNullable<Handover[Key]> {
  const value: Handover[Key] = stateOf(provider, ctx)[key]
  if (value === undefined || value === null) throw missing(piece, predecessor)
  return value
}

/** The state that this provider wrote. Throws `name_taken` for one that another provider wrote. */
function writtenState(provider: Provider, ctx: Context): LoginState | undefined {
  const state: unknown = ctx.state[provider.name]
  const writer = State.writerOf(state)
  if (writer === undefined) return undefined
  if (writer !== provider) throw new SetupError('name_taken')
  return state instanceof LoggedIn || state instanceof LoggedOut ? state : undefined
}

function putState<S extends LoginState>(provider: Provider, ctx: Context, state: S): S {
  ctx.state[provider.name] = Object.assign(state, writtenState(provider, ctx))
  return state
}

/** The error of a piece whose predecessor did not run. */
export function missing(piece: string, predecessor: string): SetupError {
  return new SetupError('piece_missing', { detail: `${piece}() needs ${predecessor} before it.` })
}
