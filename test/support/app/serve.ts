import { type Listening, listen, type Servable } from '../../../example/support/listen.js'
import { use } from '../use.js'

export type Served = Listening
type App = Parameters<typeof listen>[0]

/** Serves an application on this machine; closing it stops at once, and cuts open connections. */
export function serve(app: App, port = 0): Promise<Served> {
  return listen(app, { port, patience: 0 })
}

/** Serves an application while the tests of this suite run; `create` is called before the first of them. */
export function useServed(create: (url: string) => Servable | Promise<Servable>): Served {
  return use(() => serve(create))
}
