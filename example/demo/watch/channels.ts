import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import type { EventName, EventOf } from '../../../src/index.js'
import type { Lane, Timeline } from './timeline.js'

/** True: the demo itself is looking, which no application would do. */
const own = new AsyncLocalStorage<true>()

/** Looks at logins without a line about it. */
export function unwatched<T>(look: () => T): T {
  return own.run(true, look)
}

type Words = { [Name in EventName]?: (event: EventOf<Name>, who: (sub?: string) => string) => string }

const WORDS: Words = {
  login: ({ sub }, who) => `${who(sub)} logged in`,
  'login.refused': ({ code }) => `refused a login: ${code}`,
  renewal: ({ sub }, who) => `renewed the tokens of ${who(sub)}`,
  'renewal.failed': ({ sub, code }, who) => `could not renew the tokens of ${who(sub)}: ${code}`,
  logout: ({ sub }, who) => `${who(sub)} logged out here`,
  logout_request: ({ ended }) => `received a logout request, and ${ending(ended)}`,
  'access.refused': ({ code }) => `refused access: ${code}`,
  'bearer.refused': ({ code }) => `refused a token: ${code}`,
  'provider.down': () => 'takes Keycloak for down, and lets it be for some seconds',
  'provider.up': () => 'sees that Keycloak answers again',
  'store.down': () => 'takes its store for down',
  'store.up': () => 'sees that its store answers again',
}

/** Listens to what the package tells through diagnostics_channel; gives what ends that. */
export function watchChannels(timeline: Timeline, lanes: readonly Lane[], who: (sub?: string) => string) {
  const laneOf = ({ provider }: { provider: string }) => lanes.find(lane => lane === provider)
  const listeners = Object.entries({ ...WORDS, 'login.ended': undefined }).map(([name, words]) => {
    const listen = (message: unknown) => {
      const event = message as EventOf<'login.ended'>
      const lane = laneOf(event)
      if (!lane) return
      const say = words as ((e: unknown, w: typeof who) => string) | undefined
      if (say) timeline.tell(lane, say(event, who))
      else if (event.reason === 'renewal')
        timeline.tell(lane, `Keycloak refused: that login of ${who(event.sub)} is over`)
    }
    return [`koa-keycloak:${name}`, listen] as const
  })
  for (const [channel, listen] of listeners) subscribe(channel, listen)
  const store = storeCalls(timeline, laneOf)
  const calls = tracingChannel('koa-keycloak:store.call')
  calls.subscribe(store)
  return () => {
    for (const [channel, listen] of listeners) unsubscribe(channel, listen)
    calls.unsubscribe(store)
  }
}

/** What the store did: one after the other on one line. */
function storeCalls(timeline: Timeline, laneOf: (message: { provider: string }) => Lane | undefined) {
  const seen = (message: object) => {
    const { provider, operation } = message as { provider: string; operation: string }
    const lane = laneOf({ provider })
    if (!lane || own.getStore()) return
    const { last } = timeline
    if (last?.kind === 'store' && last.to === lane) timeline.update(last, joined(last.text, operation))
    else timeline.add({ kind: 'store', from: lane, to: lane, text: operation, answer: '' })
  }
  const nothing = () => undefined
  return { start: seen, end: nothing, asyncStart: nothing, asyncEnd: nothing, error: nothing }
}

/** `get`, and one more: `get ×2`. */
function joined(text: string, operation: string): string {
  const words = text.split(' · ')
  const at = words.findIndex(word => word.split(' ')[0] === operation)
  if (at < 0) return `${text} · ${operation}`
  words[at] = `${operation} ×${Number(words[at]?.split('×')[1] ?? 1) + 1}`
  return words.join(' · ')
}

function ending(logins: number): string {
  if (logins === 0) return 'had no login left to end'
  return logins === 1 ? 'ended one login' : `ended ${logins} logins`
}
