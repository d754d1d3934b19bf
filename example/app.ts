/**
 * `npm run app`: one application at any OpenID provider, all by environment.
 *
 *   KEYCLOAK_CONFIGURATION  realm or discovery document: address, or path of a file (required)
 *   KEYCLOAK_CLIENT_ID      the client (required)
 *   KEYCLOAK_CLIENT_SECRET  its secret; without one it is a public client
 *   KEYCLOAK_SCOPES         default: openid profile email
 *   PORT HOST               where to listen; default: 2700 localhost
 *   BASE_URL                the public address; with https behind a proxy, whose X-Forwarded-* are believed
 *   APP_KEYS                secrets that sign the cookies, newest first, commas between; default: a new one
 *   REDIS_URL               where logins are kept; default: in this process
 *   SESSION                 `cookie` (default), or `store`: where the logins are
 */
import { createApp } from './app/create-app.js'
import { readEnvironment } from './app/environment.js'
import { askedToEnd, run } from './support/ending.js'
import { listen } from './support/listen.js'

await run(async () => {
  const settings = readEnvironment(process.env)
  const ending = askedToEnd()
  const { app, attach, close } = createApp(settings)
  try {
    const server = await listen({ callback: () => app.callback(), attach }, settings)
    console.log(`listening on ${server.url}`)
    await ending
    await server.close()
  } finally {
    await close()
  }
})
