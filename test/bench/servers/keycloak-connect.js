import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import Keycloak from 'keycloak-connect'
import { createClient } from 'redis'
import { control, settings } from './control.js'

const client = await createClient({ url: settings.redis }).connect()
const store = new RedisStore({ client, prefix: 'kc:' })
const [origin, realm] = settings.issuer.split('/realms/')
const keycloak = new Keycloak(
  { store },
  {
    realm,
    'auth-server-url': `${origin}/`,
    'ssl-required': 'none',
    'confidential-port': 0,
    resource: settings.clientId,
    credentials: { secret: settings.clientSecret },
  },
)

const app = express()
app.use(session({ secret: 'a secret for the bench', resave: false, saveUninitialized: false, store }))
app.use(keycloak.middleware())
app.get('/private', keycloak.protect(), (req, res) =>
  res.send(`Hello ${req.kauth.grant.access_token.content.preferred_username}`),
)
app.listen(settings.port, 'localhost', () => control())
