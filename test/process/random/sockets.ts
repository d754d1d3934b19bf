import { type OpenSocket, openSocket } from '../../support/app/sockets.js'
import type { UserAgent } from '../../support/browser/user-agent.js'
import { until } from '../../support/until.js'
import type { Ledger, Login } from './ledger.js'

/** Seconds in which a socket closes after a logout that was served elsewhere: `liveCheck`, and a machine that is busy. */
const IN_TIME = 5 + 3

/** How many are open at once; beyond, the oldest is closed. */
const MAX_OPEN = 40

/** The WebSockets of everybody in a random run, held to the ledger. */
export class Sockets {
  readonly #ledger: Ledger
  readonly #open = new Map<OpenSocket, { login: Login; openedAt: number }>()

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** Opens one at a process. A process that dies over it is no matter. */
  async open(url: string, origin: string, agent: UserAgent, login: Login): Promise<boolean> {
    const sentAt = performance.now()
    const socket = await openSocket(url, agent, { origin }).catch(() => undefined)
    if (socket === undefined) return false
    if ('status' in socket) {
      if (socket.status !== 502) this.#ledger.saw(login, false, sentAt, `socket ${url}`)
      return false
    }
    this.#ledger.saw(login, true, sentAt, `socket ${url}`)
    this.#open.set(socket, { login, openedAt: performance.now() })
    void socket.closed.then(code => this.#closed(socket, login, code))
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= MAX_OPEN) break
      this.#open.delete(oldest)
      oldest.ws.terminate()
    }
    return true
  }

  /** Notes those that are open although their login has ended, and time enough has passed since. */
  check(): void {
    for (const [socket, { login, openedAt }] of this.#open) {
      const since = this.#outSince(login, openedAt)
      if (since === undefined || performance.now() - since < IN_TIME * 1000) continue
      this.#ledger.violations.push(`A socket lives on after a logout: ${JSON.stringify(login)}`)
      this.#open.delete(socket)
    }
  }

  /** Waits until none is open whose login has ended. */
  async settle(): Promise<void> {
    const isSettled = () => {
      this.check()
      const open = [...this.#open.values()]
      return open.every(({ login, openedAt }) => this.#outSince(login, openedAt) === undefined)
    }
    await until(isSettled, { seconds: IN_TIME * 2 })
    for (const { ws } of this.#open.keys()) ws.terminate()
  }

  #outSince(login: Login, openedAt: number): number | undefined {
    const since = this.#ledger.outSince(login)
    return since === undefined ? undefined : Math.max(since, openedAt)
  }

  /** 1008 says that the login has ended; anything else that the process has. */
  #closed(socket: OpenSocket, login: Login, code: number): void {
    if (!this.#open.delete(socket) || code !== 1008) return
    this.#ledger.saw(login, false, performance.now(), 'a socket that closed')
  }
}
