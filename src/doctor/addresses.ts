import { invalidOptions } from '../check-options.js'
import type { Provider, Routes } from '../index.js'
import { redirectTarget } from '../util/redirect-target.js'

/** Where an application is, as browsers and Keycloak see it; every address as Keycloak has to know it. */
export interface Addresses {
  /** With the path it is mounted at, without a slash at the end. */
  readonly base: string
  readonly origin: string
  readonly callback: string
  /** `undefined` where the route is left out. */
  readonly login: string | undefined
  readonly logoutRequest: string | undefined
  /** Where the browser may go after a logout; the first page, if nothing else was said. */
  readonly postLogout: readonly string[]
}

/**
 * The addresses of an application.
 *
 * @param of how the call reads that needs them: for the error
 * @param baseUrl the public address; default: the provider's option
 * @param postLogoutRedirectUris paths or addresses; default: the first page
 *
 * Throws `invalid_options` when nothing says the origin, or an address is on none that is allowed.
 */
export function addressesOf(
  of: string,
  provider: Provider,
  baseUrl: string | undefined,
  postLogoutRedirectUris?: readonly string[],
): Addresses {
  const base = baseOf(provider, baseUrl)
  if (base === undefined)
    throw invalidOptions(`${of}: baseUrl is missing: the public address of the application, with its origin.`)
  const { settings } = provider
  const { origin } = new URL(base)
  const route = (name: keyof Routes) => {
    const path = settings.routes[name]
    return path === false ? undefined : new URL(base + settings.prefix + path).href
  }
  const callback = route('callback')
  if (callback === undefined)
    throw invalidOptions(`${of}: routes.callback is false, but its address is needed here.`)
  const postLogout = (postLogoutRedirectUris ?? [`${new URL(base).pathname.replace(/\/$/, '')}/`]).map(
    uri => {
      const target = redirectTarget(uri, origin, settings.allowedOrigins)
      if (target === undefined)
        throw invalidOptions(
          `${of}: postLogoutRedirectUris has an address that is not on this site or in allowedOrigins.`,
        )
      return new URL(target, origin).href
    },
  )
  return {
    base,
    origin,
    callback,
    login: route('login'),
    logoutRequest: route('logoutRequest'),
    postLogout: settings.routes.logout === false ? [] : postLogout,
  }
}

/** The given address, else the option; where one has the origin only and the other the path, both together. */
function baseOf({ settings }: Provider, given: string | undefined): string | undefined {
  const address = [given, settings.baseUrl].find(url => url !== undefined && !url.startsWith('/'))
  if (address === undefined) return undefined
  const { origin, pathname } = new URL(address)
  const path = pathname === '/' && settings.baseUrl?.startsWith('/') ? settings.baseUrl : pathname
  return origin + path.replace(/\/$/, '')
}

/** Whether a browser and this machine understand the same by it, and others something else. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
}
