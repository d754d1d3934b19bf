import { decodeJwt, jwtVerify, SignJWT } from 'jose'
import type { Realm } from './realm.js'

const key = (realm: Realm) => new TextEncoder().encode(realm.secret.padEnd(64, '.'))

/** Keycloak's refresh tokens are JWTs that only Keycloak can verify. This one carries oidc-provider's own. */
export function wrapRefreshToken(realm: Realm, value: string, accessToken: string): Promise<string> {
  const { sub = '', sid, azp, scope } = decodeJwt(accessToken)
  const offline = isOffline(scope)
  const jwt = new SignJWT({ typ: offline ? 'Offline' : 'Refresh', azp, sid, scope })
    .setProtectedHeader({ alg: 'HS512', typ: 'JWT' })
    .setIssuer(realm.issuer)
    .setAudience(realm.issuer)
    .setSubject(sub)
    .setJti(value)
    .setIssuedAt()
  if (!offline) jwt.setExpirationTime(`${realm.settings.refreshTokenLifetime} s`)
  return jwt.sign(key(realm))
}

/** oidc-provider's token inside; anything else is nobody's token. */
export async function unwrapRefreshToken(realm: Realm, jwt: string): Promise<string> {
  try {
    // Expiry is the store's to judge, by the same lifetime.
    const { payload } = await jwtVerify(jwt, key(realm), { currentDate: new Date(0) })
    return payload.jti ?? ''
  } catch {
    return ''
  }
}

export const isOffline = (scope: unknown): boolean => String(scope).split(' ').includes('offline_access')
