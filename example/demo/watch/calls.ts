import { requestLine } from './mask.js'
import type { Lane, Timeline } from './timeline.js'

/** The fetch that the package uses: each call to Keycloak is an arrow, with what came back. */
export function watchedFetch(timeline: Timeline, from: Lane) {
  return async function watchedFetch(url: string, init: RequestInit): Promise<Response> {
    const text = requestLine(init.method ?? 'GET', url, init.body)
    const step = timeline.add({ kind: 'call', from, to: 'keycloak', text })
    try {
      const response = await fetch(url, init)
      timeline.answer(step, `${response.status}`)
      return response
    } catch (error) {
      timeline.answer(step, init.signal?.aborted ? 'no answer in time' : 'no answer')
      throw error
    }
  }
}
