import { EventEmitter } from 'node:events'
import type { Accounts } from './accounts.js'
import type { Keys } from './keys.js'
import type { StandInSettings } from './options.js'
import type { Store } from './store.js'

/** What happens at the stand-in, for those who watch. */
export interface StandInEvents {
  loginSuccess: [{ username: string; clientId: string; sid: string | undefined }]
  backchannelSuccess: [{ clientId: string; sub: string; sid: string | undefined }]
  backchannelError: [{ clientId: string; sub: string; sid: string | undefined; error: Error }]
}

export type Events = EventEmitter<StandInEvents>
export const createEvents = (): Events => new EventEmitter()

/** What all parts of the stand-in share. */
export interface Realm {
  settings: StandInSettings
  /** Where the realm is mounted: `/realms/demo`, or nothing. */
  mount: string
  issuer: string
  accounts: Accounts
  store: Store
  events: Events
  /** Signs cookies and refresh tokens. */
  secret: string
  keys: Keys
}
