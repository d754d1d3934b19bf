import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Entry {
  payload: AdapterPayload
  expiresAt: number
}

/**
 * Everything that the provider remembers: clients, sessions, grants, codes, tokens. It outlives the provider
 * object, which is made anew when its keys change, and it can be looked through by user.
 */
export class Store {
  readonly #entries = new Map<string, Entry>()

  adapter(model: string): Adapter {
    const key = (id: string) => `${model}:${id}`
    return {
      upsert: async (id, payload, expiresIn = Number.POSITIVE_INFINITY) => {
        this.#entries.set(key(id), { payload, expiresAt: Date.now() + expiresIn * 1000 })
      },
      find: async id => this.#find(key(id)),
      findByUid: async uid => this.#search(`${model}:`, payload => payload.uid === uid)[0],
      findByUserCode: async code => this.#search(`${model}:`, payload => payload.userCode === code)[0],
      consume: async id => {
        const payload = this.#find(key(id))
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async id => {
        this.#entries.delete(key(id))
      },
      revokeByGrantId: async grantId => this.revokeGrant(grantId),
    }
  }

  /** Ends a grant with every code and token that came of it. */
  revokeGrant(grantId: string): void {
    this.#entries.delete(`Grant:${grantId}`)
    for (const [key, { payload }] of this.#entries) {
      if (payload.grantId === grantId) this.#entries.delete(key)
    }
  }

  /** The `uid`s of a user's sessions. */
  sessionsOf(accountId: string): string[] {
    const sessions = this.#search('Session:', payload => payload.accountId === accountId)
    return sessions.flatMap(({ uid }) => uid ?? [])
  }

  /** All sessions that somebody is logged in to. */
  sessions(): AdapterPayload[] {
    return this.#search('Session:', payload => payload.accountId !== undefined)
  }

  /** A client as it was registered. */
  client(clientId: string): AdapterPayload | undefined {
    return this.#find(`Client:${clientId}`)
  }

  #find(key: string): AdapterPayload | undefined {
    const entry = this.#entries.get(key)
    if (entry && entry.expiresAt > Date.now()) return entry.payload
    this.#entries.delete(key)
    return undefined
  }

  #search(prefix: string, matches: (payload: AdapterPayload) => boolean): AdapterPayload[] {
    const keys = [...this.#entries.keys()].filter(key => key.startsWith(prefix))
    const payloads = keys.map(key => this.#find(key)).filter(payload => payload !== undefined)
    return payloads.filter(matches)
  }
}
