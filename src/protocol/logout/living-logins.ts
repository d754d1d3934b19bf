import { checkOptions, invalid } from '../../check-options.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginSummary } from '../../store/login-record.js'
import { type Checks, identifier, neverUndefined, required } from '../../util/checks.js'

/** Which logins to end: of a session of the provider, of a user, or one of those that `logins` lists. */
export type LoginsToEnd = { sid: string } | { sub: string } | { id: string }

/** Whose logins to list. */
export interface LoginsOf {
  sub: string
}

type Ends = { sid?: string; sub?: string; id?: string }

const ENDS = {
  sid: neverUndefined(identifier),
  sub: neverUndefined(identifier),
  id: neverUndefined(identifier),
} satisfies Checks<Ends>

const LISTED = { sub: required(identifier) } satisfies Checks<LoginsOf>

/**
 * Ends logins by the application's own decision, whatever the provider knows of it; tells how many ended.
 * Rejects with `store_unavailable`, `invalid_options`.
 */
export async function endLivingLogins({ logins }: Provider, which: LoginsToEnd): Promise<number> {
  const { sid, sub, id } = checkOptions<Ends, typeof ENDS>('keycloak.endLogins()', which, ENDS)
  if (Object.keys(which).length !== 1) {
    throw invalid(
      'keycloak.endLogins() takes one of sid, sub and id, since it has to know whose logins to end.',
    )
  }
  if (sid !== undefined) return logins.endBySid(sid)
  if (sub !== undefined) return logins.endBySub(sub)
  return Number(id !== undefined && (await logins.endByHash(id)))
}

/** The living logins of a user, without their tokens. Rejects with `store_unavailable`, `invalid_options`. */
export async function listLogins({ logins }: Provider, of: LoginsOf): Promise<LoginSummary[]> {
  return logins.list(checkOptions('keycloak.logins()', of, LISTED).sub)
}
