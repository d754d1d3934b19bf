import { invalidOptions } from '../check-options.js'
import { RequestError } from '../errors.js'
import type { Routes } from '../options.js'
import type { Provider } from '../provider/provider.js'
import type { Context } from './types.js'

/** The application's own origin, as browsers see it. Throws `invalid_request` for a target or Host that is none. */
export function publicOrigin({ settings }: Provider, ctx: Context): string {
  const { baseUrl } = settings
  pathAndQuery(ctx)
  if (baseUrl && !baseUrl.startsWith('/')) return new URL(baseUrl).origin
  const address = `${ctx.protocol}://${ctx.host}` // ctx.origin is another thing in Koa 2 and in Koa 3
  // With app.proxy both parts are what a header says.
  const isAddress = ctx.host && /^https?:/.test(address) && URL.canParse(address)
  if (!isAddress) throw new RequestError('invalid_request', { detail: '(Host)' })
  return new URL(address).origin
}

/** Path of one of the four routes, as browsers see it, without knowing the request: for links. */
export function publicPath({ settings }: Provider, route: keyof Routes): string {
  return mountOf(settings.baseUrl) + ownPath(settings, route)
}

/** The application's first page, as browsers see it. */
export function homePath({ settings }: Provider): string {
  return `${mountOf(settings.baseUrl)}/`
}

/** The page that was asked for, as browsers see it: what a proxy has cut off its path is put back. */
export function pageAsked({ settings }: Provider, ctx: Context): string {
  const mount = mountOf(settings.baseUrl)
  const page = pathAndQuery(ctx)
  const [path = ''] = page.split(/[?#]/)
  return path === mount || path.startsWith(`${mount}/`) ? page : mount + page
}

/**
 * Absolute address of the callback. When no `baseUrl` says where the application is mounted, the request shows
 * it: whatever stands before the own path of the login or callback route, or what a mount has cut off `ctx.path`.
 */
export function callbackUrl(provider: Provider, ctx: Context): string {
  const { settings } = provider
  const mount = settings.baseUrl === undefined ? mountSeen(provider, ctx) : mountOf(settings.baseUrl)
  return publicOrigin(provider, ctx) + mount + ownPath(settings, 'callback')
}

function mountSeen({ settings }: Provider, ctx: Context): string {
  const path = pathAsked(ctx).replace(/\/$/, '')
  for (const route of ['login', 'callback'] as const) {
    if (settings.routes[route] === false) continue
    const own = ownPath(settings, route)
    if (path.toLowerCase().endsWith(own.toLowerCase())) return path.slice(0, -own.length)
  }
  return pathAsked(ctx).endsWith(ctx.path) ? pathAsked(ctx).slice(0, -ctx.path.length) : ''
}

function pathAsked(ctx: Context): string {
  const path = pathAndQuery(ctx).replace(/[?#].*$/s, '')
  // An address would read what stands before the route's own path as a host.
  if (/^\/[/\\]/.test(path)) throw new RequestError('invalid_request', { detail: '(request target)' })
  return path
}

/**
 * Path and query of the request line, which may name http and host as well (RFC 9112, section 3.2.2). Throws
 * `invalid_request` for other targets: `ftp://host/path`, `*`.
 */
function pathAndQuery(ctx: Context): string {
  const target = ctx.originalUrl.replace(/^https?:\/\/[^/?#]*/i, '')
  if (target.startsWith('/')) return target
  throw new RequestError('invalid_request', { detail: '(request target)' })
}

function mountOf(baseUrl: string | undefined): string {
  if (baseUrl === undefined) return ''
  const path = baseUrl.startsWith('/') ? baseUrl : new URL(baseUrl).pathname
  return path.replace(/\/$/, '')
}

function ownPath(settings: Provider['settings'], route: keyof Routes): string {
  const path = settings.routes[route]
  if (path === false) throw invalidOptions(`routes.${route} is false, but its address is needed here.`)
  return settings.prefix + path
}
