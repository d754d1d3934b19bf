import assert from 'node:assert/strict'
import { type Context, login } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'

describe('Organizations', () => {
  const told = useEvents('access.refused', 'login.refused')
  const app = useForgedApp({
    extend: (_app, router, keycloak) => {
      const { requireOrganization } = keycloak
      const show = (ctx: Context) => {
        ctx.body = ctx.state.keycloak.token?.organizations ?? 'by a token'
      }
      router.get('/acme', requireOrganization('acme'), show)
      router.get('/any', requireOrganization(), show)
      router.get(
        '/of/:alias',
        requireOrganization(ctx => ctx.params.alias),
        show,
      )
      router.get('/gold', keycloak.requireLogin({ acr: 'gold' }), requireOrganization('acme'), show)
      router.get('/api', keycloak.bearer({ audience: 'api' }), requireOrganization('acme'), show)
      router.get('/in', login(keycloak.provider, { organization: 'acme', returnTo: '/acme' }))
    },
  })
  beforeEach(() => {
    app.forger.reset()
    app.errors.length = 0
  })

  /** What the provider says from now on of who logs in. */
  function says(organization: unknown, where: 'both' | 'idToken' | 'accessToken' = 'both'): void {
    if (where !== 'accessToken') app.forger.knobs.idToken.claims = { organization }
    if (where !== 'idToken') app.forger.knobs.accessToken.claims = { organization }
  }
  async function loggedIn(): Promise<UserAgent> {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    return browser
  }
  const scopeAsked = () => app.forger.last('authorization').url.searchParams.get('scope')

  const shapes: [what: string, claim: unknown, aliases: string[]][] = [
    ['a list', ['acme', 'beta'], ['acme', 'beta']],
    ['an object', { acme: { id: '1', tier: ['gold'] }, beta: {} }, ['acme', 'beta']],
    ['a text', 'acme', ['acme']],
  ]
  for (const [what, claim, aliases] of shapes) {
    it(`are read from ${what}`, async () => {
      says(claim)
      const browser = new UserAgent()
      assert.deepEqual((await browser.goto(`${app.url}/acme`)).json(), aliases)
      assert.deepEqual((await browser.goto(`${app.url}/any`)).json(), aliases)
      assert.equal(scopeAsked(), 'openid profile email organization:acme')
      assert.equal(app.forger.counts.authorization, 1)
    })
  }

  for (const where of ['idToken', 'accessToken'] as const) {
    it(`may stand in the ${where} alone`, async () => {
      says(['acme'], where)
      assert.deepEqual((await new UserAgent().goto(`${app.url}/acme`)).json(), ['acme'])
    })
  }

  const none: unknown[] = [
    undefined,
    [],
    {},
    '',
    ['beta'],
    { beta: {} },
    'beta',
    [['acme']],
    7,
    null,
    true,
    ['*'],
  ]
  for (const claim of none) {
    it(`are not there in ${JSON.stringify(claim)}: one login, one refusal, and the login that was goes on`, async () => {
      const browser = await loggedIn()
      const { sid } = await who(browser, app)
      says(claim)
      const page = await browser.goto(`${app.url}/acme`)
      assert.deepEqual([page.status, lastCode(app)], [403, 'organization_missing'])
      assert.equal(app.forger.counts.authorization, 2)
      assert.equal((await who(browser, app)).sid, sid)
    })
  }

  it('are none where any would do, and the claim has none', async () => {
    for (const claim of [undefined, [], {}, 7]) {
      says(claim)
      assert.equal((await new UserAgent().goto(`${app.url}/any`)).status, 403)
      assert.equal(scopeAsked(), 'openid profile email organization:*')
    }
  })

  it('have a login of another one repeated for a page, and a script refused', async () => {
    says(['beta'])
    const browser = await loggedIn()
    const script = await browser.fetch(`${app.url}/acme`)
    assert.deepEqual([script.status, told.at(-1)?.[1].code], [403, 'organization_missing'])
    says(['acme'])
    assert.deepEqual((await browser.goto(`${app.url}/acme`)).json(), ['acme'])
    assert.equal((await new UserAgent().fetch(`${app.url}/acme`)).status, 401)
  })

  it('may be named by a request, but not all at once, nor as another scope', async () => {
    says(['acme'])
    const browser = new UserAgent()
    assert.equal((await browser.goto(`${app.url}/of/acme`)).status, 200)
    for (const alias of ['*', 'acme%20openid', 'a%0Ab', '%C3%A4', 'a'.repeat(256)]) {
      const page = await browser.goto(`${app.url}/of/${alias}`)
      assert.equal(page.status, 400, alias)
      assert.doesNotMatch(page.body, /acme|aaa/)
    }
    assert.equal(app.forger.counts.authorization, 1)
  })

  it('are asked for by a link to the login, too', async () => {
    says(['acme'])
    assert.deepEqual((await new UserAgent().goto(`${app.url}/in`)).json(), ['acme'])
    says(undefined)
    const page = await new UserAgent().goto(`${app.url}/in`)
    assert.deepEqual(
      [page.status, told.at(-1)],
      [403, ['login.refused', { provider: 'keycloak', code: 'organization_missing' }]],
    )
  })

  it('come beside a demand for a stronger login, each in a login of its own', async () => {
    app.forger.knobs.idToken.claims = { acr: 'gold', organization: ['acme'] }
    const page = await new UserAgent().goto(`${app.url}/gold`)
    assert.equal(page.status, 200)
  })

  it('of a token are those of its own claim', async () => {
    const iat = Math.floor(Date.now() / 1000)
    const ask = async (organization: unknown) => {
      const claims = {
        iss: app.forger.issuer,
        sub: 'x',
        aud: 'api',
        typ: 'Bearer',
        iat,
        exp: iat + 60,
        organization,
      }
      const headers = { authorization: `Bearer ${await app.forger.sign(claims)}` }
      return (await fetch(`${app.url}/api`, { headers })).status
    }
    assert.deepEqual(
      [await ask(['acme']), await ask({ acme: {} }), await ask(['beta']), await ask(undefined)],
      [200, 200, 403, 403],
    )
  })
})
