import type { LoginRecord } from '../../store/login-record.js'
import { KeycloakAuthToken } from '../../token.js'
import type { UserClaims } from '../../util/standard-claims.js'

/** A login whose tokens are verified, but that is not bound to a session yet. */
export class Exchanged {
  readonly #record: LoginRecord
  readonly token: KeycloakAuthToken
  /** Where the visitor wanted to go: a path of this application, or an address on an allowed origin. */
  readonly returnTo: string
  /** Outcome of a `kc_action`, as Keycloak tells it: `success`, `cancelled` or `error`. */
  readonly actionStatus: string | undefined

  constructor(record: LoginRecord, returnTo: string, actionStatus: string | undefined) {
    this.#record = record
    this.token = new KeycloakAuthToken(record.tokens)
    this.returnTo = returnTo
    this.actionStatus = actionStatus
  }

  /** The ID token's claims. */
  get user(): UserClaims {
    return this.token.idTokenClaims ?? {}
  }

  /** What becomes the login; has the raw tokens, and so does not show when this is printed. */
  get record(): LoginRecord {
    return this.#record
  }
}
