import assert from 'node:assert/strict'
import { createKeycloak, cspOrigins } from '../../src/index.js'
import { useForgedApp } from '../support/app/forged-app.js'
import { UserAgent } from '../support/browser/user-agent.js'

describe('Origins for a Content-Security-Policy', () => {
  const elsewhere = 'https://login.example'
  const app = useForgedApp({ allowedOrigins: ['https://friend.example'] })

  it('are the issuer`s and the allowed ones as long as nothing was asked, and then the endpoints` too', async () => {
    const { origin } = new URL(app.forger.issuer)
    assert.deepEqual(app.keycloak.cspOrigins(), [origin, 'https://friend.example'])
    app.forger.knobs.metadata = {
      authorization_endpoint: `${elsewhere}/auth`,
      end_session_endpoint: `${elsewhere}/out`,
    }
    await new UserAgent().goto(`${app.url}/openid/login`, { redirects: 0 })
    assert.deepEqual(cspOrigins(app.keycloak.provider), [origin, elsewhere, 'https://friend.example'])
  })

  it('are the public ones where the metadata is read at an internal address', () => {
    const keycloak = createKeycloak({
      configuration: 'http://keycloak:8080/realms/main',
      issuer: 'https://id.example.com/realms/main',
      clientId: 'app',
    })
    assert.deepEqual(keycloak.cspOrigins(), ['https://id.example.com'])
  })
})
