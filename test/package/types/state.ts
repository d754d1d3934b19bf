/** Compiled by `npm run check`, never run: what `ctx.state` says, and what it only says of who is logged in. */
import Koa from 'koa'
import type { Claims, KeycloakAuthToken, KeycloakState, LoginState } from '../../../src/index.js'

export function discriminated(state: LoginState): string | undefined {
  // @ts-expect-error nobody may be logged in
  state.user.name
  // @ts-expect-error and then there is no token
  state.token.accessToken
  if (!state.loggedIn) {
    const nothing: undefined = state.sid
    return nothing
  }
  const user: Claims = state.user
  const token: KeycloakAuthToken = state.token
  const sid: string | undefined = state.sid
  // @ts-expect-error a claim is unknown until it is looked at
  const name: string = user.name
  // @ts-expect-error the login is loadLogin's to say, not the application's
  state.token = token
  return sid ?? name ?? token.username
}

export const app = new Koa<KeycloakState>()
app.use(ctx => {
  const { keycloak } = ctx.state
  ctx.body = keycloak.loggedIn ? keycloak.token.realmRoles : undefined
  // @ts-expect-error no such provider
  ctx.state.other
})

export const two = new Koa<KeycloakState<'staff' | 'customers'>>()
two.use(ctx => {
  ctx.body = ctx.state.staff.loggedIn || ctx.state.customers.loggedIn
  // @ts-expect-error names were given, so the default one is gone
  ctx.state.keycloak
})

export function handedOver(state: LoginState): unknown[] {
  const returnTo: string | undefined = state.exchanged?.returnTo
  const status: string | undefined = state.exchanged?.actionStatus
  const ended: number | undefined = state.logout?.ended
  const endpoint: string | undefined = state.metadata?.token_endpoint
  const audience: unknown = state.bearer?.aud
  return [returnTo, status, ended, endpoint, audience]
}

/** Members that are taken apart are narrowed together. */
export function takenApart(state: LoginState): string | undefined {
  const { loggedIn, token } = state
  return loggedIn ? token.username : undefined
}
