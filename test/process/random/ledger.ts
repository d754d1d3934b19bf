/** A login as the browser saw it come about. Times are those of the provider's clock, in seconds. */
export interface Login {
  readonly sub: string
  readonly sid: string
  /** Between these two its ID token was issued. */
  readonly issuedAfter: number
  readonly issuedBefore: number
}

/** Something that ends logins. Moments are those of `performance.now()`. */
interface Ending {
  what: string
  sentAt: number
  /** Infinity while nobody has said that it is done. */
  answeredAt: number
  /** Whether it surely covers the login; may be too, when the login's time is not known well enough. */
  covers(login: Login): 'surely' | 'maybe' | 'no'
  coversToken(token: Token): 'surely' | 'maybe' | 'no'
}

/** An access token of a login. */
export interface Token {
  readonly jwt: string
  readonly sub: string
  readonly sid: string
  /** `iat`. */
  readonly issuedAt: number
}

/**
 * Who may be logged in and who may not, by what was said and answered so far: the rules of a logout, and
 * nothing of how they are kept.
 */
export class Ledger {
  readonly violations: string[] = []
  readonly #endings: Ending[] = []

  /** A logout request for a session of the provider is sent; the function it returns says that it is answered. */
  endsSid(sid: string): () => void {
    const now = Math.floor(Date.now() / 1000)
    return this.#sent({
      what: `sid ${sid}`,
      covers: login => (login.sid === sid ? 'surely' : 'no'),
      coversToken: token => coversByTime(token.sid === sid, token, now),
    })
  }

  /** One for a user: it covers the logins whose ID token is not younger than itself. */
  endsSub(sub: string, issuedAt: number): () => void {
    const covers = (login: Login) => {
      if (login.sub !== sub || Math.floor(login.issuedAfter) > issuedAt) return 'no'
      return Math.floor(login.issuedBefore) <= issuedAt ? 'surely' : 'maybe'
    }
    const coversToken = (token: Token) => coversByTime(token.sub === sub, token, issuedAt)
    return this.#sent({ what: `sub ${sub} until ${issuedAt}`, covers, coversToken })
  }

  /** The user's own logout: it covers the tokens of the session, whoever has them. */
  logsOut(ended: Login): () => void {
    const now = Math.floor(Date.now() / 1000)
    return this.#sent({
      what: `logout of ${ended.sid}`,
      covers: login => (login === ended ? 'surely' : 'no'),
      coversToken: token => coversByTime(token.sid === ended.sid, token, now),
    })
  }

  /** A new login in the same browser: the tokens of the one before go on. */
  replaces(ended: Login): () => void {
    return this.#sent({
      what: `replaced ${ended.sid}`,
      covers: login => (login === ended ? 'surely' : 'no'),
      coversToken: () => 'no',
    })
  }

  /** An API was asked with the token at that moment, and let it in or not. */
  sawToken(token: Token, isIn: boolean, sentAt: number, where: string): void {
    const story = `${where}: ${token.sub} ${token.sid} ${token.issuedAt}`
    const covering = this.#endings.filter(({ coversToken }) => coversToken(token) !== 'no')
    if (!isIn && covering.length === 0) this.violations.push(`A token ended by nobody: ${story}`)
    const ending = covering.find(
      ({ answeredAt, coversToken }) => answeredAt < sentAt && coversToken(token) === 'surely',
    )
    if (isIn && ending) this.violations.push(`A token lives on after a logout (${ending.what}): ${story}`)
  }

  /** Since when the login is said to be ended, by `performance.now()`; undefined while it is not. */
  outSince(login: Login): number | undefined {
    const answers = this.#endings
      .filter(({ answeredAt, covers }) => answeredAt < Infinity && covers(login) === 'surely')
      .map(({ answeredAt }) => answeredAt)
    return answers.length > 0 ? Math.min(...answers) : undefined
  }

  /** A request that was sent at that moment was answered, as logged in or as not. */
  saw(login: Login, isIn: boolean, sentAt: number, where: string): void {
    const story = `${where}: ${JSON.stringify(login)}`
    if (isIn) {
      const ending = this.#endings.find(
        ({ answeredAt, covers }) => answeredAt < sentAt && covers(login) === 'surely',
      )
      if (ending) this.violations.push(`Logged in after a logout (${ending.what}): ${story}`)
    } else if (!this.mayBeOut(login)) {
      this.violations.push(`Logged out by nobody: ${story}`)
    }
  }

  /** Whether anything that was sent so far may have ended the login. */
  mayBeOut(login: Login): boolean {
    return this.#endings.some(({ covers }) => covers(login) !== 'no')
  }

  /** Whether it is said to be ended. */
  isOut(login: Login): boolean {
    return this.#endings.some(
      ({ answeredAt, covers }) => answeredAt < Number.POSITIVE_INFINITY && covers(login) === 'surely',
    )
  }

  #sent(ending: Pick<Ending, 'what' | 'covers' | 'coversToken'>): () => void {
    const entry = { ...ending, sentAt: performance.now(), answeredAt: Number.POSITIVE_INFINITY }
    this.#endings.push(entry)
    return () => {
      entry.answeredAt = performance.now()
    }
  }
}

/** One that is younger may end with a login that was there for longer. */
function coversByTime(isMeant: boolean, { issuedAt }: Token, until: number): 'surely' | 'maybe' | 'no' {
  if (!isMeant) return 'no'
  return issuedAt <= until ? 'surely' : 'maybe'
}
