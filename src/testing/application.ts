import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Check, isHttpUrl } from '../util/checks.js'

/** What the kit uses of a Koa application. */
export interface Servable {
  callback(): (request: IncomingMessage, response: ServerResponse) => unknown
  on?(event: 'error', listener: (error: unknown, ctx?: { req?: { socket: Duplex } }) => void): unknown
}

/** An application under test: a Koa in this process, which need not listen, or the address of a running one. */
export type Application = Servable | string

export const application: Check<Application> = {
  expected: 'a Koa application, or the http or https address of one',
  accepts: (v): v is Application =>
    isHttpUrl(v) ||
    (typeof v === 'object' && v !== null && 'callback' in v && typeof v.callback === 'function'),
  given: v =>
    typeof v === 'function' ? 'a function: the application itself is meant, not its callback()' : undefined,
}

/** Where the application thinks it is: its address, or `origin` for one that has none. */
export function originOf(app: Application, origin: string): string {
  return typeof app === 'string' ? new URL(app).origin : origin
}

export const origin: Check<string> = {
  expected: 'an origin such as https://shop.example',
  accepts: (v): v is string => isHttpUrl(v) && new URL(v).origin === v,
}

export const path: Check<string> = {
  expected: 'a path that begins with one /',
  accepts: (v): v is string => typeof v === 'string' && /^\/(?!\/)[!-~]*$/.test(v),
}
