import type { JWTPayload } from 'jose'
import type { KeyPair } from '../../../src/testing/provider/keys.js'
import type { Members } from '../../../src/testing/provider/reply.js'
import type { Session } from '../../../src/testing/provider/sessions.js'
import type { Saying, TokenUse, Voice } from '../../../src/testing/provider/voice.js'
import { type Forgery, innocent, type Knobs, type Overrides } from './knobs.js'
import { forge, type Keyring, type Signing } from './signing.js'

export interface Login {
  sub: string
  sid: string
}

/** Says what a correct provider says, but for what the knobs change. */
export class ForgedVoice implements Voice {
  knobs: Knobs = innocent()
  readonly logins: Login[] = []
  readonly #ring: Omit<Keyring, 'own'>

  constructor(ring: Omit<Keyring, 'own'>) {
    this.#ring = ring
  }

  say(saying: Saying, right: Members, request?: URLSearchParams): Members {
    const { metadata, authorization, token, refresh, userInfo } = this.knobs
    switch (saying) {
      case 'metadata':
        return {
          ...right,
          introspection_endpoint: `${right.token_endpoint}/introspect`,
          ...metadata,
        }
      case 'authorization':
        return { ...right, ...authorization }
      case 'token':
        return { ...right, ...token }
      case 'renewal': {
        const kept = refresh.rotate ? {} : { refresh_token: request?.get('refresh_token') }
        const idToken = refresh.noIdToken ? { id_token: undefined } : {}
        return { ...right, ...idToken, ...token, ...kept, ...refresh.response }
      }
      case 'userinfo':
        return { ...right, ...userInfo }
    }
  }

  sign(use: TokenUse, claims: JWTPayload, own: KeyPair): Promise<string> {
    const { idToken, accessToken, refresh } = this.knobs
    switch (use) {
      case 'id_token':
        return this.#forged(idToken, claims, own)
      case 'renewed_id_token':
        return this.#forged(idToken, claims, own, refresh.claims)
      case 'access_token':
        return this.#forged(accessToken, claims, own)
      case 'logout_token':
        return this.forge(claims, { header: { typ: 'logout+jwt' } }, own)
    }
  }

  /** What a knob puts in its place is what an ID token has to have the hash of. */
  issued(accessToken: string): string {
    const { access_token: other = accessToken } = this.knobs.token
    return typeof other === 'string' ? other : accessToken
  }

  loggedIn({ sid, person: { sub } }: Session): void {
    this.logins.push({ sub, sid })
  }

  forge(claims: JWTPayload, signing: Signing | undefined, own: KeyPair): Promise<string> {
    return forge({ ...this.#ring, own }, claims, signing)
  }

  #forged(forgery: Forgery, right: JWTPayload, own: KeyPair, more: Overrides = {}): Promise<string> {
    const { claims, ...signing } = forgery
    return this.forge({ ...right, ...claims, ...more }, signing, own)
  }
}
