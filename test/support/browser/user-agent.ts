import { CookieJar } from './cookie-jar.js'
import { exchange } from './exchange.js'
import { type Form, type Hop, Page } from './page.js'

export type Site = 'none' | 'same-origin' | 'same-site' | 'cross-site'

export interface GoOptions {
  /** Where the request comes from. Default: what `from` says, else `none`: typed into the address bar. */
  site?: Site
  /** The page, or its address, that holds the link, form or script. */
  from?: Page | string
  method?: string
  headers?: Record<string, string>
  /** An object is sent as a form. */
  body?: string | Record<string, string>
  /** How many redirects to follow. Default: 20, and more is an error; 0: none, the redirect is the page. */
  redirects?: number
}

type Kind = 'navigate' | 'fetch'

interface Step {
  method: string
  url: URL
  body: string | undefined
}

const maxRedirects = 20

/**
 * A browser without a screen: cookies, redirects, forms, and the headers by which a server tells a navigation
 * from a fetch and its own pages from a stranger's.
 */
export class UserAgent {
  #jar: CookieJar

  constructor(jar = new CookieJar()) {
    this.#jar = jar
  }

  /** Navigates: address bar, link, or (with `method` and `body`) form. */
  async goto(url: string, options: GoOptions = {}): Promise<Page> {
    const page = await this.#request(url, 'navigate', options)
    const { submitsItself, goesOnTo } = page
    if (options.redirects === 0 || !(submitsItself || goesOnTo)) return page
    const further = options.site ? { site: options.site } : {}
    const next = goesOnTo
      ? await this.goto(goesOnTo, { from: page, ...further })
      : await this.submit(page, {}, further)
    return new Page([...page.hops, ...next.hops], last(next.hops), next.body)
  }

  /** What a script on a page does. Default of `from`: the origin of the address itself. */
  fetch(url: string, options: GoOptions = {}): Promise<Page> {
    const from = options.site ? options : { from: new URL(url).origin, ...options }
    return this.#request(url, 'fetch', from)
  }

  /** Fills a page's form in and submits it. `button` is the name of the button to press, if it matters. */
  submit(
    page: Page,
    fields: Record<string, string> = {},
    { form: id, button, ...options }: GoOptions & { form?: string; button?: string } = {},
  ): Promise<Page> {
    const form: Form = page.form(id)
    const values = { ...form.fields, ...fields, ...(button && { [button]: 'yes' }) }
    const target = new URL(form.action)
    if (form.method === 'GET') {
      target.search = new URLSearchParams(values).toString()
      return this.goto(target.href, { from: page, ...options })
    }
    return this.goto(target.href, { from: page, method: 'POST', body: values, ...options })
  }

  /** Goes to an address that leads to the login page, logs in there, and follows back to the application. */
  async login(url: string, username: string, password: string, options: GoOptions = {}): Promise<Page> {
    const page = await this.goto(url, options)
    const form = page.forms.find(({ fields }) => 'password' in fields)
    if (!form) return page
    const next = await this.submit(page, { username, password }, form.id ? { form: form.id } : {})
    return new Page([...page.hops, ...next.hops], last(next.hops), next.body)
  }

  /** Cookies that a host has, by name. The port makes no difference. */
  cookies(host = 'localhost'): Record<string, string> {
    return this.#jar.of(host.replace(/:\d+$/, ''))
  }

  get jar(): CookieJar {
    return this.#jar
  }

  /** Another browser with a copy of the cookies that this one has now. */
  clone(): UserAgent {
    return new UserAgent(this.cloneCookies())
  }

  cloneCookies(): CookieJar {
    return new CookieJar(this.#jar.all())
  }

  async #request(url: string, kind: Kind, options: GoOptions): Promise<Page> {
    const limit = options.redirects ?? maxRedirects
    const hops: Hop[] = []
    let step = firstStep(url, options)
    const visited: URL[] = []
    for (;;) {
      visited.push(step.url)
      const { hop, body } = await this.#send(step, kind, relation(visited, options), options)
      hops.push(hop)
      const next = redirect(step, hop)
      if (!next || limit === 0) return new Page(hops, hop, body)
      if (hops.length > limit) throw new Error(`More than ${limit} redirects: ${trail(hops)}`)
      step = next
    }
  }

