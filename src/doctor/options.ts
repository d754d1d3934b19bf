import {
  type Check,
  type Checks,
  flag,
  httpUrl,
  listOf,
  redirect,
  type Settled,
  text,
  withDefault,
} from '../util/checks.js'
import { isObject, isPlainObject } from '../util/kind-of.js'
import { publicAddress } from './public-address.js'

/** Who reads the client in Keycloak: a user, or a client with a service account. */
export type Administrator = (
  | { readonly user: string; readonly password: string }
  | { readonly clientId: string; readonly clientSecret: string }
) & {
  /** The realm that this user or client belongs to. Default `master`. */
  readonly realm?: string | undefined
  /** Where the admin REST API is, without `/admin`. Default: where the realm is. */
  readonly url?: string | undefined
}

export interface DoctorOptions {
  /**
   * The public address of the application, as browsers see it. Default: the provider's `baseUrl`. Without either the
   * addresses are not looked at.
   */
  baseUrl?: string | undefined
  /** Where a logout may lead to: paths or addresses, each that is given as `redirectUri`. Default: the first page. */
  postLogoutRedirectUris?: readonly string[] | undefined
  /** The application calls others in its own name, by `clientToken()`. Default false. */
  serviceAccount?: boolean | undefined
  /** The Koa application, or anything with its `keys`, for a look at these. */
  app?: { readonly keys?: unknown } | undefined
  /** Compares the client in Keycloak with `clientRepresentation()`, besides. */
  admin?: Administrator | undefined
}

const app: Check<{ readonly keys?: unknown }> = {
  expected: 'a Koa application, or an object with its keys',
  accepts: (v): v is { readonly keys?: unknown } => isObject(v),
}

const admin: Check<Administrator> = {
  expected: '{ user, password } or { clientId, clientSecret }, with realm and url besides if they are others',
  accepts: (v): v is Administrator => {
    if (!isPlainObject(v)) return false
    const { realm, url, ...who } = v
    if (realm !== undefined && !text.accepts(realm)) return false
    if (url !== undefined && !httpUrl.accepts(url)) return false
    return isPair(who, 'user', 'password') || isPair(who, 'clientId', 'clientSecret')
  },
}

function isPair(who: Record<string, unknown>, one: string, other: string): boolean {
  return Object.keys(who).length === 2 && text.accepts(who[one]) && text.accepts(who[other])
}

export const DOCTOR_OPTIONS = {
  baseUrl: publicAddress,
  postLogoutRedirectUris: listOf(redirect),
  serviceAccount: withDefault(flag, false),
  app,
  admin,
} satisfies Checks<DoctorOptions>

export type CheckedOptions = Settled<DoctorOptions, typeof DOCTOR_OPTIONS>
