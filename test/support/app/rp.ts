import type { ProviderOptions } from '../../../src/options.js'
import {
  type AuthorizationRequest,
  beginAuthorization,
  type Transaction,
} from '../../../src/protocol/login/authorization.js'
import { exchangeAuthorizationCode } from '../../../src/protocol/login/code-exchange.js'
import { discover } from '../../../src/protocol/provider/discover.js'
import { createProvider, type Provider } from '../../../src/provider/provider.js'
import type { LoginRecord } from '../../../src/store/login-record.js'
import type { Forger } from '../forger/forger.js'

export const callback = 'http://localhost:9/openid/auth'

/** A client of the forger's: the protocol with nothing of Koa around it. */
export function rp(op: Forger, options: Partial<ProviderOptions> = {}): Provider {
  return createProvider({
    configuration: op.discoveryUrl,
    clientId: op.clientId,
    ...(op.clientSecret !== undefined && { clientSecret: op.clientSecret }),
    ...options,
  })
}

export interface Answered {
  params: URLSearchParams
  transaction: Transaction
}

/** Goes to the forger with a new authentication request, and comes back with its answer. */
export async function authorize(
  provider: Provider,
  request: Partial<AuthorizationRequest> = {},
): Promise<Answered> {
  const { url, transaction } = await beginAuthorization(provider, await discover(provider), {
    redirectUri: callback,
    returnTo: '/',
    scopes: ['openid'],
    params: {},
    ...request,
  })
  const response = await fetch(url, { redirect: 'manual' })
  return { params: new URL(response.headers.get('location') ?? '').searchParams, transaction }
}

export async function exchange(provider: Provider, { params, transaction }: Answered): Promise<LoginRecord> {
  return exchangeAuthorizationCode(provider, await discover(provider), params, transaction)
}

export async function logIn(
  provider: Provider,
  request: Partial<AuthorizationRequest> = {},
): Promise<LoginRecord> {
  return exchange(provider, await authorize(provider, request))
}

/** A login that is in the store, by its id. */
export async function heldLogin(provider: Provider): Promise<{ id: string; record: LoginRecord }> {
  const record = await logIn(provider)
  return { id: await provider.logins.begin(record), record }
}

/** Code and status that a promise fails with, `200 ok` when it does not: for tables. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return '200 ok'
  } catch (error) {
    const { status, code, name, message } = error as { status?: number; code?: string } & Error
    return status === undefined ? `${name}: ${message}` : `${status} ${code}`
  }
}
