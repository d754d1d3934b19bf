import { decodeJwt } from 'jose'

/** How a client showed at the token endpoint who it is. */
interface Credentials {
  clientId: string | undefined
  secret?: string | undefined
  /** It sent a signed assertion (RFC 7523), whose key this provider does not know. */
  byAssertion?: boolean
}

/**
 * The client that a request to the token endpoint comes from (RFC 6749, section 2.3); `undefined` when it is not
 * known or has another secret. The signature of an assertion is not looked at.
 */
export function authenticatedClient(
  clients: ReadonlyMap<string, string | undefined>,
  form: URLSearchParams,
  authorization = '',
): string | undefined {
  const { clientId, secret, byAssertion } = credentials(form, authorization)
  if (clientId === undefined || !clients.has(clientId)) return undefined
  return byAssertion || clients.get(clientId) === secret ? clientId : undefined
}

function credentials(form: URLSearchParams, authorization: string): Credentials {
  const assertion = form.get('client_assertion')
  if (assertion !== null) return { clientId: subjectOf(assertion), byAssertion: true }
  const [, encoded] = /^Basic (\S+)$/i.exec(authorization) ?? []
  if (encoded === undefined) {
    return { clientId: form.get('client_id') ?? undefined, secret: form.get('client_secret') ?? undefined }
  }
  const [clientId, secret] = Buffer.from(encoded, 'base64').toString().split(':').map(formDecode)
  return { clientId, secret }
}

function subjectOf(assertion: string): string | undefined {
  try {
    return decodeJwt(assertion).sub
  } catch {
    return undefined
  }
}

function formDecode(text: string): string {
  return decodeURIComponent(text.replace(/\+/g, ' '))
}
