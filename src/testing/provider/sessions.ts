import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import type { Person } from './people.js'

/** A user's session at the provider: one for all applications that the same browser logs in to. */
export interface Session {
  sid: string
  person: Person
  /** When the user authenticated, in seconds since the epoch. */
  authTime: number
  isAlive: boolean
}

/** What an authorization request asked for, and whose session answered it. */
export interface Grant {
  session: Session
  clientId: string
  redirectUri: string
  nonce: string | undefined
  challenge: string | undefined
  scope: string
}

/** The sessions of a realm. */
export class Sessions {
  readonly #bySid = new Map<string, Session>()

  /**
   * The session of that id, as long as it is that user's, with what the user has become meanwhile; else a new one, of
   * that id where there is one. To come by another strength is to authenticate again.
   */
  open(person: Person, now: number, sid: string = randomUUID()): Session {
    const known = this.#bySid.get(sid)
    if (known?.isAlive && known.person.sub === person.sub) {
      const authTime = known.person.acr === person.acr ? known.authTime : now
      return Object.assign(known, { person, authTime })
    }
    const session = { sid, person, authTime: now, isAlive: true }
    this.#bySid.set(sid, session)
    return session
  }

  /** The living sessions, of one user or of all. */
  living(username?: string): Session[] {
    return [...this.#bySid.values()].filter(
      ({ isAlive, person }) => isAlive && (username === undefined || person.username === username),
    )
  }

  end(sid: string | undefined): void {
    const session = sid === undefined ? undefined : this.#bySid.get(sid)
    if (session) session.isAlive = false
  }
}

/** The session that an ID token belongs to. */
export function sidIn(idToken: string | null): string | undefined {
  try {
    const { sid } = decodeJwt(idToken ?? '')
    return typeof sid === 'string' ? sid : undefined
  } catch {
    return undefined
  }
}
