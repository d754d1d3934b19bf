/**
 * Texts in one cookie value (RFC 6265, section 4.1.1), with `|` between them. What a cookie can not hold is written
 * as `^` and two hexadecimal digits for each byte of UTF-8; an address, which has little of that, stays as long as
 * it is.
 */
export function toCookieText(texts: readonly string[]): string {
  return texts.map(escaped).join('|')
}

/** The texts in a cookie value; `undefined` for what `toCookieText` did not write. */
export function fromCookieText(value: string): string[] | undefined {
  try {
    return value.split('|').map(unescaped)
  } catch {
    return undefined
  }
}

/** Bytes that a text takes in a cookie. */
export function bytesInCookie(text: string): number {
  return escaped(text).length
}

function escaped(text: string): string {
  return text.replace(/[^!#-+\--:<-[\]_-{}~]+/g, part => {
    return [...Buffer.from(part)].map(byte => `^${byte.toString(16).padStart(2, '0')}`).join('')
  })
}

function unescaped(text: string): string {
  return decodeURIComponent(text.replace(/%/g, '%25').replaceAll('^', '%'))
}
