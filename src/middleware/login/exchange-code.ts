import { checkProvider } from '../../check-provider.js'
import { KeycloakError, LoginError, RequestError } from '../../errors.js'
import { readForm } from '../../http/form.js'
import { handedOver, stateOf } from '../../http/guard/login-state.js'
import { beginLogin } from '../../http/login/begin-login.js'
import { Exchanged } from '../../http/login/exchanged.js'
import { takeTransaction } from '../../http/login/transactions.js'
import { homePath } from '../../http/public-address.js'
import { queryOf, requireMethod, sendTo } from '../../http/request.js'
import type { Context, Middleware } from '../../http/types.js'
import { type Transaction, wasRestarted } from '../../protocol/login/authorization.js'
import { exchangeAuthorizationCode, isSilentRefusal } from '../../protocol/login/code-exchange.js'
import type { Provider } from '../../provider.js'

/**
 * Turns the code that the browser brings back into verified tokens (OpenID Connect Core 1.0, sections 3.1.2.5
 * to 3.1.3.8). Pass-through; GET, and POST for `response_mode=form_post`.
 *
 * Reads the query and the cookie of this login, which is gone afterwards whatever comes. Writes
 * `ctx.state[name].exchanged`.
 *
 * Answers itself: a form is turned into a GET, since SameSite=Lax cookies do not come with it; a `state` that
 * is not known sends a logged-in user on to the application and begins the login of one who is not once more;
 * a silent login (`prompt=none`) that was not possible goes back to where it came from.
 *
 * Throws `invalid_request`, `login_unknown`, `access_denied`, `login_not_possible`, `issuer_mismatch`,
 * `nonce_mismatch`, `code_rejected`, `step_up_failed`, `id_token_invalid`, `clock_mismatch`, `client_rejected`,
 * `provider_rejected`, `provider_error`, `provider_response_invalid`, `provider_unavailable`, `piece_missing`.
 */
export function exchangeCode(provider: Provider, ...none: []): Middleware {
  checkProvider('exchangeCode()', provider, none)
  return async function exchangeCode(ctx, next) {
    requireMethod(ctx, 'GET', 'POST')
    const metadata = handedOver(provider, ctx, 'metadata', 'exchangeCode', 'discovery()')
    if (ctx.method === 'POST') return sendTo(ctx, `?${await readForm(ctx)}`)
    const params = queryOf(ctx)
    const state = params.get('state')
    if (!state || !(params.get('code') || params.get('error'))) throw new RequestError('invalid_request')
    const transaction = takeTransaction(provider, ctx, state)
    if (!transaction) return rescue(provider, ctx, state)
    try {
      const record = await exchangeAuthorizationCode(provider, metadata, params, transaction)
      const actionStatus = params.get('kc_action_status') ?? undefined
      stateOf(provider, ctx).exchanged = new Exchanged(record, transaction.returnTo, actionStatus)
    } catch (error) {
      return recover(provider, ctx, params, transaction, error)
    }
    await next()
  }
}

/** The user is never stuck: reload, back button, bookmark and a login page left open for an hour end here. */
async function rescue(provider: Provider, ctx: Context, state: string): Promise<void> {
  if (stateOf(provider, ctx).loggedIn) return sendTo(ctx, homePath(provider))
  if (wasRestarted(state)) throw new LoginError('login_unknown')
  await beginLogin(provider, ctx, { returnTo: homePath(provider), restarted: true })
}

async function recover(
  provider: Provider,
  ctx: Context,
  params: URLSearchParams,
  transaction: Transaction,
  error: unknown,
): Promise<void> {
  const { returnTo, state } = transaction
  if (isSilentRefusal(error, transaction)) return sendTo(ctx, returnTo)
  // Keycloak, when its own login page was open for too long: the login is to be begun anew.
  const isStale = params.get('error_description') === 'authentication_expired' && !wasRestarted(state)
  if (isStale && error instanceof KeycloakError && error.code === 'provider_error') {
    return beginLogin(provider, ctx, { returnTo, restarted: true })
  }
  throw keepingCookies(ctx, error)
}

/** Koa drops all headers for an error's: this puts the removal of the used cookie back among them. */
function keepingCookies(ctx: Context, error: unknown): unknown {
  if (!(error instanceof KeycloakError)) return error
  return error.withHeaders({ 'Set-Cookie': ctx.response.get('Set-Cookie') as string | string[] })
}
