import { memoryStore, type Store } from '../../src/index.js'
import type { StandIn } from '../stand-in/stand-in.js'
import type { Timeline } from './watch/timeline.js'

/** One button of the bar that breaks things. */
export interface Breakage {
  label: string
  /** What to look for. */
  hint: string
  /** For what stays so until it is switched off. */
  isOn?: () => boolean
  act: () => void | Promise<void>
}

const EVERYTHING = [
  'discovery',
  'jwks',
  'token',
  'refresh',
  'userinfo',
  'authorization',
  'end_session',
] as const

/** Seconds that pass at once: one more than an access token lives. */
const PASSING = 31

/** What can go wrong, by its name in the address. */
export function breakages(
  standIn: StandIn,
  timeline: Timeline,
  store: FragileStore,
): Record<string, Breakage> {
  const state = { down: false, hangs: false }
  return {
    down: {
      label: 'Keycloak down',
      hint: 'Who is logged in stays so. A new login has to wait.',
      isOn: () => state.down,
      act: () => {
        state.down = !state.down
        standIn.fail(state.down ? 'unavailable' : undefined, EVERYTHING)
        timeline.tell('keycloak', state.down ? 'is down' : 'is back')
      },
    },
    hangs: {
      label: 'Keycloak hangs',
      hint: 'A renewal gives up after three seconds, and its login goes on.',
      isOn: () => state.hangs,
      act: () => {
        state.hangs = !state.hangs
        standIn.hang(state.hangs)
        timeline.tell('keycloak', state.hangs ? 'answers nothing any more' : 'answers again')
      },
    },
    keys: {
      label: 'Rotate the keys',
      hint: 'The next token has a new signature: the keys are read once more.',
      act: async () => {
        await standIn.rotateKeys()
        timeline.tell('keycloak', 'signs with a new key')
      },
    },
    time: {
      label: 'Expire the tokens',
      hint: `${PASSING} seconds pass at once, here and at Keycloak. The next request renews.`,
      act: () => {
        passTime(PASSING)
        timeline.tell('keycloak', `${PASSING} seconds have passed: every access token has expired`)
      },
    },
    store: {
      label: 'Store gone',
      hint: 'Whoever has no login is served; the others get 503, and keep their cookie.',
      isOn: () => store.isGone,
      act: () => {
        store.isGone = !store.isGone
        for (const lane of ['one', 'two'] as const) {
          timeline.tell(lane, store.isGone ? 'has lost its store' : 'has its store back')
        }
      },
    },
  }
}

const now = Date.now
let passed = 0

/** Everybody in this process sees the clock jump, oidc-provider too. */
function passTime(seconds: number): void {
  passed += seconds * 1000
  Date.now = () => now() + passed
}

/** Takes back what `passTime` did. */
export function restoreTime(): void {
  passed = 0
  Date.now = now
}

/** A store that can be away, as a Redis can. */
export interface FragileStore {
  isGone: boolean
  of(inner: Store): Store
}

export function fragileStore(): FragileStore {
  return {
    isGone: false,
    of(inner = memoryStore()) {
      return new Proxy(inner, {
        get: (target, name) => {
          const operation = Reflect.get(target, name)
          if (typeof operation !== 'function') return operation
          return async (...args: unknown[]) => {
            if (this.isGone) throw new Error('The store is away.')
            return Reflect.apply(operation, target, args)
          }
        },
      })
    },
  }
}
