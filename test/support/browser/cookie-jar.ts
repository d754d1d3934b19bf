export interface Cookie {
  name: string
  value: string
  domain: string
  /** Sent to exactly this host: the cookie came without `Domain`. */
  hostOnly: boolean
  path: string
  /** Milliseconds since the epoch; none: until the browser is closed. */
  expiresAt?: number
  secure: boolean
  httpOnly: boolean
  sameSite: 'Strict' | 'Lax' | 'None'
}

export interface Recipient {
  url: URL
  /** The request was made by a page of another site. */
  crossSite: boolean
  /** A navigation with a safe method: the case in which a Lax cookie crosses sites. */
  topLevelGet: boolean
}

/**
 * Keeps cookies as RFC 6265bis tells browsers to: by host, not by port, so that two applications on one host
 * can overwrite each other's; `Secure` ones only over https; `__Host-` and `__Secure-` names checked.
 */
export class CookieJar {
  #cookies: Cookie[]

  constructor(cookies: Cookie[] = []) {
    this.#cookies = cookies.map(cookie => ({ ...cookie }))
  }

  store(url: URL, setCookies: string[]): void {
    for (const header of setCookies) {
      const cookie = parseSetCookie(url, header)
      if (cookie && isAcceptable(url, cookie)) this.#put(cookie)
    }
  }

  /** The value of the Cookie header, or nothing. */
  header(recipient: Recipient): string | undefined {
    const matching = this.#alive().filter(cookie => isSent(cookie, recipient))
    matching.sort((a, b) => b.path.length - a.path.length)
    return matching.map(({ name, value }) => `${name}=${value}`).join('; ') || undefined
  }

  /** What a host would get, by name. */
  of(host: string): Record<string, string> {
    const cookies = this.#alive().filter(cookie => domainMatches(cookie, host))
    return Object.fromEntries(cookies.map(({ name, value }) => [name, value]))
  }

  all(): Cookie[] {
    return this.#alive().map(cookie => ({ ...cookie }))
  }

  clear(): void {
    this.#cookies = []
  }

  #put(cookie: Cookie): void {
    this.#cookies = this.#cookies.filter(
      ({ name, domain, path }) => name !== cookie.name || domain !== cookie.domain || path !== cookie.path,
    )
    this.#cookies.push(cookie)
  }

  #alive(): Cookie[] {
    return this.#cookies.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > Date.now())
  }
}

function isSent(cookie: Cookie, { url, crossSite, topLevelGet }: Recipient): boolean {
  if (!domainMatches(cookie, url.hostname) || !pathMatches(cookie, url.pathname)) return false
  if (cookie.secure && url.protocol !== 'https:') return false
  if (!crossSite || cookie.sameSite === 'None') return true
  return cookie.sameSite === 'Lax' && topLevelGet
}

function domainMatches({ domain, hostOnly }: Cookie, host: string): boolean {
  return domain === host || (!hostOnly && host.endsWith(`.${domain}`))
}

function pathMatches({ path }: Cookie, pathname: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}

function parseSetCookie(url: URL, header: string): Cookie | undefined {
  const [pair = '', ...rest] = header.split(';')
  const equals = pair.indexOf('=')
  if (equals < 1) return undefined
  const attributes = new Map(rest.map(parseAttribute))
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase()
  const path = attributes.get('path')
  const expiresAt = expiry(attributes)
  return {
    name: pair.slice(0, equals).trim(),
    value: pair.slice(equals + 1).trim(),
    domain: domain || url.hostname,
    hostOnly: !domain,
    path: path?.startsWith('/') ? path : defaultPath(url.pathname),
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    sameSite: parseSameSite(attributes.get('samesite')),
    ...(expiresAt !== undefined && { expiresAt }),
  }
}

function parseAttribute(attribute: string): [string, string] {
  const [name = '', ...value] = attribute.split('=')
  return [name.trim().toLowerCase(), value.join('=').trim()]
}

function expiry(attributes: Map<string, string>): number | undefined {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Date.now() + Number(maxAge) * 1000
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? undefined : expires
}

function parseSameSite(value = ''): Cookie['sameSite'] {
  if (/^strict$/i.test(value)) return 'Strict'
  return /^none$/i.test(value) ? 'None' : 'Lax'
}

const defaultPath = (pathname: string) => pathname.slice(0, pathname.lastIndexOf('/')) || '/'

function isAcceptable(url: URL, cookie: Cookie): boolean {
  const { name, secure, hostOnly, path, sameSite } = cookie
  if (!domainMatches({ ...cookie, hostOnly: false }, url.hostname)) return false
  if (secure && url.protocol !== 'https:') return false
  if (sameSite === 'None' && !secure) return false
  if (name.startsWith('__Secure-') && !secure) return false
  return !name.startsWith('__Host-') || (secure && hostOnly && path === '/')
}
