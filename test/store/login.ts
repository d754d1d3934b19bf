import { randomBytes } from 'node:crypto'
import type { LoginRecord } from '../../src/store/login-record.js'
import type { TokenSet } from '../../src/token.js'

/** As large as Keycloak's, with its default claims and a few roles. */
const SIZES = { access: 1350, refresh: 780, id: 1150 }

/** Tokens as the store sees them: texts that nothing is known of. */
export function tokens(overrides: Partial<TokenSet> = {}): TokenSet {
  return {
    accessToken: text(SIZES.access),
    refreshToken: text(SIZES.refresh),
    idToken: text(SIZES.id),
    tokenType: 'Bearer',
    scope: ['openid', 'profile', 'email'],
    sessionState: 'session',
    expiresIn: 300,
    refreshExpiresIn: 1800,
    receivedAt: Date.now() / 1000,
    ...overrides,
  }
}

/** A login that has just begun, half a second after its ID token was issued. */
export function loginRecord(overrides: Partial<LoginRecord> = {}, now = Date.now() / 1000): LoginRecord {
  return {
    iss: 'https://keycloak.example/realms/demo',
    sub: 'user',
    sid: 'session',
    issuedAt: Math.floor(now - 0.5),
    startedAt: now,
    endsAt: now + 36_000,
    renewals: 0,
    tokens: tokens({ receivedAt: now }),
    ...overrides,
  }
}

function text(length: number): string {
  return randomBytes(length).toString('base64url').slice(0, length)
}
