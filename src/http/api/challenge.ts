/**
 * A challenge for a bearer token (RFC 6750, section 3). Its values are the application's own words, never what was
 * sent.
 */
export function bearerChallenge(params: Readonly<Record<string, string>> = {}): string {
  return challenge('Bearer', params)
}

/** A challenge for a token that is bound to a key (RFC 9449, section 7.1). */
export function dpopChallenge(params: Readonly<Record<string, string>>): string {
  return challenge('DPoP', params)
}

function challenge(scheme: string, params: Readonly<Record<string, string>>): string {
  const list = Object.entries(params).map(([name, value]) => `${name}=${quoted(value)}`)
  return list.length === 0 ? scheme : `${scheme} ${list.join(', ')}`
}

/** RFC 9110, section 5.6.4. */
function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}
