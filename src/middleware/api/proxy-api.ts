import type { IncomingMessage } from 'node:http'
import { checkOptions } from '../../check-options.js'
import { KeycloakError, RequestError, SetupError } from '../../errors.js'
import { askUpstream } from '../../http/api/proxy/ask-upstream.js'
import { headersUp } from '../../http/api/proxy/headers.js'
import { relay } from '../../http/api/proxy/relay.js'
import { upstreamUrl } from '../../http/api/proxy/upstream-url.js'
import { askToLogIn } from '../../http/guard/ask-to-log-in.js'
import { loadedState } from '../../http/guard/login-state.js'
import { publicOrigin } from '../../http/public-address.js'
import { refused } from '../../http/refusal.js'
import { accessToken } from '../../http/renewal/access-token.js'
import { isForgeable } from '../../http/request.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import {
  type Check,
  type Checks,
  httpUrl,
  listOf,
  neverUndefined,
  oneOrMore,
  required,
  seconds,
  text,
  withDefault,
  word,
} from '../../util/checks.js'

export interface ProxyApiOptions {
  /** Where the API is for browsers: a path of this application; what follows it is asked of `target`. */
  path: string
  /** Address of the API; no request leaves what is below it. */
  target: string
  /** Clients that the access token has to be for; it is exchanged for one that names them (RFC 8693). Default: the user's own token. */
  audience?: string | readonly string[]
  /** Scopes of the token in such an exchange. */
  scopes?: readonly string[]
  /** Seconds until the API's answer has to begin; how long it takes then is its own affair. Default 30. */
  timeout?: number
}

const PATH: Check<string> = {
  expected: 'a path that begins with / and does not end with one, without . or .. in it, such as /api',
  accepts: (v): v is string => typeof v === 'string' && /^(\/(?!\.{1,2}(\/|$))[\w.~-]+)+$/.test(v),
}

const TARGET: Check<string> = {
  expected: 'an http or https address without query and fragment',
  accepts: (v): v is string => httpUrl.accepts(v) && !/[?#]/.test(v),
  ...(httpUrl.given && { given: httpUrl.given }),
}

const OPTIONS = {
  path: required(PATH),
  target: required(TARGET),
  audience: neverUndefined(oneOrMore(text)),
  scopes: neverUndefined(listOf(word, { min: 1 })),
  timeout: withDefault(seconds(3600), 30),
} satisfies Checks<ProxyApiOptions>

/**
 * Lets a page's own code use an API with the user's access token, which the browser never gets. Terminal below
 * `path`; pass-through for all else.
 *
 * Reads the login. The API gets the request as it is, but for the browser's cookies, credentials and what tells where
 * it came from, and with `Authorization: Bearer`. The browser gets the answer as it is, but for cookies, CORS and what
 * acts on a whole site. Both stream. An answer 401 to a request without a body is tried once more with a new token. No redirect
 * is followed: one that stays below `target` is translated. The end of the request, or of the login, ends both.
 *
 * Refuses by itself what another site's page can have made the browser send, whatever the method, as `sameOrigin` does
 * with `methods: 'all'`: `cross_site_request` (403). Without a login answers as `requireLogin`. Throws
 * `invalid_request` for a path that could leave `target`, `body_read` when the body is gone, `upstream_unavailable`
 * (502), `upstream_timeout` (504), what `accessToken` throws, `piece_missing`; `invalid_options` when it is called.
 */
export function proxyApi(provider: Provider, options: ProxyApiOptions): Middleware {
  checkProvider('proxyApi()', provider)
  const { path, target, timeout, ...wanted } = checkOptions('proxyApi()', options, OPTIONS)
  const api = new URL(target)

  return async function proxyApi(ctx, next) {
    if (ctx.path !== path && !ctx.path.startsWith(`${path}/`)) return next()
    const state = loadedState(provider, ctx, 'proxyApi')
    refuseForged(provider, ctx)
    if (!state.loggedIn) return askToLogIn(provider, ctx)
    const url = upstreamUrl(api, path, ctx.req.url ?? '')
    const end = endOf(ctx, state.signal)
    const body = bodyOf(ctx)
    const ask = async (force: boolean) => {
      const token = await accessToken(provider, ctx, { ...wanted, force })
      const headers = headersUp(ctx.req.headers, token)
      return askUpstream(url, { method: ctx.method, headers, body, timeout, signal: end })
    }
    const answer = await ask(false)
    const isRetried = answer.statusCode === 401 && body === undefined
    relay(ctx, isRetried ? await askAgain(answer, () => ask(true)) : answer, { api, path })
  }
}

/** With a new token, where there is one; the first answer stays where there is none. */
async function askAgain(first: IncomingMessage, ask: () => Promise<IncomingMessage>) {
  try {
    const second = await ask()
    first.destroy()
    return second
  } catch (error) {
    if (error instanceof KeycloakError && error.status !== 502) return first
    first.destroy()
    throw error
  }
}

function refuseForged(provider: Provider, ctx: Context): void {
  if (isForgeable(ctx, publicOrigin(provider, ctx), provider.settings.allowedOrigins))
    throw refused(provider, 'access.refused', new RequestError('cross_site_request'))
}

/** The request's body as it comes. Throws `body_read` when something before has read it. */
function bodyOf(ctx: Context) {
  const { headers } = ctx.req
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  // A request of HTTP/2 says neither.
  const mayHave =
    hasBody || (ctx.req.httpVersionMajor > 1 && !ctx.req.readableEnded && !isBodiless(ctx.method))
  if (hasBody && ctx.req.readableEnded) throw new SetupError('body_read')
  return mayHave ? ctx.req : undefined
}

const isBodiless = (method: string) => method === 'GET' || method === 'HEAD'

/** Aborts when the browser has gone, or the login ended. */
function endOf(ctx: Context, login: AbortSignal): AbortSignal {
  const gone = new AbortController()
  ctx.res.once('close', () => gone.abort())
  return AbortSignal.any([gone.signal, login])
}
