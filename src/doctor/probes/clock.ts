import type { Examination, Probe } from '../examination.js'
import { type Finding, finding } from '../findings.js'

/** How far this machine's clock is ahead of the provider's, in seconds; behind is negative. */
interface Skew {
  readonly seconds: number
  /** Seconds that it may be wrong by. */
  readonly margin: number
  /** Another setting of the realm would look the same. */
  readonly unsure?: boolean
}

/** Seconds that a code lives, and with it a signed answer, unless an administrator changed that. */
const USUAL_LIFESPAN = 60

/** Whether this machine and the provider agree about the time. */
export const clock: Probe = {
  what: 'the clocks of this machine and of Keycloak',
  async examine(x) {
    await x.metadata()
    const skew = (await skewByHeader(x)) ?? (await skewBySignature(x))
    const { clockTolerance } = x.provider.settings
    return Math.abs(skew.seconds) > clockTolerance + skew.margin ? [mismatch(skew)] : []
  },
}

/** By the Date header, which WildFly and proxies set (RFC 9110, section 6.6.1): in whole seconds. */
async function skewByHeader(x: Examination): Promise<Skew | undefined> {
  const { now } = x.provider.settings
  const { jwks_uri } = await x.metadata()
  const asked = now()
  const response = await x.provider.fetch(jwks_uri, { headers: {} })
  const time = Date.parse(response.headers.get('date') ?? '') / 1000
  return Number.isNaN(time) ? undefined : { seconds: asked - time, margin: 1 + now() - asked }
}

/** By when a signed answer expires, which is a code's lifespan after it was signed; Keycloak sends no Date. */
async function skewBySignature(x: Examination): Promise<Skew> {
  const { expiresAt, receivedAt } = await x.signedAnswer()
  const lifespan = (await x.admin().catch(() => undefined))?.codeLifespan
  const remaining = (expiresAt ?? Number.NaN) - receivedAt
  // One that is over already can not be explained by another lifespan.
  const unsure = lifespan === undefined && remaining > 0
  return { seconds: (lifespan ?? USUAL_LIFESPAN) - remaining, margin: 2, unsure }
}

function mismatch({ seconds, unsure = false }: Skew): Finding {
  const where = `This machine’s is ${Math.round(Math.abs(seconds))} seconds ${seconds > 0 ? 'ahead' : 'behind'}`
  return unsure
    ? finding('clock_mismatch', {
        severity: 'warning',
        detail: `${where}, unless Realm settings › Tokens › Client Login Timeout is not a minute.`,
      })
    : finding('clock_mismatch', { detail: `${where}.` })
}
