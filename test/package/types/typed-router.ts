/** Compiled by `npm run check`, never run: the README's examples with a router that knows its state. */
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import {
  type AddressClaim,
  bindSession,
  createKeycloak,
  createProvider,
  currentLogin,
  discovery,
  exchangeCode,
  type KeycloakState,
  type LoggedIn,
  type Piece,
  returnToApp,
} from '../../../src/index.js'

/** What a realm of one's own adds to the standard claims. */
interface MyClaims {
  department: string
  tenant?: number
}

const app = new Koa<KeycloakState>()
app.keys = ['changeme']
app.use(session({ sameSite: 'lax' }, app))
const keycloak = createKeycloak({ configuration: 'https://host/realms/a', clientId: 'my-app' })
app.use(keycloak.routes())

const router = new Router<KeycloakState>()
router.get('/', ctx => {
  const { loggedIn, token, user } = ctx.state.keycloak
  ctx.body = loggedIn ? `${token.sub} ${user.name} ${keycloak.logoutUrl()}` : keycloak.loginUrl()
  // @ts-expect-error nobody may be logged in
  ctx.body = token.sub
})
router.get('/me', keycloak.requireLogin(), ctx => {
  ctx.body = ctx.state.keycloak.user
})
router.get('/admin', keycloak.requireRole('admin'), ctx => {
  ctx.body = 'Only for those who have the realm role admin.'
})
router.get('/account', keycloak.requireLogin(), ctx => {
  const login: LoggedIn = keycloak.login(ctx)
  const name: string | undefined = login.user.name
  const verified: boolean | undefined = login.user.email_verified
  const updated: number | undefined = login.user.updated_at
  const address: AddressClaim | undefined = login.user.address
  // @ts-expect-error a number, in seconds
  const time: string | undefined = login.user.auth_time
  // @ts-expect-error no standard claim: unknown until it is looked at
  const department: string = login.user.department
  ctx.body = [login.sub, login.token.username, name, verified, updated, address?.locality, time, department]
})
router.get('/orders', keycloak.requireLogin(), async ctx => {
  const token: string = await keycloak.accessToken(ctx)
  const answer = await fetch('https://api.example.com/orders', { headers: { authorization: token } })
  ctx.body = await answer.json()
})
router.get('/api/orders', keycloak.bearer({ audience: 'orders-api', scopes: ['orders'] }), ctx => {
  ctx.body = ctx.state.keycloak.bearer?.azp
})
router.get('/my/logins', keycloak.requireLogin(), async ctx => {
  ctx.body = await keycloak.logins({ sub: keycloak.login(ctx).sub })
})
router.post('/my/logins/end', keycloak.requireLogin(), async ctx => {
  ctx.body = { ended: await keycloak.endLogins({ sub: keycloak.login(ctx).sub }) }
})
app.use(router.routes()).use(router.allowedMethods())

/** Pieces of the application's own, behind those which hand something over. */
const onlyConfirmed: Piece<'exchanged'> = async (ctx, next) => {
  const { token, returnTo, user } = ctx.state.keycloak.exchanged
  const path: string = returnTo
  if (!token.emailVerified) ctx.throw(403, `${user.email} ${path}`)
  await next()
}
const note: Piece<'logout', 'staff'> = (ctx, next) => {
  const ended: number = ctx.state.staff.logout.ended
  console.log(ended)
  // @ts-expect-error handed over by another piece
  ctx.state.staff.exchanged.token
  return next()
}
const provider = createProvider({ configuration: 'https://host/realms/a', clientId: 'my-app' })
router.get(
  '/openid/auth',
  discovery(provider),
  exchangeCode(provider),
  onlyConfirmed,
  bindSession(provider),
  returnToApp(provider),
)
new Router().post('/openid/logout_request', note)

/** A realm with claims of its own. */
const mine = createKeycloak<MyClaims>({
  configuration: 'https://host/realms/a',
  clientId: 'my-app',
  afterLogin: (ctx, token) => {
    const department: string | undefined = token.idTokenClaims?.department
    ctx.redirect(`/departments/${department}`)
  },
})
new Router<KeycloakState<'keycloak', MyClaims>>().get('/mine', mine.requireLogin(), async ctx => {
  const { user } = mine.login(ctx)
  const department: string = user.department
  const tenant: number | undefined = (await mine.userInfo(ctx)).tenant
  const same: string = currentLogin<MyClaims>(mine.provider, ctx).user.department
  const { loggedIn, user: shown } = ctx.state.keycloak
  // @ts-expect-error a number
  const wrong: string | undefined = user.tenant
  ctx.body = [department, tenant, same, loggedIn && shown.department, wrong]
})
