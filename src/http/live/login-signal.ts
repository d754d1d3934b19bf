import { AccessError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { sha256 } from '../../util/random.js'
import type { Context } from '../types.js'

/**
 * A signal that aborts, with `login_required` as its reason, when the login ends. It is watched for as long as the
 * connection of the request is open: until the answer is complete, or the socket of an upgrade closes.
 */
export function loginSignal(
  provider: Provider,
  { req, res }: Pick<Context, 'req' | 'res'>,
  { id, record }: { id: string; record: LoginRecord },
): AbortSignal {
  const controller = new AbortController()
  if (res.closed || req.socket.destroyed) return controller.signal
  const unwatch = provider.logins.watched.watch(sha256(id), record, () => {
    controller.abort(new AccessError('login_required'))
  })
  res.once('close', unwatch)
  return controller.signal
}
