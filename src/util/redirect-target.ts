import { bytesInCookie } from './cookie-text.js'

/**
 * Longest accepted redirect target, in bytes as a login's cookie holds it: seven tabs that log in at once, before
 * any of them knows of the others, stay within a header line of 8 KB.
 */
const MAX_BYTES = 800

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
  if (url.username || url.password) return undefined
  if (url.origin !== origin) return allowedOrigins.includes(url.origin) ? short(url.href) : undefined
  // What is relative to this origin now must stay so when a browser or a proxy reads it once more.
  if (/^\/(\/|%2f|%5c)/i.test(url.pathname)) return undefined
  return short(url.pathname + url.search + url.hash)
}

/** Each character beyond ASCII is up to nine by now. */
function short(target: string): string | undefined {
  return bytesInCookie(target) <= MAX_BYTES ? target : undefined
}
