import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Provider } from '../../provider/provider.js'
import type { Context } from '../types.js'

/**
 * The answer that an upgrade never gets: middleware may set what it wants on it. It closes with the connection, so
 * that what lasts as long as an answer lasts as long as the connection.
 */
export class UpgradeResponse extends ServerResponse {
  /** Whose login is asked for. */
  readonly provider: Provider

  constructor(req: IncomingMessage, provider: Provider) {
    super(req)
    this.provider = provider
    this.statusCode = 404 // as Koa begins
    req.socket.once('close', () => this.emit('close'))
  }
}

/** Whether the context is that of an upgrade which wants to know of this provider's login, and nothing else. */
export function isUpgradeFor(provider: Provider, { res }: Context): boolean {
  return res instanceof UpgradeResponse && res.provider === provider
}
