/** A store for koa-session in this process' memory; what it holds can be looked at. */
export function sessionStore() {
  const sessions = new Map<string, string>()
  return {
    sessions,
    async get(key: string) {
      const text = sessions.get(key)
      return text === undefined ? undefined : JSON.parse(text)
    },
    async set(key: string, session: object) {
      sessions.set(key, JSON.stringify(session))
    },
    async destroy(key: string) {
      sessions.delete(key)
    },
  }
}
