import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import type { Context, Next } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { encryptionKey } from './keys.js'
import type { Provider } from './oidc-provider.js'
import type { Realm } from './realm.js'
import { isOffline, unwrapRefreshToken, wrapRefreshToken } from './refresh-token.js'

/**
 * What configuration can't do: the ways of Keycloak that oidc-provider has no switch for. Each changes one
 * method of this one provider's own classes.
 */
export function actLikeKeycloak(provider: Provider, realm: Realm): void {
  if (realm.settings.sidPerSession) oneSidPerSession(provider)
  provider.Client.prototype.includeSid = () => true
  dressIdTokens(provider)
  understandRefreshTokens(provider, realm)
  answerLikeKeycloak(provider)
  provider.use((ctx, next) => dressTokenResponse(realm, ctx, next))
  provider.use(async (ctx, next) => {
    await next()
    if (ctx.oidc?.route === 'jwks') ctx.body = { keys: [...ctx.body.keys, encryptionKey] }
  })
}

function oneSidPerSession({ Session }: Provider): void {
  const original: (clientId: string, value?: string) => string | undefined = Session.prototype.sidFor
  const sidFor = function (this: InstanceType<typeof Session>, clientId: string, value?: string) {
    return original.call(this, clientId, value && this.uid)
  }
  Object.assign(Session.prototype, { sidFor })
}

/** `typ`, `jti`, `azp` and `at_hash`; no nonce after a refresh; a logout token says so in its payload too. */
function dressIdTokens({ IdToken, AccessToken }: Provider): void {
  const accessTokens = new WeakMap<object, string>()
  const { save } = AccessToken.prototype
  AccessToken.prototype.save = async function (...args) {
    const value = await save.apply(this, args)
    accessTokens.set(this, value)
    return value
  }
  const { issue } = IdToken.prototype
  IdToken.prototype.issue = function (context) {
    if (context.use === 'logout') this.set('typ', 'Logout')
    if (context.use === 'idtoken') {
      const accessToken = this.ctx.oidc.entities.AccessToken
      this.set('typ', 'ID')
      this.set('jti', randomUUID())
      this.set('azp', this.client.clientId)
      this.set('at_hash', accessToken && accessTokens.get(accessToken))
      if (this.ctx.oidc.params?.grant_type === 'refresh_token') this.set('nonce', undefined)
    }
    return issue.call(this, context)
  }
}

function understandRefreshTokens({ RefreshToken }: Provider, realm: Realm): void {
  const find = RefreshToken.find.bind(RefreshToken)
  Object.assign(RefreshToken, {
    find: async (value: string, options: object) => find(await unwrapRefreshToken(realm, value), options),
  })
}

function answerLikeKeycloak(provider: Provider): void {
  // Someone who was let in by the session alone has not authenticated now: acr 0.
  provider.on('authorization.accepted', ({ oidc }: KoaContextWithOIDC) => {
    const { acr } = oidc.session ?? {}
    if (!oidc.result?.login && acr === '1') Object.defineProperty(oidc, 'acr', { value: '0' })
  })
  provider.on('authorization.success', ({ oidc }: KoaContextWithOIDC, response?: object) => {
    const { kc_action: action } = oidc.params ?? {}
    Object.assign(response ?? {}, {
      session_state: oidc.session?.sidFor(oidc.client?.clientId ?? ''),
      ...(action !== undefined && { kc_action: action, kc_action_status: 'success' }),
    })
  })
}

async function dressTokenResponse(realm: Realm, ctx: Context, next: Next): Promise<void> {
  await next()
  if (ctx.oidc?.route !== 'token' || ctx.status !== 200) return
  const body = ctx.body as Record<string, unknown>
  const accessToken = String(body.access_token)
  const { sid, scope } = decodeJwt(accessToken)
  const refreshToken = body.refresh_token
  ctx.body = {
    ...body,
    ...(typeof refreshToken === 'string' && {
      refresh_token: await wrapRefreshToken(realm, refreshToken, accessToken),
    }),
    refresh_expires_in: refreshToken && !isOffline(scope) ? realm.settings.refreshTokenLifetime : 0,
    'not-before-policy': 0,
    ...(sid !== undefined && { session_state: sid }),
    scope,
  }
}
