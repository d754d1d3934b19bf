import assert from 'node:assert/strict'
import { verifyToken } from '../../src/protocol/api/verify-token.js'
import { verifyLogoutTokenJwt } from '../../src/protocol/logout/logout-token.js'
import { renewLogin } from '../../src/protocol/renewal/renewal.js'
import type { Provider } from '../../src/provider/provider.js'
import { authorize, exchange, heldLogin, outcome, rp } from '../support/app/rp.js'
import { type Forger, startForger } from '../support/forger/forger.js'

type Kind = { typ: string | undefined; claims: Record<string, unknown> }

/** What Keycloak and others sign with the same key: header and claims that tell them apart, or do not. */
const kinds: Record<string, Kind> = {
  'an ID token': { typ: 'JWT', claims: { typ: 'ID' } },
  'an ID token that does not say so': { typ: undefined, claims: {} },
  'an access token': { typ: 'JWT', claims: { typ: 'Bearer' } },
  'an access token of RFC 9068': { typ: 'at+jwt', claims: {} },
  'a logout token': { typ: 'logout+jwt', claims: {} },
  'a logout token of Keycloak': { typ: 'logout+jwt', claims: { typ: 'Logout' } },
  'a logout token of Keycloak before 25': { typ: 'JWT', claims: { typ: 'Logout' } },
  'a refresh token': { typ: 'JWT', claims: { typ: 'Refresh' } },
  'an offline token': { typ: 'JWT', claims: { typ: 'Offline' } },
  'an access token dressed as a logout token': { typ: 'logout+jwt', claims: { typ: 'Bearer' } },
  'an ID token dressed as an access token': { typ: 'at+jwt', claims: { typ: 'ID' } },
  'a security event': { typ: 'secevent+jwt', claims: {} },
  'a DPoP proof': { typ: 'dpop+jwt', claims: {} },
}

const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }

describe('9.2.2 Of tokens that have every claim right, only the type makes one be believed', () => {
  let op: Forger
  let provider: Provider
  before(async () => {
    op = await startForger()
    provider = rp(op, { audience: 'api' })
  })
  beforeEach(() => op.reset())
  after(() => op.close())

  function sign({ typ, claims }: Kind, more: Record<string, unknown>): Promise<string> {
    const iat = Math.floor(Date.now() / 1000)
    const common = { iss: op.issuer, sub: 'user-1', sid: 's1', azp: 'app', jti: 'j', iat, exp: iat + 120 }
    return op.sign({ ...common, aud: ['app', 'api'], ...claims, ...more }, { header: { typ } })
  }

  /** Brings a token to where another kind belongs, with what that place asks for besides the type. */
  const places: Record<string, { takes: RegExp; bring: (kind: Kind) => Promise<unknown> }> = {
    'as the ID token of a login': {
      takes: /^an ID token( that does not say so)?$/,
      bring: async kind => {
        const answered = await authorize(provider)
        op.knobs.token = { id_token: await sign(kind, { nonce: answered.transaction.nonce }) }
        return exchange(provider, answered)
      },
    },
    'as the ID token of a renewal': {
      takes: /^an ID token( that does not say so)?$/,
      bring: async kind => {
        const { id, record } = await heldLogin(provider)
        op.knobs.refresh.response = { id_token: await sign(kind, {}) }
        return renewLogin(provider, id, record)
      },
    },
    'as an access token': {
      takes: /^an access token( of RFC 9068)?$/,
      bring: async kind => verifyToken(provider, await sign(kind, {})),
    },
    'as a logout token': {
      takes: /^a logout token/,
      bring: async kind => verifyLogoutTokenJwt(provider, await sign(kind, { events })),
    },
  }

  for (const [place, { takes, bring }] of Object.entries(places)) {
    for (const [name, kind] of Object.entries(kinds)) {
      const isRight = takes.test(name)
      it(`9.2.2 ${name} ${isRight ? 'is' : 'is not'} taken ${place}`, async () => {
        assert.equal((await outcome(bring(kind))) === '200 ok', isRight)
      })
    }
  }
})
