import type Koa from 'koa'
import type { Next } from '../types.js'
import type { Handover, LoginState } from './login-state.js'

/**
 * A piece of the application's own that stands behind one which hands something over: `Piece<'exchanged'>` behind
 * `exchangeCode`, `Piece<'logout'>` behind `verifyLogoutToken`, `Piece<'bearer'>` behind `bearer`. It is a method's type,
 * so that a router takes it whose state says only that something may be handed over.
 */
export type Piece<Key extends keyof Handover, Name extends string = 'keycloak', Own = unknown> = {
  piece(
    ctx: Koa.ParameterizedContext<Record<Name, LoginState<Own> & Required<Pick<Handover, Key>>>>,
    next: Next,
  ): unknown
}['piece']
