import { createKeycloak } from '../../../src/index.js'
import { startForger } from '../../support/forger/forger.js'
import { exactly, type Line } from '../report.js'

const CALLERS = 10_000

/** Ten thousand that come at once, before anything was fetched. */
export async function firstRequests(): Promise<Line[]> {
  const forger = await startForger()
  try {
    const keycloak = createKeycloak({
      configuration: forger.discoveryUrl,
      clientId: 'app',
      clientSecret: 's3cret',
    })
    const now = Math.floor(Date.now() / 1000)
    const token = await forger.sign({
      iss: forger.issuer,
      sub: 's',
      azp: 'app',
      typ: 'Bearer',
      iat: now,
      exp: now + 300,
    })
    await Promise.all(Array.from({ length: CALLERS }, () => keycloak.verifyToken(token)))
    const { discovery, jwks } = forger.counts
    return [
      exactly(`discoveries for ${CALLERS.toLocaleString('en')} concurrent first requests`, discovery, 1),
      exactly(`key fetches for ${CALLERS.toLocaleString('en')} concurrent first requests`, jwks, 1),
    ]
  } finally {
    await forger.close()
  }
}
