/** A cookie as Playwright's `addCookies` takes it. */
export interface BrowserCookie {
  name: string
  value: string
  domain: string
  path: string
  /** Seconds since the epoch; -1: until the browser is closed. */
  expires: number
  httpOnly: boolean
  secure: boolean
  sameSite: 'Strict' | 'Lax' | 'None'
}

/** The cookies of one browser at one application (RFC 6265). */
export class CookieJar {
  readonly #cookies = new Map<string, BrowserCookie>()
  readonly #origin: URL

  /** @param header a Cookie header that the browser has already */
  constructor(origin: string, header = '') {
    this.#origin = new URL(origin)
    for (const pair of header.split(/; */).filter(Boolean)) this.store([`${pair}; Path=/; HttpOnly`])
  }

  /** Takes in what `Set-Cookie` headers say; a secure cookie that came over http is not kept. */
  store(setCookies: readonly string[]): void {
    for (const setCookie of setCookies) {
      const cookie = parse(setCookie, this.#origin.hostname)
      if (cookie.secure && this.#origin.protocol !== 'https:') continue
      if (isOver(cookie)) this.#cookies.delete(cookie.name)
      else this.#cookies.set(cookie.name, cookie)
    }
  }

  all(): BrowserCookie[] {
    return [...this.#cookies.values()]
  }

  /** The value of the `Cookie` header for a path, or with every cookie. */
  header(pathname?: string): string {
    const sent = this.all().filter(({ path }) => pathname === undefined || isBelow(pathname, path))
    return sent.map(({ name, value }) => `${name}=${value}`).join('; ')
  }
}

function parse(setCookie: string, host: string): BrowserCookie {
  const [pair = '', ...rest] = setCookie.split(/; */)
  const attributes = new Map(rest.map(attribute))
  const equals = pair.indexOf('=')
  return {
    name: pair.slice(0, equals),
    value: pair.slice(equals + 1),
    domain: attributes.get('domain')?.replace(/^\.?/, '.') ?? host,
    path: attributes.get('path') ?? '/',
    expires: expiry(attributes),
    httpOnly: attributes.has('httponly'),
    secure: attributes.has('secure'),
    sameSite: sameSite(attributes.get('samesite')),
  }
}

function attribute(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.split('=', 2)
  return [name.toLowerCase(), value]
}

/** Of the two that say it `Max-Age` counts (RFC 6265, section 5.3). */
function expiry(attributes: ReadonlyMap<string, string>): number {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined) return Math.floor(Date.now() / 1000) + Number(maxAge)
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? -1 : Math.floor(expires / 1000)
}

function sameSite(value = 'lax'): BrowserCookie['sameSite'] {
  const known: Record<string, BrowserCookie['sameSite']> = { strict: 'Strict', lax: 'Lax', none: 'None' }
  return Object.hasOwn(known, value.toLowerCase()) ? (known[value.toLowerCase()] ?? 'Lax') : 'Lax'
}

function isOver({ expires }: BrowserCookie): boolean {
  return expires !== -1 && expires * 1000 <= Date.now()
}

function isBelow(pathname: string, path: string): boolean {
  return path === '/' || pathname === path || pathname.startsWith(path.replace(/\/?$/, '/'))
}
