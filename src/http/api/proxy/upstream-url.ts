import { RequestError } from '../../../errors.js'

/** So often a server behind may decode a path once more. */
const ROUNDS = 3

/**
 * The address at the API for a request of ours: what follows `path`, below `target`. Read from the request line as it
 * came, since whatever tidies a path on the way may turn it into another.
 *
 * Throws `invalid_request` for a path that could leave `target`: dot segments, also encoded, once or more often; a
 * backslash or an encoded slash; an empty segment; an absolute form (RFC 9112, section 3.2.2).
 */
export function upstreamUrl(target: URL, path: string, requestTarget: string): URL {
  const [asked = '', ...query] = requestTarget.split('?')
  const rest = asked.startsWith(path) ? asked.slice(path.length) : undefined
  if (rest === undefined || !isBelow(rest)) throw new RequestError('invalid_request')
  const base = target.pathname.replace(/\/$/, '')
  const url = new URL(target)
  url.pathname = `${base}${rest}`
  url.search = query.length === 0 ? '' : `?${query.join('?')}`
  // What URL has made of it is what is sent.
  if (url.origin !== target.origin || url.pathname !== `${base}${rest || (base === '' ? '/' : '')}`)
    throw new RequestError('invalid_request')
  return url
}

/** Whether a path, however often it is decoded, stays below where it begins. */
function isBelow(rest: string): boolean {
  if (rest !== '' && !rest.startsWith('/')) return false
  let path = rest
  for (let round = 0; round <= ROUNDS; round++) {
    if (!isPlain(path)) return false
    const decoded = decode(path)
    if (decoded === undefined) return round > 0 // a percent sign that was meant as one
    if (decoded.split('/').length !== path.split('/').length) return false // an encoded slash
    if (decoded === path) return true
    path = decoded
  }
  return false
}

function isPlain(path: string): boolean {
  const segments = path.split('/').slice(1)
  return (
    !/[\\\p{Cc}]/u.test(path) &&
    segments.every(
      (segment, i) => !/^\.{1,2}$/.test(segment) && (segment !== '' || i === segments.length - 1),
    )
  )
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
