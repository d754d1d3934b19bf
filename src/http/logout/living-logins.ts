import { checkOptions, invalidOptions } from '../../check-options.js'
import { AccessError } from '../../errors.js'
import { revokeLogins } from '../../protocol/logout/revocation.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginSummary } from '../../store/login-record.js'
import type { Dated, OnEnd } from '../../store/logins.js'
import {
  type Check,
  type Checks,
  flag,
  identifier,
  neverUndefined,
  required,
  withDefault,
} from '../../util/checks.js'
import { isKoaContext } from '../../util/kind-of.js'
import { sha256 } from '../../util/random.js'
import { CONTEXT } from '../check-context.js'
import { loadedState, loginOf } from '../guard/login-state.js'
import type { Context } from '../types.js'

/**
 * Which logins to end: of a session of the provider, of a user, or one of those that `logins` lists. Of a user's,
 * `except` leaves one as it is: one that `logins` lists, or the login of the request whose context it is.
 */
export type LoginsToEnd = ({ sid: string } | { sub: string; except?: string | Context } | { id: string }) & {
  /** Whether their refresh tokens are revoked at the provider, too (RFC 7009). Default false. */
  revoke?: boolean
}

/** Whose logins to list. */
export interface LoginsOf {
  sub: string
  /** The request that asks: its login is the `current` one. */
  ctx?: Context
}

type Ends = { sid?: string; sub?: string; id?: string; except?: string | Context; revoke?: boolean }

const ONE_LOGIN: Check<string | Context> = {
  expected: 'the id of a login, or the context of a request',
  accepts: (v): v is string | Context => identifier.accepts(v) || isKoaContext(v),
}

const ENDS = {
  sid: neverUndefined(identifier),
  sub: neverUndefined(identifier),
  id: neverUndefined(identifier),
  except: neverUndefined(ONE_LOGIN),
  revoke: withDefault(neverUndefined(flag), false),
} satisfies Checks<Ends>

const LISTED = { sub: required(identifier), ctx: neverUndefined(CONTEXT) } satisfies Checks<LoginsOf>

/**
 * Ends logins by the application's own decision, whatever the provider knows of it; tells how many ended. With
 * `revoke` their refresh tokens are revoked when they have ended here; that this fails is an event.
 * Rejects with `login_required` where `except` is a request without a login; `store_unavailable`,
 * `invalid_options`.
 */
export async function endLivingLogins(provider: Provider, which: LoginsToEnd): Promise<number> {
  const { revoke, ...ends } = checkOptions<Ends, typeof ENDS>('keycloak.endLogins()', which, ENDS)
  checkIsOne(which)
  if (revoke) checkTokensAreThere(provider)
  const ended: Dated[] = []
  const count = await end(provider, ends, revoke ? login => ended.push(login) : undefined)
  await revokeLogins(provider, ended)
  return count
}

async function end(provider: Provider, { sid, sub, id, except }: Ends, onEnd?: OnEnd): Promise<number> {
  const { logins } = provider
  if (sid !== undefined) return logins.endBySid(sid, undefined, onEnd)
  if (sub === undefined) return Number(id !== undefined && (await logins.endByHash(id, onEnd)))
  if (except === undefined) return logins.endBySub(sub, undefined, onEnd)
  return logins.endOthers(sub, hashOf(provider, except), onEnd)
}

/** The tokens of a login are sealed with what its own browser has: nobody else can have them revoked. */
function checkTokensAreThere({ settings }: Provider): void {
  if (settings.sealTokens === false) return
  throw invalidOptions(
    'keycloak.endLogins(): revoke needs the tokens of other logins, which sealTokens seals: leave one out.',
  )
}

/** The living logins of a user, without their tokens. Rejects with `store_unavailable`, `invalid_options`. */
export async function listLogins(provider: Provider, of: LoginsOf): Promise<LoginSummary[]> {
  const { sub, ctx } = checkOptions('keycloak.logins()', of, LISTED)
  const logins = await provider.logins.list(sub)
  if (ctx === undefined) return logins
  const own = ownHash(provider, ctx)
  return logins.map(login => ({ ...login, current: login.id === own }))
}

function checkIsOne(which: object): void {
  const names = Object.keys(which)
  if (names.filter(name => name !== 'except' && name !== 'revoke').length !== 1) {
    throw invalidOptions(
      'keycloak.endLogins() takes one of sid, sub and id, since it has to know whose logins to end.',
    )
  }
  if (names.includes('except') && !names.includes('sub')) {
    throw invalidOptions(
      'keycloak.endLogins(): except goes with sub alone: it leaves out one login of a user.',
    )
  }
}

/** What was meant to go on must not be taken for nothing: then it would end, too. */
function hashOf(provider: Provider, except: string | Context): string {
  const hash = typeof except === 'string' ? except : ownHash(provider, except)
  if (hash === undefined) throw new AccessError('login_required')
  return hash
}

function ownHash(provider: Provider, ctx: Context): string | undefined {
  const state = loadedState(provider, ctx, 'logins')
  return state.loggedIn ? sha256(loginOf(state).id) : undefined
}
