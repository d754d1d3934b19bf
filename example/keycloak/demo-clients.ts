import { type ClientRepresentation, clientRepresentation } from '../../src/doctor/index.js'
import { createProvider } from '../../src/index.js'

interface DemoClient {
  name: string
  clientId: string
  clientSecret?: string
  port: number
  serviceAccount?: boolean
}

const CLIENTS: readonly DemoClient[] = [
  {
    name: 'Koa application',
    clientId: 'koa-app',
    clientSecret: 's3cret',
    port: 2700,
    serviceAccount: true,
  },
  { name: 'Second Koa application', clientId: 'koa-app-two', clientSecret: 's3cret-two', port: 2701 },
  { name: 'Koa application without a secret', clientId: 'koa-public', port: 2702 },
]

/** The clients of `demo-realm.json`, each for an application on this machine; a test compares the two. */
export function demoClients(): ({ name: string } & ClientRepresentation)[] {
  return CLIENTS.map(({ name, port, serviceAccount, ...client }) => ({
    name,
    ...clientRepresentation(
      createProvider({ configuration: 'http://localhost:8180/realms/demo', ...client }),
      {
        baseUrl: `http://localhost:${port}`,
        postLogoutRedirectUris: ['/', '/bye'],
        serviceAccount,
        secret: true,
      },
    ),
  }))
}
