import type { JWTPayload } from 'jose'
import { signRs256 } from './jws.js'
import type { KeyPair } from './keys.js'
import type { Members } from './reply.js'
import type { Session } from './sessions.js'

/** What a token is for. */
export type TokenUse = 'id_token' | 'renewed_id_token' | 'access_token' | 'logout_token'

/** What the provider says, other than by tokens. */
export type Saying = 'metadata' | 'authorization' | 'token' | 'renewal' | 'userinfo'

/**
 * How the provider says things. Everything that it says passes through here, so that a provider which misbehaves
 * on purpose is this one with another voice.
 */
export interface Voice {
  /** Has the last word on a document or redirect. `right` is what a correct provider says. */
  say(saying: Saying, right: Members, request?: URLSearchParams): Members
  sign(use: TokenUse, claims: JWTPayload, key: KeyPair): Promise<string>
  /** The access token that is handed out in the place of that one. */
  issued(accessToken: string): string
  /** Hears of each login whose code was exchanged. */
  loggedIn(session: Session): void
}

export const honestVoice: Voice = {
  say: (_, right) => right,
  issued: accessToken => accessToken,
  loggedIn: () => undefined,
  async sign(use, claims, { kid, keyObject }) {
    return signRs256({ typ: use === 'logout_token' ? 'logout+jwt' : 'JWT', kid }, claims, keyObject)
  },
}
