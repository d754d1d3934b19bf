export interface Administrator {
  user: string
  password: string
}

export type AdminCall = (method: string, path: string, body?: unknown) => Promise<unknown>

/** Seconds. A token of the master realm lives for 60 as Keycloak comes; less, so that none ends on its way. */
const TOKEN_AGE = 40

/**
 * Calls of the admin REST API below `/admin/realms`. Returns the answer's JSON, and throws with Keycloak's own
 * words when it refuses. A token is kept for a while: checking a password takes Keycloak half a second.
 */
export function adminCall(url: string, administrator: Administrator): AdminCall {
  let token = ''
  let fetchedAt = Number.NEGATIVE_INFINITY
  const send = async (method: string, path: string, body: unknown): Promise<Response> => {
    if (Date.now() - fetchedAt > TOKEN_AGE * 1000) {
      token = await adminToken(url, administrator)
      fetchedAt = Date.now()
    }
    // Without `accept`, logout-all of 15 and before does its work and then can't say so: 500.
    const json = 'application/json'
    const headers = { authorization: `Bearer ${token}`, accept: json, 'content-type': json }
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    return fetch(`${url}/admin/realms${path}`, { method, headers, ...init })
  }
  return async (method, path, body) => {
    let response = await send(method, path, body)
    if (response.status === 401) {
      // A Keycloak that was restarted, or whose administrator was logged out, does not know it any more.
      fetchedAt = Number.NEGATIVE_INFINITY
      response = await send(method, path, body)
    }
    const text = await response.text()
    if (!response.ok) throw new Error(`Keycloak answered ${method} ${path} with ${response.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

export async function adminToken(url: string, { user, password }: Administrator): Promise<string> {
  const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: user, password }),
  })
  const answer = await response.text()
  const token = response.ok ? (JSON.parse(answer) as { access_token?: string }).access_token : undefined
  if (token === undefined)
    throw new Error(`Keycloak at ${url} refused its administrator '${user}': ${answer}`)
  return token
}
