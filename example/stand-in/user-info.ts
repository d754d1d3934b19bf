import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import type { Context, Next } from 'koa'
import { profileClaims } from './accounts.js'
import { publicKeys } from './keys.js'
import type { Provider } from './oidc-provider.js'
import type { Realm } from './realm.js'
import { isOffline } from './refresh-token.js'

/** oidc-provider's userinfo takes no JWT access token; Keycloak's does, while its session lives. */
export function serveUserInfo(provider: Provider, realm: Realm): void {
  provider.use(async (ctx: Context, next: Next) => {
    const token = /^Bearer (\S+\.\S+\.\S+)$/i.exec(ctx.get('authorization'))?.[1]
    if (ctx.path !== '/protocol/openid-connect/userinfo' || !token) return next()
    ctx.set('Cache-Control', 'no-store')
    const claims = await verify(realm, token)
    const account = claims && (await isAlive(provider, realm, claims)) && realm.accounts.find(claims.sub)
    if (!account) return refuse(realm, ctx, 401, 'invalid_token')
    if (!String(claims.scope).split(' ').includes('openid')) {
      return refuse(realm, ctx, 403, 'insufficient_scope')
    }
    ctx.body = profileClaims(account)
  })
}

async function verify(realm: Realm, token: string): Promise<JWTPayload | undefined> {
  try {
    const keys = createLocalJWKSet(publicKeys(realm.keys))
    return (await jwtVerify(token, keys, { issuer: realm.issuer })).payload
  } catch {
    return undefined
  }
}

async function isAlive(provider: Provider, realm: Realm, { sid, scope }: JWTPayload): Promise<boolean> {
  if (!realm.settings.sidPerSession || isOffline(scope)) return true
  return (await provider.Session.findByUid(String(sid))) !== undefined
}

function refuse({ settings }: Realm, ctx: Context, status: number, error: string): void {
  ctx.status = status
  ctx.set('WWW-Authenticate', `Bearer realm="${settings.realm}", error="${error}"`)
  ctx.body = { error, error_description: 'Token verification failed' }
}
