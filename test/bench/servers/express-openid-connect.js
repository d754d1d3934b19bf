import { RedisStore } from 'connect-redis'
import express from 'express'
import openid from 'express-openid-connect'
import { createClient } from 'redis'
import { control, settings } from './control.js'

const { auth, requiresAuth } = openid
const stored = async () => ({
  store: new RedisStore({ client: await createClient({ url: settings.redis }).connect(), prefix: 'eoc:' }),
})

const app = express()
app.use(
  auth({
    issuerBaseURL: settings.issuer,
    baseURL: `http://localhost:${settings.port}`,
    clientID: settings.clientId,
    clientSecret: settings.clientSecret,
    secret: 'a secret of thirty-two characters',
    authRequired: false,
    authorizationParams: { response_type: 'code', scope: 'openid profile email' },
    ...(settings.session === 'redis' && { session: await stored() }),
  }),
)
app.get('/private', requiresAuth(), (req, res) => res.send(`Hello ${req.oidc.user.preferred_username}`))
app.listen(settings.port, 'localhost', () => control())
