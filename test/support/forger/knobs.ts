import { ENDPOINTS } from '../../../src/testing/provider/endpoints.js'
import type { Signing } from './signing.js'

/** Besides those of the kit's provider: introspection, and a key set of a stranger, which `jku` headers point to, and which nothing should ask for. */
export const forgerEndpoints = [...ENDPOINTS, 'introspection', 'foreignJwks'] as const

export type ForgerEndpoint = (typeof forgerEndpoints)[number]

/** An answer of one's own. `delay` (seconds) goes before it; alone, the right answer comes late. */
export interface Answer {
  delay?: number
  status?: number
  headers?: Record<string, string>
  /** An object is sent as JSON. */
  body?: string | object
}

/**
 * `hang`: never an answer; `drop`: the connection ends without one; `lost`:
 * the same, but what was asked for is done; `error`: 500; `html`: 200 with a page;
 * `garbage`: JSON that is none; `empty`: 200 with nothing; `huge`: 60 MB of correct JSON; `slow`: headers, and
 * then a blank now and then, without end; `half`: half of the right answer, and no more; `wrong-type`: the right answer as text/plain; `redirect`: 302 to
 * where the right answer is.
 */
export type Mischief =
  | 'hang'
  | 'drop'
  | 'lost'
  | 'error'
  | 'html'
  | 'garbage'
  | 'empty'
  | 'huge'
  | 'slow'
  | 'half'
  | 'wrong-type'
  | 'redirect'
  | Answer

/** Members that are merged over the right ones; `undefined` takes one away. */
export type Overrides = Record<string, unknown>

/** What is wrong with the provider. May be changed at any time; nothing at all at the beginning. */
export interface Knobs {
  metadata: Overrides
  mischief: Partial<Record<ForgerEndpoint, Mischief>>
  /** Parameters of the redirect back. `{ code: undefined, error: 'access_denied' }`: no login. */
  authorization: Overrides
  /** Of the token response. */
  token: Overrides
  idToken: Forgery
  accessToken: Forgery
  refresh: {
    /** A new refresh token each time, and the old one kills the family. Default: true. */
    rotate: boolean
    /** No new ID token. Default: false. */
    noIdToken: boolean
    /** Of the renewed ID token's claims, over those of `idToken`. */
    claims: Overrides
    /** Of the response, over those of `token`. */
    response: Overrides
  }
  userInfo: Overrides
  /** Answers to token requests of other grant types than a login's, by `grant_type`. */
  grants: Record<string, (request: { form: URLSearchParams; authorization: string | undefined }) => Answer>
  /** What the introspection endpoint says; a token that is not known is not active. */
  introspection: (token: string) => Overrides
  /** Who logs in next. */
  sub: string
  /** The session of the next login. Default: a new one each time. */
  sid: string | undefined
}

export interface Forgery extends Signing {
  claims?: Overrides
}

export function innocent(): Knobs {
  return {
    metadata: {},
    mischief: {},
    authorization: {},
    token: {},
    idToken: {},
    accessToken: {},
    refresh: { rotate: true, noIdToken: false, claims: {}, response: {} },
    userInfo: {},
    grants: {},
    introspection: () => ({ active: false }),
    sub: 'user-1',
    sid: undefined,
  }
}
