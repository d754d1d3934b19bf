import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/** Headers of one connection, which no proxy passes on (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/**
 * What a browser sends that is not the API's business: its cookies and credentials; what only we can judge, where a
 * request comes from; and what a client could forge of the way that it took.
 */
const NOT_UP =
  /^(cookie2?|authorization|host|expect|origin|referer|forwarded|via|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip|x-original-.*|x-rewrite-url|sec-fetch-.*|x-(csrf|xsrf).*|csrf-token|dpop)$/

/** What an API answers that would act on our origin: cookies, CORS, and what a browser keeps for a whole site. */
const NOT_DOWN =
  /^(set-cookie2?|access-control-.*|timing-allow-origin|clear-site-data|strict-transport-security|alt-svc|service-worker-allowed|nel|report-to|reporting-endpoints)$/

/** The headers of a browser's request for the API, with the access token. */
export function headersUp(given: IncomingHttpHeaders, accessToken: string): OutgoingHttpHeaders {
  return { ...without(given, NOT_UP), authorization: `Bearer ${accessToken}` }
}

/** The headers of the API's answer for the browser. */
export function headersDown(given: IncomingHttpHeaders): Record<string, string | string[]> {
  return without(given, NOT_DOWN)
}

function without(given: IncomingHttpHeaders, unwanted: RegExp): Record<string, string | string[]> {
  const named = (given.connection ?? '').split(',').map(name => name.trim().toLowerCase())
  const kept = Object.entries(given).filter(
    (header): header is [string, string | string[]] =>
      header[1] !== undefined &&
      !unwanted.test(header[0]) &&
      !HOP_BY_HOP.includes(header[0]) &&
      !named.includes(header[0]),
  )
  return Object.fromEntries(kept)
}
