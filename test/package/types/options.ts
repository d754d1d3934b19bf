/** Compiled by `npm run check`, never run: mistakes in options show in the editor, not at the first login. */
import type { webcrypto } from 'node:crypto'
import * as undici from 'undici'
import {
  createKeycloak,
  createProvider,
  type Keycloak,
  KeycloakError,
  type KeycloakErrorCode,
  type KeycloakOptions,
  loadLogin,
  type Provider,
} from '../../../src/index.js'

const minimal = { configuration: 'https://host/realms/a', clientId: 'app' }

export const good: KeycloakOptions[] = [
  minimal,
  // An environment variable that may not be set, with a warning when it is not.
  { ...minimal, clientSecret: process.env.CLIENT_SECRET, baseUrl: process.env.BASE_URL },
  { ...minimal, issuer: undefined, audience: undefined, store: undefined, afterLogin: undefined },
  { ...minimal, clientSecret: 's', clientAuth: 'client_secret_post' },
  { ...minimal, clientAuth: { method: 'private_key_jwt', key: {} as webcrypto.CryptoKey, kid: 'k' } },
  { ...minimal, routes: { logoutRequest: false, callback: '/callback' } },
  { ...minimal, configuration: { issuer: 'https://host/realms/a' } },
  { ...minimal, scopes: ['openid', 'offline_access'] as const },
  { ...minimal, fetch },
  { ...minimal, fetch: (url, request) => fetch(url, { ...request, keepalive: true }) },
  { ...minimal, fetch: (url, request) => undici.fetch(url, { ...request, dispatcher: new undici.Agent() }) },
  { ...minimal, now: () => 0 },
]

export function mistakes(keycloak: Keycloak, provider: Provider): void {
  // @ts-expect-error clientId is missing
  createKeycloak({ configuration: 'https://host/realms/a' })
  // @ts-expect-error misspelt
  createKeycloak({ ...minimal, clientID: 'app' })
  // @ts-expect-error a list, not a text
  createKeycloak({ ...minimal, scopes: 'openid profile' })
  // @ts-expect-error the key is missing
  createKeycloak({ ...minimal, clientAuth: 'private_key_jwt' })
  // @ts-expect-error no such scope of a logout
  createKeycloak({ ...minimal, logoutScope: 'user' })
  // @ts-expect-error seconds, as a number
  createKeycloak({ ...minimal, timeout: '3s' })
  // @ts-expect-error no such route
  createKeycloak({ ...minimal, routes: { register: '/register' } })
  // @ts-expect-error a client that can only read is no store
  createKeycloak({ ...minimal, store: { get: async () => undefined } })
  // @ts-expect-error what decides who is asked has to be there
  createKeycloak({ ...minimal, clientId: process.env.CLIENT_ID })
  // @ts-expect-error what decides who passes is there, or is not named
  keycloak.requireLogin({ acr: process.env.ACR })
  // @ts-expect-error one of each
  keycloak.requireRole({ client: process.env.CLIENT, role: 'admin' })
  // @ts-expect-error misspelt
  keycloak.requireLogin({ arc: 'gold' })
  // @ts-expect-error misspelt
  keycloak.logoutUrl({ redirectURI: '/' })
  // @ts-expect-error it has no options
  loadLogin(provider, { renew: 'lazy' })
  // @ts-expect-error it takes nothing
  keycloak.routes({ prefix: '/x' })
  // @ts-expect-error hooks belong to the composition, a provider has none
  createProvider({ ...minimal, afterLogin: () => undefined })
}

export function codes(error: unknown): KeycloakErrorCode | undefined {
  if (!(error instanceof KeycloakError)) return undefined
  // @ts-expect-error codes are a closed set: a misspelt one does not compile
  if (error.code === 'login_requird') return undefined
  if (error.code === 'login_required') return error.code
  const status: number = error.status
  return status < 500 && error.expose ? error.code : undefined
}
