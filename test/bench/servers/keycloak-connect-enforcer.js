/** keycloak-connect's guard for two permissions at once; its address is the one line that this prints. */
import express from 'express'
import Keycloak from 'keycloak-connect'

const [, , url, realm, clientId, secret] = process.argv
const keycloak = new Keycloak(
  {},
  {
    realm,
    'auth-server-url': `${url}/`,
    'ssl-required': 'none',
    'bearer-only': true,
    'confidential-port': 0,
    resource: clientId,
    credentials: { secret },
  },
)
const app = express()
app.use(keycloak.middleware())
app.get('/two', keycloak.enforcer(['orders:view', 'secrets:view']), (_req, res) => res.send('passed'))
app.get('/secrets', keycloak.enforcer(['secrets:view']), (_req, res) => res.send('passed'))
const server = app.listen(0, 'localhost', () => console.log(`http://localhost:${server.address().port}`))
process.on('disconnect', () => process.exit())
