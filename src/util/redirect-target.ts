/** Longest accepted redirect target, so that seven login cookies stay within Node's 16 KiB of headers. */
const MAX_LENGTH = 1000

/**
 * Where a redirect that a visitor may name leads to: a path on the app's own origin, or an absolute URL on one
 * of the allowed origins. `undefined` when it would leave them.
 *
 * Parsed as a browser would (WHATWG URL), which is what makes `//host`, `/\host`, `/<tab>/host` and
 * `https:host` what they are: other hosts.
 */
export function redirectTarget(
  value: string,
  origin: string,
  allowedOrigins: readonly string[],
): string | undefined {
  if (!value.startsWith('/') && !/^https?:\/\/[^/]/i.test(value)) return undefined
  if (!URL.canParse(value, origin)) return undefined
  const url = new URL(value, origin)
  if (url.href.length > MAX_LENGTH) return undefined // each character beyond ASCII is up to nine by now
  if (url.username || url.password) return undefined
  if (url.origin !== origin) return allowedOrigins.includes(url.origin) ? url.href : undefined
  // What is relative to this origin now must stay so when a browser or a proxy reads it once more.
  if (/^\/(\/|%2f|%5c)/i.test(url.pathname)) return undefined
  return url.pathname + url.search + url.hash
}
