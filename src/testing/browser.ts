import type { Application } from './application.js'
import { CookieJar } from './cookies.js'
import { type Incoming, send } from './door.js'
import type { WayBack } from './provider/provider.js'

/** Headers by which a server tells that somebody goes to a page, from a script that fetches something. */
const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

/** An answer, with where it came from. */
export interface Answered extends Incoming {
  url: URL
  method: 'GET' | 'POST'
}

/** As many redirects as browsers follow. */
const MAX_REDIRECTS = 20

/** A browser that knows one application: it keeps cookies, and follows redirects within the application. */
export class Browser {
  readonly cookies: CookieJar
  readonly origin: string
  readonly app: Application

  constructor(app: Application, origin: string, cookie?: string) {
    this.app = app
    this.origin = origin
    this.cookies = new CookieJar(origin, cookie)
  }

  /** Goes to a page, and from redirect to redirect until one leads away or an answer is none. */
  async visit(path: string): Promise<Answered> {
    let answered = await this.go(new URL(path, this.origin))
    for (let hops = 0; hops < MAX_REDIRECTS; hops++) {
      const next = targetOf(answered)
      if (next?.origin !== this.origin) break
      answered = await this.go(next)
    }
    return answered
  }

  /** Comes back from the provider with its answer. */
  async bring({ redirectUri, params, mode }: WayBack): Promise<Answered> {
    const url = new URL(redirectUri)
    if (mode === 'form_post') {
      const answered = await this.go(url, new URLSearchParams(params))
      const next = targetOf(answered)
      return next?.origin === this.origin && next.pathname === url.pathname ? this.go(next) : answered
    }
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value)
    return this.go(url)
  }

  /** Whether the browser keeps a cookie of an answer's. */
  keptFrom({ setCookies }: Answered): boolean {
    const names = this.cookies.all().map(({ name }) => name)
    return setCookies.some(line => names.includes(line.slice(0, line.indexOf('='))))
  }

  /** One request; a form makes it a POST that another site's page sends. */
  async go(url: URL, form?: URLSearchParams): Promise<Answered> {
    const cookie = this.cookies.header(url.pathname)
    const method = form ? 'POST' : 'GET'
    const answer = await send(this.app, {
      method,
      url,
      headers: {
        ...NAVIGATION,
        'sec-fetch-site': form ? 'cross-site' : 'none',
        // A Lax cookie is not sent with a form of another site, and logins use no others.
        ...(cookie && !form && { cookie }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(form && { body: form.toString() }),
    })
    this.cookies.store(answer.setCookies)
    return { ...answer, url, method }
  }
}

/** Where an answer sends the browser. */
export function targetOf({ status, location, url }: Answered): URL | undefined {
  if (status < 300 || status > 399 || location === undefined) return undefined
  return URL.canParse(location, url.href) ? new URL(location, url) : undefined
}
