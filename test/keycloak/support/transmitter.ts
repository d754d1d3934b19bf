import { type Keycloak, startKeycloak } from '../../../example/keycloak/keycloak.js'
import { clientFor } from '../../../example/keycloak/realm.js'
import { clientRepresentation } from '../../../src/doctor/index.js'
import { createKeycloak } from '../../../src/index.js'
import { startApp, type TestApp, type TestAppOptions } from '../../support/app/app.js'
import { type Admin, adminOf } from './admin.js'

export const SECRET = 'Bearer of the stream'

/** A Keycloak of its own that sends security events, within half a second; an experimental feature of it. */
export function startTransmitter(): Promise<Keycloak> {
  const option = (name: string, value: string) => `--spi-ssf-transmitter--default--${name}=${value}`
  return startKeycloak({
    features: ['ssf'],
    args: [option('allow-insecure-push-targets', 'true'), option('outbox-drainer-interval', '500ms')],
  })
}

export interface Stream {
  stream_id: string
  delivery: { endpoint_url: string }
}

/** The demo realm's client, in a realm that sends security events to it. */
export async function signalledApp(keycloak: Keycloak, options: TestAppOptions = {}): Promise<TestApp> {
  const admin = adminOf(keycloak)
  const own = {
    configuration: `${keycloak.realmUrl('demo')}/.well-known/openid-configuration`,
    clientId: 'koa-app',
    clientSecret: 's3cret',
  }
  const provider = {
    discoveryUrl: own.configuration,
    async addClient(client: { redirectUris: string[] }) {
      const { origin } = new URL(client.redirectUris[0] ?? '')
      const represented = clientRepresentation(createKeycloak(own), {
        baseUrl: origin,
        postLogoutRedirectUris: ['/', '/bye'],
        serviceAccount: true,
      })
      await admin.updateClient('koa-app', {
        consentRequired: false,
        ...clientFor(represented, keycloak.version),
        attributes: {
          ...represented.attributes,
          'backchannel.logout.url': '', // what comes is a security event
          'ssf.enabled': 'true',
          'ssf.defaultSubjects': 'ALL',
          'ssf.validPushUrls': `${origin}/*`,
        },
      })
    },
  }
  return startApp(provider, { ...own, ...options })
}

/** Switches the realm's transmitter on, and gives the client the scopes for its streams. */
export async function allowStreams(admin: Admin): Promise<void> {
  const { attributes } = (await admin.realm()) as { attributes: Record<string, string> }
  await admin.updateRealm({ attributes: { ...attributes, 'ssf.transmitterEnabled': 'true' } })
  const { id } = await admin.findClient('koa-app')
  const scopes = (await admin.call('GET', '/client-scopes')) as { id: string; name: string }[]
  for (const scope of scopes.filter(({ name }) => name.startsWith('ssf.')))
    await admin.call('PUT', `/clients/${id}/optional-client-scopes/${scope.id}`)
}

/** A new stream in the place of the one that there is. */
export async function makeStream(app: TestApp, keycloak: Keycloak, delivery: object): Promise<Stream> {
  const url = `${keycloak.realmUrl('demo')}/ssf/transmitter/streams`
  const { accessToken } = await app.keycloak.clientToken({ scopes: ['ssf.read', 'ssf.manage'] })
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' }
  const found: unknown = await (await fetch(url, { headers })).json()
  for (const { stream_id } of [found].flat() as Stream[])
    if (stream_id) await fetch(`${url}?stream_id=${stream_id}`, { method: 'DELETE', headers })
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ delivery }) })
  if (answer.status !== 201) throw new Error(`No stream: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Stream
}
