import type { LoginKeys } from './login-keys.js'
import type { LoginRecord } from './login-record.js'
import { coversToken, type LogoutMark, tokensUntil } from './logout-mark.js'
import { LOGOUT_MEMORY, LogoutMemory } from './logout-memory.js'
import type { Store } from './store.js'

/** What an access token says of the login that it is of. */
export interface TokenOfLogin {
  /** The provider's session, when the token names one. */
  sid?: string | undefined
  sub?: string | undefined
  /** `iat`, in the provider's seconds. */
  issuedAt: number
}

export interface EndedTokensOptions {
  /** Where the marks of logouts are; a function where that is known only later. */
  keys: () => LoginKeys
  /** The time in seconds since the epoch. */
  now: () => number
  /** Seconds that the clocks of the provider's machines may differ. */
  clockTolerance: number
  /** Seconds for which a logout is remembered at most; without it, one hour and nothing else. */
  longest: number | undefined
}

/** Which access tokens have ended with their login, although they have not expired. */
export class EndedTokens {
  readonly #store: Store
  readonly #options: EndedTokensOptions
  readonly #memory: LogoutMemory | undefined

  constructor(store: Store, options: EndedTokensOptions) {
    const { keys, now, longest } = options
    this.#store = store
    this.#options = options
    if (longest !== undefined)
      this.#memory = new LogoutMemory(store, { key: () => keys().tokenLives, now, longest })
  }

  /**
   * Whether a logout covers the token: one of its session, or of its user; two reads at once. One that is older than
   * logouts are surely remembered counts as ended.
   */
  async isEnded({ sid, sub, issuedAt }: TokenOfLogin): Promise<boolean> {
    const { clockTolerance, keys } = this.#options
    const { endedSid, endedSub, endedSubAlone } = keys()
    const places = [
      ...(sid === undefined ? [] : [endedSid(sid)]),
      ...(sub === undefined ? [] : [endedSub(sub)]),
      ...(sub === undefined || sid !== undefined ? [] : [endedSubAlone(sub)]),
    ]
    const marks = await Promise.all(places.map(place => this.#store.members(place)))
    if (marks.flat().some(mark => coversToken(mark, issuedAt))) return true
    return this.#memory !== undefined && !(await this.#memory.reaches(issuedAt - clockTolerance))
  }

  /** Learns how long an access token lives, in seconds: logouts are remembered for as long. */
  async learn(life: number | undefined): Promise<void> {
    if (life !== undefined) await this.#memory?.learn(life)
  }

  /** Seconds for which a logout of now is to be remembered. */
  async memory(): Promise<number> {
    return this.#memory?.seconds() ?? LOGOUT_MEMORY
  }

  /**
   * Ends the access tokens of a login that ends now.
   * @param left the mark that its logout has left already
   */
  async end(record: LoginRecord, memory: number, left?: { place: string; mark: LogoutMark }): Promise<void> {
    const { keys, now } = this.#options
    const { sid, sub } = record
    const place = sid === undefined ? keys().endedSubAlone(sub) : keys().endedSid(sid)
    const mark = tokensUntil(now(), record)
    const isLeft = left?.place === place && left.mark.startsWith('issued') && isLater(left.mark, mark)
    if (!isLeft) await this.#store.addMember(place, mark, memory)
  }
}

function isLater(one: LogoutMark, other: LogoutMark): boolean {
  return Number(one.split(' ')[1]) >= Number(other.split(' ')[1])
}
