import { isObject } from './kind-of.js'

/** Claims of a JWT or of a metadata-like document: unknown until looked at. */
export type Claims = Readonly<Record<string, unknown>>

/** The claims of a JWT, read without verifying anything; `undefined` for whatever is not a JWT. */
export function decodeClaims(jwt: string | undefined): Claims | undefined {
  const payload = jwt?.split('.')
  if (payload?.length !== 3) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload[1] ?? '', 'base64url').toString())
    return isObject(claims) ? Object.freeze(claims) : undefined
  } catch {
    return undefined
  }
}
