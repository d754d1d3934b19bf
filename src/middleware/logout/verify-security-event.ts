import { timingSafeEqual } from 'node:crypto'
import { checkOptions } from '../../check-options.js'
import { type KeycloakError, RequestError, TokenError } from '../../errors.js'
import { readText } from '../../http/form.js'
import { stateOf } from '../../http/guard/login-state.js'
import { refused, reporting } from '../../http/refusal.js'
import { requireMethod } from '../../http/request.js'
import type { Context, Middleware } from '../../http/types.js'
import {
  POLICY,
  type SecurityEventPolicy,
  verifySecurityEventToken,
} from '../../protocol/logout/security-event.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { KeycloakSecurityEvent } from '../../token.js'
import { type Checks, type Settled, text } from '../../util/checks.js'
import { sha256 } from '../../util/random.js'

export interface VerifySecurityEventOptions extends SecurityEventPolicy {
  /**
   * The header `Authorization` that the transmitter sends, as it was given to the stream (`authorization_header`):
   * `Bearer …`. Without it none is asked for; events are signed all the same.
   */
  authorization?: string | undefined
}

const OPTIONS = { ...POLICY, authorization: text } satisfies Checks<VerifySecurityEventOptions>

type Settings = Settled<VerifySecurityEventOptions, typeof OPTIONS>

/**
 * Verifies a security event that is pushed (RFC 8417, RFC 8935). Pass-through; POST. One that was served before is
 * answered 202, and nothing happens.
 *
 * Reads header and body. Writes `ctx.state[name].securityEvent`, and remembers the event when what stands behind
 * has served it.
 *
 * Answers 400 with `{"err":…}` (section 2.4) for what can not be believed; other refusals keep their status. Throws
 * `store_unavailable` or a `ProviderError` when the keys can not be had (503): then it is sent again.
 */
export function verifySecurityEvent(
  provider: Provider,
  options: VerifySecurityEventOptions = {},
): Middleware {
  checkProvider('verifySecurityEvent()', provider)
  const settings = checkOptions('verifySecurityEvent()', options, OPTIONS)
  return async function verifySecurityEvent(ctx, next) {
    const event = await verified(provider, ctx, settings)
    if (event === undefined) return
    const { events } = provider.logins
    if (await events.has(event.jti)) {
      ctx.status = 202
      ctx.body = ''
      return
    }
    stateOf(provider, ctx).securityEvent = event
    await next()
    if (ctx.status >= 200 && ctx.status < 300) await events.add(event.jti)
  }
}

/** Without an event the request is answered. */
async function verified(
  provider: Provider,
  ctx: Context,
  settings: Settings,
): Promise<KeycloakSecurityEvent | undefined> {
  try {
    return await reporting(provider, 'security_event.refused', async () => {
      requireMethod(ctx, 'POST')
      checkSecret(ctx, settings.authorization)
      const jwt = await readText(ctx, 'application/secevent+jwt')
      return verifySecurityEventToken(provider, jwt, settings)
    })
  } catch (error) {
    if (!(error instanceof RequestError || error instanceof TokenError)) throw error
    answer(provider, ctx, error)
    return undefined
  }
}

/** Compared as hashes: neither time nor length says how much of a guess was right. */
function checkSecret(ctx: Context, expected: string | undefined): void {
  if (expected === undefined) return
  const [given, right] = [ctx.get('authorization'), expected].map(each => Buffer.from(sha256(each)))
  if (given && right && timingSafeEqual(given, right)) return
  throw new TokenError('security_event_invalid', { reason: 'authentication_failed' })
}

/** "The response MUST include a Content-Language header" (RFC 8935, section 2.3). */
function answer(provider: Provider, ctx: Context, error: KeycloakError): void {
  refused(provider, 'security_event.refused', error)
  ctx.status = error.status
  ctx.set({ ...error.headers, 'Content-Language': 'en' })
  const err = error instanceof TokenError ? error.reason : undefined
  ctx.body = { err: err ?? 'invalid_request', description: error.message }
}
