import { createLocalJWKSet, jwtVerify } from 'jose'
import { createKeycloak } from '../../../src/index.js'
import { startForger } from '../../support/forger/forger.js'
import { atMost, type Line } from '../report.js'
import type { Scene } from '../scene.js'
import { median, ratio } from '../statistics.js'

const TOKENS = 1000
const SLICE = 50

/** `verifyToken` beside jose alone: CPU time of this process, tokens seen for the first time and again. */
export async function verifying(_: Scene, rounds: number): Promise<Line[]> {
  const forger = await startForger()
  const keycloak = createKeycloak({
    configuration: forger.discoveryUrl,
    clientId: 'app',
    clientSecret: 's3cret',
  })
  const keys = createLocalJWKSet({
    keys: [{ ...forger.key.publicJwk, kid: forger.key.kid, alg: forger.key.alg }],
  })
  const byJose = (token: string) =>
    jwtVerify(token, keys, { issuer: forger.issuer, algorithms: ['RS256'], requiredClaims: ['exp'] })
  const byUs = (token: string) => keycloak.verifyToken(token)
  const seen: Record<'jose' | 'first' | 'again', number[]> = { jose: [], first: [], again: [] }
  try {
    for (let round = -1; round < rounds; round++) {
      const tokens = await Promise.all(
        Array.from({ length: TOKENS }, (_, i) => accessToken(forger, `${round}-${i}`)),
      )
      const cpu = { jose: 0, first: 0 }
      // In small turns, forwards and backwards: what the collector or another process does meets both alike.
      for (let i = 0; i < TOKENS; i += SLICE) {
        const slice = tokens.slice(i, i + SLICE)
        const turns = [
          ['jose', byJose],
          ['first', byUs],
        ] as const
        const order = (i / SLICE) % 2 ? turns.toReversed() : turns
        for (const [name, verify] of order) cpu[name] += (await cpuOf(slice, verify)) / (TOKENS / SLICE)
      }
      seen.jose.push(cpu.jose)
      seen.first.push(cpu.first)
      seen.again.push(await cpuOf(tokens, byUs))
      if (round === -1) for (const figures of Object.values(seen)) figures.pop() // that was to warm up
    }
  } finally {
    await forger.close()
  }
  const times = Object.values(seen).map(figures => `${median(figures).toFixed(0)} µs`)
  return [
    atMost(
      "verifyToken, a token's first time, against jose alone: CPU",
      ratio(seen.first, seen.jose),
      1.1,
      `${times[1]} against ${times[0]}`,
    ),
    atMost(
      'verifyToken, a token seen before, against its first time: CPU',
      ratio(seen.again, seen.first),
      0.1,
      `${times[2]}`,
    ),
  ]
}

async function accessToken(forger: Awaited<ReturnType<typeof startForger>>, jti: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: forger.issuer,
    sub: 'somebody',
    azp: 'app',
    aud: 'account',
    typ: 'Bearer',
    iat: now,
    exp: now + 300,
    jti,
  }
  return forger.sign({ ...claims, realm_access: { roles: ['user', 'admin'] }, scope: 'openid profile email' })
}

/** Microseconds for one token. */
async function cpuOf(tokens: string[], verify: (token: string) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  for (const token of tokens) await verify(token)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / tokens.length
}
