import type { LoginKeys } from './login-keys.js'
import type { Store } from './store.js'

/** Seconds for which a security event is remembered: for longer than Keycloak repeats one. */
const MEMORY = 43_200

/** Which security events were served: a transmitter sends each until it is told that it has arrived. */
export class SeenEvents {
  readonly #store: Store
  readonly #keys: () => LoginKeys

  constructor(store: Store, keys: () => LoginKeys) {
    this.#store = store
    this.#keys = keys
  }

  async has(jti: string): Promise<boolean> {
    return (await this.#store.get(this.#keys().event(jti))) !== undefined
  }

  async add(jti: string): Promise<void> {
    await this.#store.add(this.#keys().event(jti), '1', MEMORY)
  }
}
