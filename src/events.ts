import { type Channel, channel, type TracingChannel, tracingChannel } from 'node:diagnostics_channel'
import type { KeycloakErrorCode } from './errors.js'

/**
 * Why a login ended. `code`: the application's own code ended it; `surplus`: session or user had too many; `cap`: its
 * time was over, and somebody came by within a minute.
 */
export type EndReason =
  | 'logout'
  | 'request'
  | 'renewal'
  | 'cap'
  | 'replaced'
  | 'code'
  | 'surplus'
  | 'unreadable'

/** Which login an event is about: nothing of it can be used as a cookie or a token. */
export interface LoginFacts {
  /** Names the login in `endLogins({ id })`: the hash of its secret id. */
  id?: string
  /** The user's id at the provider. */
  sub?: string
  /** The provider's session, when it names one. */
  sid?: string
}

/** What was refused, and why: the code of the error that the visitor got. */
export interface RefusalFacts {
  code: KeycloakErrorCode
  /** Fixed words of ours that make the code more precise. */
  reason?: string
}

/**
 * Every event, by its name, with what it carries besides the provider's name: `koa-keycloak:<event>` is the name of
 * its channel (`node:diagnostics_channel`). No event carries a token, a secret or a text that came from outside.
 */
export interface KeycloakEvents {
  /** Somebody logged in. */
  login: LoginFacts
  /** A login did not come about. */
  'login.refused': RefusalFacts
  /** The tokens of a login were renewed, which took so many seconds. */
  renewal: LoginFacts & { seconds: number }
  /** A renewal failed; the login goes on. */
  'renewal.failed': LoginFacts & RefusalFacts
  /** Somebody logged out here. */
  logout: LoginFacts
  /** A logout here was refused. */
  'logout.refused': RefusalFacts
  /** The provider's logout request was served; it ended so many logins. */
  logout_request: LoginFacts & { ended: number }
  /** A logout request was refused. */
  'logout_request.refused': RefusalFacts
  /**
   * The provider ended so many sessions one by one, and told of none, though it has sent no logout request at all: the
   * address is where these should come, a path where option `baseUrl` does not say more. Once for a process.
   */
  'logout_requests.missing': { ended: number; address: string }
  /** A security event was served; it ended so many logins. `type` is one of the known ones, or `other`. */
  security_event: { sub?: string; sid?: string } & {
    type: string
    covers: 'session' | 'user' | 'nothing'
    ended: number
  }
  /** A security event was refused; `reason` is a code of RFC 8935. Or a poll for them failed. */
  'security_event.refused': RefusalFacts
  /** One login ended. */
  'login.ended': LoginFacts & { reason: EndReason }
  /** A login has ended here, but its refresh token could not be revoked at the provider. */
  'revocation.failed': LoginFacts & RefusalFacts
  /** A guard did not let a request pass. */
  'access.refused': RefusalFacts
  /** A request without a valid access token. */
  'bearer.refused': RefusalFacts
  /** The provider does not answer: nothing is asked of it for some seconds. */
  'provider.down': RefusalFacts
  /** The provider answers again. */
  'provider.up': object
  /** The store does not answer. */
  'store.down': RefusalFacts
  /** The store answers again. */
  'store.up': object
  /** The store is a Redis that throws keys away when its memory is full, or does not say (`unknown`). */
  'store.evicting': { policy: string }
}

/** What every event carries. */
export interface EventSource {
  /** The provider's name: option `name`. */
  provider: string
}

export type EventName = keyof KeycloakEvents

/** What a listener of an event's channel gets. */
export type EventOf<Name extends EventName> = EventSource & KeycloakEvents[Name]

/** One for each event, so that a name that is no event can not be told. */
const CHANNELS: Record<EventName, Channel> = {
  login: named('login'),
  'login.refused': named('login.refused'),
  renewal: named('renewal'),
  'renewal.failed': named('renewal.failed'),
  logout: named('logout'),
  'logout.refused': named('logout.refused'),
  logout_request: named('logout_request'),
  'logout_request.refused': named('logout_request.refused'),
  'logout_requests.missing': named('logout_requests.missing'),
  security_event: named('security_event'),
  'security_event.refused': named('security_event.refused'),
  'login.ended': named('login.ended'),
  'revocation.failed': named('revocation.failed'),
  'access.refused': named('access.refused'),
  'bearer.refused': named('bearer.refused'),
  'provider.down': named('provider.down'),
  'provider.up': named('provider.up'),
  'store.down': named('store.down'),
  'store.up': named('store.up'),
  'store.evicting': named('store.evicting'),
}

/** The name of every event, for who listens to all of them. */
export const eventNames: readonly EventName[] = Object.freeze(Object.keys(CHANNELS) as EventName[])

/** Calls to the provider and to the store, as `TracingChannel`s: start, end, error and how long it took. */
const CALLS: Record<'provider' | 'store', TracingChannel<object>> = {
  provider: tracingChannel('koa-keycloak:provider.call'),
  store: tracingChannel('koa-keycloak:store.call'),
}

/** What events tell of a login. */
export function loginFacts(id: string, { sub, sid }: { sub: string; sid?: string }): LoginFacts {
  return { id, sub, ...(sid !== undefined && { sid }) }
}

/** Tells whoever listens to the event; without a listener it costs a branch. */
export function tell<Name extends EventName>(
  provider: string,
  name: Name,
  facts: () => KeycloakEvents[Name],
): void {
  const channel = CHANNELS[name]
  if (channel.hasSubscribers) channel.publish({ provider, ...facts() } satisfies EventSource)
}

/** Makes a call so that a listener of its `TracingChannel` sees it; without a listener it costs a branch. */
export function traced<T>(kind: keyof typeof CALLS, facts: () => object, call: () => Promise<T>): Promise<T> {
  const calls = CALLS[kind]
  return calls.hasSubscribers ? calls.tracePromise(call, facts()) : call()
}

function named(event: EventName): Channel {
  return channel(`koa-keycloak:${event}`)
}
