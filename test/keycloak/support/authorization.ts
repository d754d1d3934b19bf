import type { Admin } from './admin.js'

/** The client whose resources are guarded, and its secret. */
export const API = { clientId: 'shop-api', clientSecret: 's3cret-api' }

/**
 * A client with authorization services: `orders` may be viewed by everybody, edited by administrators, and approved
 * below ten; `secrets` may be viewed by administrators.
 */
export async function createGuardedApi(admin: Admin): Promise<void> {
  const { id } = await admin.createClient({
    clientId: API.clientId,
    secret: API.clientSecret,
    enabled: true,
    publicClient: false,
    standardFlowEnabled: false,
    serviceAccountsEnabled: true,
    authorizationServicesEnabled: true,
    attributes: { 'standard.token.exchange.enabled': 'true' },
  })
  await admin.call('POST', `/clients/${id}/authz/resource-server/import`, settings)
}

/** A client that access tokens can be for: those of users who have its role `reader`. */
export async function createService(admin: Admin, clientId: string): Promise<void> {
  const { id } = await admin.createClient({ clientId, enabled: true, secret: 'unused' })
  await admin.call('POST', `/clients/${id}/roles`, { name: 'reader' })
}

export async function makeReader(admin: Admin, username: string, clientId: string): Promise<void> {
  const [user, client] = [await admin.findUser(username), await admin.findClient(clientId)]
  const role = await admin.call('GET', `/clients/${client.id}/roles/reader`)
  await admin.call('POST', `/users/${user.id}/role-mappings/clients/${client.id}`, [role])
}

/** Has a client's access tokens name another client, or an address, as their audience. */
export async function addAudience(
  admin: Admin,
  clientId: string,
  audience: { client: string } | { address: string },
): Promise<void> {
  const { id } = await admin.findClient(clientId)
  const which =
    'client' in audience
      ? { 'included.client.audience': audience.client }
      : { 'included.custom.audience': audience.address }
  await admin.call('POST', `/clients/${id}/protocol-mappers/models`, {
    name: Object.values(audience)[0],
    protocol: 'openid-connect',
    protocolMapper: 'oidc-audience-mapper',
    config: { ...which, 'access.token.claim': 'true', 'introspection.token.claim': 'true' },
  })
}

const role = (name: string, id: string) => ({
  name,
  type: 'role',
  logic: 'POSITIVE',
  decisionStrategy: 'UNANIMOUS',
  config: { roles: JSON.stringify([{ id, required: true }]) },
})

const permission = (name: string, resource: string, scope: string, policy: string) => ({
  name,
  type: 'scope',
  logic: 'POSITIVE',
  decisionStrategy: 'UNANIMOUS',
  config: {
    resources: JSON.stringify([resource]),
    scopes: JSON.stringify([scope]),
    applyPolicies: JSON.stringify([policy]),
  },
})

const named = (...names: string[]) => names.map(name => ({ name }))

const settings = {
  allowRemoteResourceManagement: false,
  policyEnforcementMode: 'ENFORCING',
  decisionStrategy: 'UNANIMOUS',
  scopes: named('view', 'edit', 'approve'),
  resources: [
    { name: 'orders', uris: ['/orders/*'], scopes: named('view', 'edit', 'approve') },
    { name: 'secrets', uris: ['/secrets/*'], scopes: named('view') },
  ],
  policies: [
    role('everybody', 'offline_access'),
    role('administrators', 'admin'),
    {
      name: 'below ten',
      type: 'regex',
      logic: 'POSITIVE',
      decisionStrategy: 'UNANIMOUS',
      config: { targetClaim: 'amount', pattern: '^[0-9]$', targetContextAttributes: 'true' },
    },
    permission('view orders', 'orders', 'view', 'everybody'),
    permission('edit orders', 'orders', 'edit', 'administrators'),
    permission('approve orders', 'orders', 'approve', 'below ten'),
    permission('view secrets', 'secrets', 'view', 'administrators'),
  ],
}
