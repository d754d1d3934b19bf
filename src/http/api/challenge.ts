/**
 * A challenge for a bearer token (RFC 6750, section 3). Its values are the application's own words, never what was
 * sent.
 */
export function bearerChallenge(params: Readonly<Record<string, string>> = {}): string {
  const list = Object.entries(params).map(([name, value]) => `${name}=${quoted(value)}`)
  return list.length === 0 ? 'Bearer' : `Bearer ${list.join(', ')}`
}

/** RFC 9110, section 5.6.4. */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}
