import { decodeToken } from '../../src/index.js'

/**
 * The fetch that the package uses, which tells what goes on between the application and Keycloak. For a
 * renewal it is the only place to see it: the package renews by itself, and bothers nobody with it.
 */
export function watchedFetch(tell: (text: string) => void) {
  return async function watchedFetch(url: string, init: RequestInit): Promise<Response> {
    const response = await fetch(url, init)
    const grant = new URLSearchParams(String(init.body ?? '')).get('grant_type')
    if (grant === 'refresh_token') tell(await renewal(response.clone()))
    if (url.includes('/.well-known/')) tell('read Keycloak’s configuration')
    if (url.endsWith('/certs')) tell('read Keycloak’s keys')
    return response
  }
}

async function renewal(response: Response): Promise<string> {
  if (!response.ok) return 'asked for new tokens, and Keycloak refused: that login is over'
  const { access_token: token } = (await response.json()) as { access_token: string }
  return `renewed the tokens of ${decodeToken(token)?.preferred_username}`
}
