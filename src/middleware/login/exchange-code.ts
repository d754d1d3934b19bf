import { KeycloakError, LoginError, RequestError } from '../../errors.js'
import { readForm } from '../../http/form.js'
import { stateOf } from '../../http/guard/login-state.js'
import { beginLogin } from '../../http/login/begin-login.js'
import { Exchanged } from '../../http/login/exchanged.js'
import { takeTransaction, type UnknownReason } from '../../http/login/transactions.js'
import { wasTried } from '../../http/login/tried.js'
import { withoutCookie } from '../../http/login/used-cookie.js'
import { homePath } from '../../http/public-address.js'
import { refused, reporting } from '../../http/refusal.js'
import { queryOf, refusePrefetch, requireMethod, sendTo } from '../../http/request.js'
import type { Context, Middleware } from '../../http/types.js'
import { type Transaction, wasRestarted, wasSilent } from '../../protocol/login/authorization.js'
import {
  exchangeAuthorizationCode,
  isExpiredPage,
  RESPONSE_PARAMS,
} from '../../protocol/login/code-exchange.js'
import { discover } from '../../protocol/provider/discover.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'

/** What is read of the provider's answer; further parameters, which anybody may add, are not looked at. */
const ANSWER = {
  names: [...RESPONSE_PARAMS, 'kc_action_status'],
  texts: ['error_description'],
}

/**
 * Turns the code that the browser brings back into verified tokens (OpenID Connect Core 1.0, sections 3.1.2.5
 * to 3.1.3.8). Pass-through; GET, and POST for `response_mode=form_post`.
 *
 * Reads the query and the cookie of this login, which is gone afterwards whatever comes, what later pieces throw
 * included: its removal is put among that error's headers. Writes
 * `ctx.state[name].exchanged`.
 *
 * Answers itself: a form is turned into a GET, since SameSite=Lax cookies do not come with it; a `state` that
 * is not known sends a logged-in user on to the application and begins the login of one who is not once more;
 * a silent login (`prompt=none`) that does not come about goes back to where it came from.
 *
 * Throws `invalid_request`, `prefetch_refused`, `login_unknown`, `access_denied`, `authorization_rejected`, `login_not_possible`,
 * `issuer_mismatch`, `issuer_missing`, `nonce_mismatch`, `code_rejected`, `step_up_failed`, `organization_missing`, `id_token_invalid`, `clock_mismatch`, `client_rejected`,
 * `provider_rejected`, `provider_error`, `provider_response_invalid`, `provider_unavailable`.
 */
export function exchangeCode(provider: Provider, ...none: []): Middleware {
  checkProvider('exchangeCode()', provider, none)
  return async function exchangeCode(ctx, next) {
    const state = await reporting(provider, 'login.refused', () => exchange(provider, ctx))
    if (state === undefined) return
    try {
      await next()
    } catch (error) {
      throw withoutCookie(provider, ctx, state, error)
    }
  }
}

/** Gives the `state` of the login that is there now; without one the request is answered. */
async function exchange(provider: Provider, ctx: Context): Promise<string | undefined> {
  requireMethod(ctx, 'GET', 'POST')
  refusePrefetch(ctx)
  const metadata = await discover(provider)
  if (ctx.method === 'POST') {
    sendTo(ctx, `?${await readForm(ctx, ANSWER)}`)
    return undefined
  }
  const params = queryOf(ctx, ANSWER)
  const state = params.get('state')
  if (!state || !(params.get('code') || params.get('error'))) throw new RequestError('invalid_request')
  const transaction = takeTransaction(provider, ctx, state)
  if (typeof transaction === 'string') return rescue(provider, ctx, state, transaction)
  try {
    const record = await exchangeAuthorizationCode(provider, metadata, params, transaction)
    const actionStatus = params.get('kc_action_status') ?? undefined
    stateOf(provider, ctx).exchanged = new Exchanged(record, transaction.returnTo, actionStatus)
    return state
  } catch (error) {
    return recover(provider, ctx, params, transaction, error)
  }
}

/** The user is never stuck: reload, back button, bookmark and a login page left open for an hour end here. */
async function rescue(
  provider: Provider,
  ctx: Context,
  state: string,
  reason: UnknownReason,
): Promise<undefined> {
  // Of a silent one a browser with cookies knows that it was tried, and is not sent in circles.
  const isSettled = stateOf(provider, ctx).loggedIn || (wasSilent(state) && wasTried(provider, ctx))
  if (isSettled) sendTo(ctx, homePath(provider))
  else if (wasRestarted(state) || wasSilent(state)) throw new LoginError('login_unknown', { reason })
  else await beginLogin(provider, ctx, { returnTo: homePath(provider), restarted: true })
  return undefined
}

async function recover(
  provider: Provider,
  ctx: Context,
  params: URLSearchParams,
  transaction: Transaction,
  error: unknown,
): Promise<undefined> {
  const { returnTo, state } = transaction
  if (transaction.silent && error instanceof KeycloakError) {
    noteSilentFailure(provider, ctx, error)
    sendTo(ctx, returnTo)
    return undefined
  }
  if (isExpiredPage(error, params) && !wasRestarted(state)) {
    await beginLogin(provider, ctx, { returnTo, restarted: true })
    return undefined
  }
  throw withoutCookie(provider, ctx, state, error)
}

/** Of a silent login the visitor sees nothing but its success; that it was not possible is no failure at all. */
function noteSilentFailure(provider: Provider, ctx: Context, error: KeycloakError): void {
  if (error.code === 'login_not_possible') return
  refused(provider, 'login.refused', error)
  if (!error.expose) ctx.app.emit('error', error, ctx)
}
