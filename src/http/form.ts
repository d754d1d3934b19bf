import { RequestError } from '../errors.js'
import { isObject } from '../util/decode-claims.js'
import { once } from './request.js'
import type { Context } from './types.js'

/** Bytes that a form may have: some logout tokens are large, none is larger. */
export const MAX_BYTES = 65_536

/**
 * The request's form, each name at most once. A body parser's result is used where one ran before.
 *
 * @param maxLength characters that a value may have; default: as many as in a query
 *
 * Throws `unsupported_media_type`, `body_too_large` or `invalid_request`.
 */
export async function readForm(ctx: Context, maxLength?: number): Promise<URLSearchParams> {
  const type = ctx.is('application/x-www-form-urlencoded')
  if (type === null) return new URLSearchParams() // no body
  if (type === false) throw new RequestError('unsupported_media_type')
  const parsed = (ctx.request as { body?: unknown }).body
  if (parsed !== undefined) return once(fromParsed(parsed), maxLength)
  if ((ctx.get('content-encoding') || 'identity') !== 'identity')
    throw new RequestError('unsupported_media_type')
  return once(new URLSearchParams(await readBody(ctx)), maxLength)
}

function fromParsed(body: unknown): URLSearchParams {
  if (!isObject(body)) throw new RequestError('invalid_request')
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(body)) {
    for (const single of [value].flat()) {
      if (typeof single !== 'string') throw new RequestError('invalid_request')
      params.append(name, single)
    }
  }
  return params
}

async function readBody(ctx: Context): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  try {
    for await (const part of ctx.req) {
      bytes += part.length
      if (bytes > MAX_BYTES) throw tooLarge()
      parts.push(part)
    }
  } catch (cause) {
    throw cause instanceof RequestError ? cause : new RequestError('invalid_request', { cause })
  }
  return Buffer.concat(parts).toString()
}

/** The rest of the body is not read: the connection can not be used again. */
function tooLarge(): RequestError {
  return new RequestError('body_too_large', { headers: { Connection: 'close' } })
}
