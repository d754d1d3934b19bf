import type { Metadata } from '../../protocol/provider/metadata.js'
import type { Provider } from '../../provider/provider.js'
import { isObject } from '../../util/kind-of.js'
import type { Administrator } from '../options.js'
import { Unexamined } from '../report.js'

/** What an administrator sees, as the admin REST API shows it. */
export interface AdminView {
  readonly client: Readonly<Record<string, unknown>>
  /** Seconds that a code lives in this realm; `undefined` for an administrator who may not see that. */
  readonly codeLifespan: number | undefined
}

/** Reads the client, and nothing else but the realm's settings. Throws `Unexamined` when it may not. */
export async function adminView(
  provider: Provider,
  metadata: Metadata,
  admin: Administrator,
): Promise<AdminView> {
  const { base, realm } = whereIs(metadata, admin)
  const token = await adminToken(provider, base, admin)
  const get = (path: string) => read(provider, `${base}/admin/realms/${realm}${path}`, token)
  const clients = await get(`/clients?clientId=${encodeURIComponent(provider.clientId)}`)
  const found = Array.isArray(clients)
    ? clients.find(each => isObject(each) && each.clientId === provider.clientId)
    : undefined
  if (!isObject(found)) throw new Unexamined('the administrator does not see the client')
  const settings = await get('').catch(() => undefined)
  const lifespan = isObject(settings) ? settings.accessCodeLifespan : undefined
  return { client: found, codeLifespan: typeof lifespan === 'number' ? lifespan : undefined }
}

/** Keycloak's addresses have the realm's name in them; those that this machine asks say the way to the server. */
function whereIs({ token_endpoint }: Metadata, { url }: Administrator): { base: string; realm: string } {
  const [, base, realm] = /^(.*)\/realms\/([^/]+)\//.exec(token_endpoint) ?? []
  if (base === undefined || realm === undefined) throw new Unexamined('the provider is no Keycloak')
  return { base: url?.replace(/\/$/, '') ?? base, realm }
}

async function adminToken(provider: Provider, base: string, admin: Administrator): Promise<string> {
  const grant =
    'user' in admin
      ? { grant_type: 'password', client_id: 'admin-cli', username: admin.user, password: admin.password }
      : { grant_type: 'client_credentials', client_id: admin.clientId, client_secret: admin.clientSecret }
  const realm = encodeURIComponent(admin.realm ?? 'master')
  const response = await provider.fetch(`${base}/realms/${realm}/protocol/openid-connect/token`, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(grant),
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.status === 200 && isObject(answer) && typeof answer.access_token === 'string')
    return answer.access_token
  throw new Unexamined('Keycloak does not accept the administrator')
}

async function read(provider: Provider, url: string, token: string): Promise<unknown> {
  const response = await provider.fetch(url, {
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
  })
  if (response.status !== 200) throw new Unexamined('the administrator may not read this')
  return response.json().catch(() => undefined)
}
