import { Http2ServerRequest } from 'node:http2'
import { RequestError } from '../errors.js'
import { BodyTooLargeError } from '../util/bounded-fetch.js'
import { DeadlineError, withDeadline } from '../util/deadline.js'
import { isObject } from '../util/kind-of.js'
import { type Wanted, wantedOf } from './request.js'
import type { Context } from './types.js'

/** Bytes that a form may have: some logout tokens are large, none is larger. */
export const MAX_BYTES = 65_536

/** Seconds within which a body is there as a whole. */
const DEADLINE = 10

const FORM = 'application/x-www-form-urlencoded'

/**
 * The form's parameters that are wanted. A body that no parser has read is read here; of one that a parser has read,
 * what the parser left is used.
 *
 * @param deadline seconds within which the body has to be there
 *
 * Throws `unsupported_media_type`, `body_too_large`, `request_timeout`, or `invalid_request` as `wantedOf` does.
 */
export async function readForm(ctx: Context, wanted: Wanted, deadline = DEADLINE): Promise<URLSearchParams> {
  return wantedOf(await formOf(ctx, wanted, deadline), wanted)
}

/**
 * A body of one media type as text, within the same bounds. Throws `unsupported_media_type`, `body_too_large`,
 * `request_timeout`, or `invalid_request` where another middleware read it, and left none.
 */
export async function readText(ctx: Context, type: string, deadline = DEADLINE): Promise<string> {
  const isPlain = (ctx.get('content-encoding') || 'identity') === 'identity'
  if (ctx.request.type.toLowerCase() !== type || !isPlain) throw new RequestError('unsupported_media_type')
  if (!isRead(ctx)) return readBody(ctx, deadline)
  const left = [ctx.request, ctx.req].flatMap(bodiesIn)
  const found = left.find(body => typeof body === 'string' || body instanceof Uint8Array)
  if (found === undefined) throw new RequestError('invalid_request')
  return Buffer.from(found as Uint8Array).toString()
}

/** Whether the request has a body, as far as its head tells: in HTTP/2 it may have one without saying how long. */
export function mayHaveBody(ctx: Context): boolean {
  const length = ctx.get('content-length')
  if (length !== '') return Number(length) > 0
  return ctx.get('transfer-encoding') !== '' || ctx.req.httpVersionMajor > 1
}

async function formOf(ctx: Context, wanted: Wanted, deadline: number): Promise<URLSearchParams> {
  if (!mayHaveBody(ctx)) return new URLSearchParams()
  const isForm = ctx.request.type.toLowerCase() === FORM
  if (!isForm && ctx.get('content-length') !== '') throw new RequestError('unsupported_media_type')
  if (isRead(ctx)) return fromParser(ctx, wanted)
  if ((ctx.get('content-encoding') || 'identity') !== 'identity')
    throw new RequestError('unsupported_media_type')
  const body = await readBody(ctx, deadline)
  if (!isForm && body !== '') throw new RequestError('unsupported_media_type')
  return new URLSearchParams(body)
}

/** Whether something has taken the body from the wire, a parser that was made for it most likely. */
function isRead({ req }: Context): boolean {
  return req.readableDidRead || req.readableEnded
}

/** Parsers leave what they read in one of four places; an empty object is what they leave for what they pass by. */
function fromParser(ctx: Context, wanted: Wanted): URLSearchParams {
  const left = [ctx.request, ctx.req].flatMap(bodiesIn).filter(body => body !== undefined)
  const found = left.find(body => !isObject(body) || Object.keys(body).length > 0) ?? left[0]
  if (typeof found === 'string') return new URLSearchParams(found)
  if (found instanceof Uint8Array) return new URLSearchParams(Buffer.from(found).toString())
  if (isObject(found)) return fromObject(found, [...wanted.names, ...(wanted.texts ?? [])])
  throw new RequestError('invalid_request', { detail: '(Another middleware read the form, and left none.)' })
}

function bodiesIn(place: object): unknown[] {
  return ['body', 'rawBody'].map((name): unknown => Reflect.get(place, name))
}

function fromObject(body: Record<string, unknown>, names: readonly string[]): URLSearchParams {
  const params = new URLSearchParams()
  for (const name of names.filter(name => Object.hasOwn(body, name))) {
    for (const single of [body[name]].flat()) {
      if (typeof single !== 'string') throw new RequestError('invalid_request')
      params.append(name, single)
    }
  }
  return params
}

async function readBody(ctx: Context, deadline: number): Promise<string> {
  const reading = new Reading(ctx.req)
  try {
    return await withDeadline(reading.text, deadline)
  } catch (cause) {
    reading.stop()
    if (cause instanceof BodyTooLargeError) throw unread(ctx, 'body_too_large')
    if (cause instanceof DeadlineError) throw unread(ctx, 'request_timeout')
    throw new RequestError('invalid_request', { cause })
  }
}

/** By events, since a loop over the request would, where it ends early, take the connection down with it. */
class Reading {
  readonly text: Promise<string>
  readonly #req: Context['req']
  readonly #parts: Buffer[] = []
  #bytes = 0
  #fail: (error: Error) => void = () => undefined

  constructor(req: Context['req']) {
    this.#req = req
    this.text = new Promise((resolve, reject) => {
      this.#fail = reject
      req.on('data', this.#take)
      req.once('end', () => resolve(Buffer.concat(this.#parts).toString()))
      req.once('error', reject)
      req.once('aborted', () => reject(new Error('the request was aborted')))
    })
  }

  stop(): void {
    this.#req.off('data', this.#take).pause()
  }

  readonly #take = (part: Buffer): void => {
    this.#bytes += part.length
    if (this.#bytes > MAX_BYTES) this.#fail(new BodyTooLargeError(`a body of more than ${MAX_BYTES} bytes`))
    else this.#parts.push(part)
  }
}

/** The rest of the body is not read: the connection, in HTTP/2 the stream, can not be used again. */
function unread({ req, res }: Context, code: 'request_timeout' | 'body_too_large'): RequestError {
  if (!(req instanceof Http2ServerRequest))
    return new RequestError(code, { headers: { Connection: 'close' } })
  const { stream } = req
  res.once('finish', () => stream.close())
  return new RequestError(code)
}
