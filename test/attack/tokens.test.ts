import assert from 'node:assert/strict'
import { exportSPKI } from 'jose'
import { type ForgedApp, requestLogout, useForgedApp } from '../support/app/forged-app.js'
import { UserAgent } from '../support/browser/user-agent.js'
import type { Signing, Trick } from '../support/forger/forger.js'

/** Every place at which a token comes in, and how to bring one there; each says whether it was believed. */
const doors = {
  'an ID token at the callback': async ({ forger, url }: ForgedApp, token: Token) => {
    forger.knobs.idToken = token
    const page = await new UserAgent().goto(`${url}/private`)
    return page.status === 200
  },
  'an access token at an API': async ({ forger, url }: ForgedApp, { claims, ...signing }: Token) => {
    const jwt = await forger.sign({ ...accessClaims(forger.issuer), ...claims }, signing)
    return (await fetch(`${url}/api`, { headers: { authorization: `Bearer ${jwt}` } })).status === 200
  },
  'a logout token': async (app: ForgedApp, { claims, ...signing }: Token) =>
    (await requestLogout(app, { sub: 'user-1', ...claims }, signing)).status === 200,
}

interface Token extends Signing {
  claims?: Record<string, unknown>
}

const now = () => Math.floor(Date.now() / 1000)

function accessClaims(iss: string) {
  return { iss, sub: 'user-1', azp: 'app', aud: 'api', typ: 'Bearer', iat: now(), exp: now() + 300 }
}

describe('Forged tokens', () => {
  const app = useForgedApp({
    audience: 'api',
    extend: (_app, router, keycloak) => {
      router.get('/api', keycloak.bearer(), ctx => {
        ctx.body = 'in'
      })
    },
  })
  beforeEach(() => app.forger.reset())

  const tricks: Record<string, Trick[]> = {
    '9.1.1 not believed without a good signature of the provider': ['broken', 'foreign-key', 'unknown-kid'],
    '9.1.2 not believed without a signature, nor with one that a shared secret or a public key makes': [
      'none',
      'client-secret',
      'public-key',
    ],
    '9.1.3 not believed with a key that it brings along or points to': ['embedded-jwk', 'jku'],
  }

  for (const [door, isBelieved] of Object.entries(doors)) {
    describe(door, () => {
      it('is believed when nothing is wrong with it', async () => {
        assert.equal(await isBelieved(app, {}), true)
      })

      for (const [title, all] of Object.entries(tricks)) {
        for (const trick of all) {
          it(`${title}: ${trick}`, async () => {
            assert.equal(await isBelieved(app, { trick }), false)
          })
        }
      }

      it('9.1.2 not believed with HMAC made of the public key in any of its forms', async () => {
        const { publicKey, publicJwk } = app.forger.key
        const pem = await exportSPKI(publicKey)
        const forms = [
          pem,
          pem.trim(),
          `${pem.trim()}\n`,
          JSON.stringify(publicJwk),
          publicJwk.n ?? '',
          'app-secret',
        ]
        for (const alg of ['HS256', 'HS384', 'HS512']) {
          for (const form of forms) {
            const key = new TextEncoder().encode(form.padEnd(64))
            assert.equal(await isBelieved(app, { key, header: { alg } }), false)
          }
        }
      })

      it('9.1.3 not believed by x5u, x5c and x5t, which are never looked at', async () => {
        const x5u = `${app.forger.issuer}/foreign-jwks`
        assert.equal(
          await isBelieved(app, { trick: 'foreign-key', header: { x5u, x5c: ['AAAA'], x5t: 'x' } }),
          false,
        )
        assert.equal(app.forger.counts.foreignJwks, 0)
      })

      it('9.2.1 not believed before and after its time', async () => {
        for (const claims of [
          { exp: now() - 60 },
          { nbf: now() + 60 },
          { iat: now() + 60 },
          { exp: 'x' },
          { iat: undefined },
        ]) {
          assert.equal(await isBelieved(app, { claims }), false, JSON.stringify(claims))
        }
      })

      it('9.2.3 not believed when it is for somebody else', async () => {
        for (const aud of [
          'other',
          ['other'],
          [],
          undefined,
          null,
          'APP',
          'ap',
          'app ',
          'apiapp',
          ['app,api'],
        ]) {
          assert.equal(await isBelieved(app, { claims: { aud } }), false, JSON.stringify(aud))
        }
      })

      it('9.2.4 not believed from an issuer that is only nearly this one', async () => {
        const { issuer } = app.forger
        const nearly = [
          `${issuer}/`,
          issuer.toUpperCase(),
          issuer.replace('forged', 'other'),
          [issuer],
          undefined,
          null,
        ]
        for (const iss of nearly)
          assert.equal(await isBelieved(app, { claims: { iss } }), false, JSON.stringify(iss))
      })
    })
  }

  it('9.1.1 claims put under the signature of another token are not believed', async () => {
    const { issuer, sign } = app.forger
    const [header, , signature] = (await sign(accessClaims(issuer))).split('.')
    const claims = Buffer.from(JSON.stringify({ ...accessClaims(issuer), sub: 'admin' })).toString(
      'base64url',
    )
    const headers = { authorization: `Bearer ${header}.${claims}.${signature}` }
    assert.equal((await fetch(`${app.url}/api`, { headers })).status, 401)
  })
})
