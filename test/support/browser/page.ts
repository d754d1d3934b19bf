export interface Hop {
  method: string
  url: string
  status: number
  headers: Record<string, string | string[] | undefined>
  /** The headers that were sent. */
  sent: Record<string, string>
}

export interface Form {
  id: string
  action: string
  method: 'GET' | 'POST'
  fields: Record<string, string>
}

/** What a browser shows at the end of a navigation, or what a script gets from a fetch. */
export class Page {
  readonly url: string
  readonly status: number
  readonly headers: Hop['headers']
  readonly body: string
  /** Every request on the way here, this one included. */
  readonly hops: Hop[]

  constructor(hops: Hop[], last: Hop, body: string) {
    this.url = last.url
    this.status = last.status
    this.headers = last.headers
    this.body = body
    this.hops = hops
  }

  /** The first value of a header, or an empty string. */
  header(name: string): string {
    return String([this.headers[name.toLowerCase()] ?? ''].flat()[0])
  }

  json<T = Record<string, unknown>>(): T {
    return JSON.parse(this.body)
  }

  /** The body as a person would read it. */
  get text(): string {
    const visible = this.body.replace(/<(style|script|title)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ')
    return decodeEntities(visible).replace(/\s+/g, ' ').trim()
  }

  get forms(): Form[] {
    return [...this.body.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, tag = '', inside = '']) => {
      const attributes = parseAttributes(tag)
      return {
        id: attributes.id ?? '',
        action: new URL(attributes.action || this.url, this.url).href,
        method: attributes.method?.toUpperCase() === 'POST' ? 'POST' : 'GET',
        fields: parseFields(inside),
      }
    })
  }

  /** The form of that id, or the first. */
  form(id?: string): Form {
    const form = this.forms.find(candidate => id === undefined || candidate.id === id)
    if (!form) throw new Error(`No form${id ? ` #${id}` : ''} on ${this.url} (${this.status}): ${this.text}`)
    return form
  }

  /** The addresses of its links. */
  get links(): string[] {
    const tags = this.body.matchAll(/<a\b([^>]*)>/gi)
    return [...tags].flatMap(([, tag = '']) => {
      const { href } = parseAttributes(tag)
      return href === undefined ? [] : new URL(href, this.url).href
    })
  }

  /** Where it goes on to by itself, at once. */
  get goesOnTo(): string | undefined {
    const [, url] = this.body.match(/<meta http-equiv="refresh" content="0; url=([^"]*)">/i) ?? []
    return url === undefined ? undefined : new URL(decodeEntities(url), this.url).href
  }

  /** A script on it submits its form at once, as `response_mode=form_post` does. */
  get submitsItself(): boolean {
    return /document\.forms\[0\]\.submit\(\)/.test(this.body)
  }
}

/** Submit buttons aren't among the fields: only the one that is pressed is sent. */
function parseFields(html: string): Record<string, string> {
  const inputs = [...html.matchAll(/<input\b([^>]*)>/gi)].map(([, tag = '']) => parseAttributes(tag))
  return Object.fromEntries(
    inputs.flatMap(({ name, value = '', type = 'text' }) => {
      return name && !['submit', 'button', 'image', 'reset'].includes(type) ? [[name, value]] : []
    }),
  )
}

function parseAttributes(tag: string): Record<string, string> {
  const pairs = tag.matchAll(/([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g)
  return Object.fromEntries(
    [...pairs].map(([, name = '', double, single, bare]) => [
      name.toLowerCase(),
      decodeEntities(double ?? single ?? bare ?? ''),
    ]),
  )
}

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' }

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (entity, hex, decimal, name) => {
    if (name) return named[name] ?? entity
    return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal))
  })
}