  async #send(step: Step, kind: Kind, site: Site, options: GoOptions) {
    const { method, url, body } = step
    const cookie = this.#jar.header({
      url,
      crossSite: site === 'cross-site',
      topLevelGet: kind === 'navigate' && isSafe(method),
    })
    const sent: Record<string, string> = {
      ...(kind === 'navigate' ? navigationHeaders : fetchHeaders),
      'sec-fetch-site': site,
      ...referrer(step, kind, options),
      ...(body !== undefined && { 'content-type': contentType(options.body) }),
      ...options.headers,
      ...(cookie && { cookie }),
    }
    const response = await exchange(url, { method, headers: sent, body })
    this.#jar.store(url, [response.headers['set-cookie'] ?? []].flat())
    const { status, headers } = response
    return { hop: { method, url: url.href, status, headers, sent }, body: response.body }
  }
}

const navigationHeaders = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en',
  'upgrade-insecure-requests': '1',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-user': '?1',
}

const fetchHeaders = {
  accept: '*/*',
  'accept-language': 'en',
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
}

function firstStep(url: string, { method = 'GET', body }: GoOptions): Step {
  const text = typeof body === 'object' ? new URLSearchParams(body).toString() : body
  return { method: method.toUpperCase(), url: new URL(url), body: text }
}

const contentType = (body: GoOptions['body']) =>
  typeof body === 'object' ? 'application/x-www-form-urlencoded' : 'text/plain;charset=UTF-8'

/** The next request, where an answer is a redirect: 307 and 308 repeat a POST, others turn it into a GET. */
function redirect({ method, url, body }: Step, { status, headers }: Hop): Step | undefined {
  const { location } = headers
  if (status < 300 || status > 399 || typeof location !== 'string') return undefined
  const target = new URL(location, url)
  const repeats = status === 307 || status === 308 || method === 'HEAD'
  return repeats ? { method, url: target, body } : { method: 'GET', url: target, body: undefined }
}

const distances: Site[] = ['same-origin', 'same-site', 'cross-site']

/** Fetch Metadata: the farthest of all hops counts, and what the user typed stays `none`. */
function relation(visited: URL[], { site, from }: GoOptions): Site {
  if (site) return site
  if (from === undefined) return 'none'
  const origin = new URL(typeof from === 'string' ? from : from.url)
  const farthest = Math.max(...visited.map(url => distances.indexOf(distance(origin, url))))
  return distances[farthest] ?? 'cross-site'
}

function distance(a: URL, b: URL): Site {
  if (a.origin === b.origin) return 'same-origin'
  return a.protocol === b.protocol && a.hostname === b.hostname ? 'same-site' : 'cross-site'
}

/** Referer and Origin under the default policy, `strict-origin-when-cross-origin`. */
function referrer({ method, url }: Step, kind: Kind, { from, site }: GoOptions): Record<string, string> {
  const stranger = site === 'cross-site' ? 'https://elsewhere.example/' : undefined
  const page = from === undefined ? stranger : typeof from === 'string' ? from : from.url
  if (page === undefined) return {}
  const { origin, href } = new URL(page)
  const referer = origin === url.origin ? href.replace(/#.*/, '') : `${origin}/`
  const sendsOrigin = !isSafe(method) || (kind === 'fetch' && origin !== url.origin)
  return { referer, ...(sendsOrigin && { origin }) }
}

const isSafe = (method: string) => method === 'GET' || method === 'HEAD'

const trail = (hops: Hop[]) => hops.map(({ status, url }) => `${status} ${url}`).join(' > ')

function last<T>(items: T[]): T {
  const item = items.at(-1)
  if (item === undefined) throw new Error('Nothing there')
  return item
}
