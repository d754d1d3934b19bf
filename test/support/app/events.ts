import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { EventName } from '../../../src/index.js'

/** An event of the package's, by its name, with what it tells. */
export type Told = [event: string, facts: Record<string, unknown>]

/** What these events tell while the tests of this suite run, the latest last. It is empty when a test begins. */
export function useEvents(...events: EventName[]): Told[] {
  const told: Told[] = []
  const listeners = events.map(event => {
    const listener = (facts: unknown) => void told.push([event, facts as Told[1]])
    return { channel: `koa-keycloak:${event}`, listener }
  })
  before(() => {
    for (const { channel, listener } of listeners) subscribe(channel, listener)
  })
  beforeEach(() => {
    told.length = 0
  })
  after(() => {
    for (const { channel, listener } of listeners) unsubscribe(channel, listener)
  })
  return told
}
