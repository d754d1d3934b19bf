import assert from 'node:assert/strict'
import type { Context } from '../../../src/index.js'
import { keptDecisions } from '../../../src/protocol/api/permissions/kept-permissions.js'
import { useEvents } from '../../support/app/events.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import type { Mischief } from '../../support/forger/forger.js'

const GRANT = 'urn:ietf:params:oauth:grant-type:uma-ticket'

/** What each resource lets the user do. */
type Rights = Record<string, string[]>

describe('Permissions', () => {
  const clock = fakeClock()
  const told = useEvents('access.refused')
  let rights: Rights
  let asked: URLSearchParams[]
  const app = useForgedApp(
    {
      now: clock.now,
      timeout: 1,
      extend: (_app, router, keycloak) => {
        const { requirePermission } = keycloak
        const done = (ctx: Context) => {
          ctx.body = 'done'
        }
        router.get('/view', requirePermission('orders#view'), done)
        router.get('/two', requirePermission(['orders#view', 'secrets#view']), done)
        router.get('/scopes', requirePermission({ resource: 'orders', scopes: ['view', 'edit'] }), done)
        router.get('/whole', requirePermission('orders'), done)
        router.get(
          '/uri{/*rest}',
          requirePermission(ctx => ({ uri: ctx.path.slice(4), scopes: ['view'] }), { audience: 'shop' }),
          done,
        )
        router.get('/uris', requirePermission([{ uri: '/a' }, { uri: '/b' }]), done)
        router.get(
          '/named/:name',
          requirePermission(ctx => `${ctx.params.name}#view`),
          done,
        )
        router.get(
          '/none',
          requirePermission(() => []),
          done,
        )
        router.get(
          '/claims/:amount',
          requirePermission('orders#view', {
            claims: ctx => ({ amount: Number(ctx.params.amount), hurry: true }),
          }),
          done,
        )
        router.get('/fresh', requirePermission('orders#view', { cacheFor: 0 }), done)
        router.get('/all', async ctx => {
          ctx.body = await keycloak.permissions(ctx)
        })
        router.get('/token', keycloak.bearer({ audience: 'api' }), requirePermission('orders#view'), done)
        router.get(
          '/either',
          keycloak.authenticate({ audience: 'api' }),
          requirePermission('orders#view'),
          done,
        )
      },
    },
    { now: clock.now },
  )
  beforeEach(() => {
    app.forger.reset()
    app.errors.length = 0
    rights = { orders: ['view'] }
    asked = []
    app.forger.knobs.grants[GRANT] = ({ form }) => {
      asked.push(form)
      return answerOf(rights, form)
    }
    clock.advance(400) // what earlier tests had kept is over
  })

  async function loggedIn(): Promise<UserAgent> {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    return browser
  }
  async function token(claims: Record<string, unknown> = {}): Promise<string> {
    const iat = Math.floor(clock.now())
    const right = { iss: app.forger.issuer, sub: 'caller', aud: 'api', typ: 'Bearer', iat, exp: iat + 60 }
    return app.forger.sign({ ...right, ...claims })
  }
  const askWith = async (path: string, jwt: string) =>
    fetch(app.url + path, { headers: { authorization: `Bearer ${jwt}` } })

  it('lets who has one pass, and nobody else, and tells what is missing', async () => {
    const browser = await loggedIn()
    assert.equal((await browser.goto(`${app.url}/view`)).status, 200)
    rights = {}
    const refused = await (await loggedIn()).goto(`${app.url}/view`)
    assert.equal(refused.status, 403)
    assert.match(refused.body, /\(orders#view\)/)
    assert.deepEqual(
      told.map(([, { code, reason }]) => [code, reason]),
      [['permission_missing', 'not_granted']],
    )
  })

  it('asks in the user’s name, with the user’s own access token', async () => {
    await (await loggedIn()).goto(`${app.url}/view`)
    const { headers, form } = app.forger.last('token')
    assert.match(headers.authorization ?? '', /^Bearer ey/)
    assert.deepEqual(Object.fromEntries(form), {
      grant_type: GRANT,
      audience: 'app',
      response_mode: 'permissions',
      permission: 'orders#view',
    })
  })

  it('wants all of several, where Keycloak grants in part', async () => {
    assert.equal((await (await loggedIn()).goto(`${app.url}/two`)).status, 403)
    const refused = await (await loggedIn()).goto(`${app.url}/scopes`)
    assert.equal(refused.status, 403)
    rights = { orders: ['view', 'edit'], secrets: ['view'] }
    const browser = await loggedIn()
    assert.equal((await browser.goto(`${app.url}/two`)).status, 200)
    assert.equal((await browser.goto(`${app.url}/scopes`)).status, 200)
    assert.deepEqual(asked.at(-2)?.getAll('permission'), ['orders#view', 'secrets#view'])
  })

  it('takes a resource without a scope for granted when anything of it is', async () => {
    assert.equal((await (await loggedIn()).goto(`${app.url}/whole`)).status, 200)
    rights = { secrets: ['view'] }
    assert.equal((await (await loggedIn()).goto(`${app.url}/whole`)).status, 403)
  })

  it('asks about addresses as such, each alone', async () => {
    rights = { '/orders/7': ['view'], '/a': [], '/b': [] }
    const browser = await loggedIn()
    assert.equal((await browser.goto(`${app.url}/uri/orders/7`)).status, 200)
    assert.deepEqual(Object.fromEntries(asked[0] ?? []), {
      grant_type: GRANT,
      audience: 'shop',
      response_mode: 'permissions',
      permission: '/orders/7#view',
      permission_resource_format: 'uri',
      permission_resource_matching_uri: 'true',
    })
    assert.equal((await browser.goto(`${app.url}/uri/orders/8`)).status, 403)
    assert.equal((await browser.goto(`${app.url}/uris`)).status, 200)
    assert.deepEqual(
      asked
        .slice(-2)
        .map(form => form.getAll('permission'))
        .sort(),
      [['/a'], ['/b']],
    )
    rights = { '/a': [] }
    assert.equal((await (await loggedIn()).goto(`${app.url}/uris`)).status, 403)
  })

  it('does not know a resource or a scope: a denial, with a word for the operator', async () => {
    const browser = await loggedIn()
    for (const [error, reason] of [
      ['invalid_resource', 'unknown_resource'],
      ['invalid_scope', 'unknown_scope'],
    ]) {
      app.forger.knobs.grants[GRANT] = () => ({
        status: 400,
        body: { error, error_description: 'secret internals' },
      })
      const page = await browser.goto(`${app.url}/fresh`)
      assert.equal(page.status, 403)
      assert.doesNotMatch(page.body, /internals/)
      assert.equal(told.at(-1)?.[1].reason, reason)
    }
  })

  it('takes what a request names for one resource, and for no more', async () => {
    rights = { orders: ['view', 'edit'], 'a,b': ['view'] }
    const browser = await loggedIn()
    assert.equal((await browser.goto(`${app.url}/named/orders`)).status, 200)
    assert.equal((await browser.goto(`${app.url}/named/a,b`)).status, 200)
    const before = asked.length
    for (const name of ['orders%23edit', '%23', 'orders%23edit,', '%20', 'a%0Ab', 'x'.repeat(501)]) {
      const page = await browser.goto(`${app.url}/named/${name}`)
      assert.deepEqual([page.status, asked.length], [400, before], name)
      assert.doesNotMatch(page.body, /orders|xxx/)
    }
    const unknown = await browser.goto(`${app.url}/named/nobody-named-this`)
    assert.equal(unknown.status, 403)
    assert.doesNotMatch(unknown.body, /nobody-named-this/)
    assert.equal((await browser.goto(`${app.url}/none`)).status, 400)
  })

  it('hands facts on as lists of texts, and asks anew for others', async () => {
    const browser = await loggedIn()
    for (const amount of ['5', '5', '7']) await browser.goto(`${app.url}/claims/${amount}`)
    assert.deepEqual(
      asked.map(form => JSON.parse(Buffer.from(form.get('claim_token') ?? '', 'base64').toString())),
      [
        { amount: ['5'], hurry: ['true'] },
        { amount: ['7'], hurry: ['true'] },
      ],
    )
    assert.equal(asked[0]?.get('claim_token_format'), 'urn:ietf:params:oauth:token-type:jwt')
  })

  it('lists all that the user may do', async () => {
    rights = { orders: ['view'], reports: [] }
    const browser = await loggedIn()
    assert.deepEqual((await browser.goto(`${app.url}/all`)).json(), [
      { resource: 'orders', id: 'id of orders', scopes: ['view'] },
      { resource: 'reports', id: 'id of reports', scopes: [] },
    ])
    await browser.goto(`${app.url}/all`)
    assert.deepEqual(
      asked.map(form => form.getAll('permission')),
      [[]],
    )
    rights = {}
    assert.deepEqual((await (await loggedIn()).goto(`${app.url}/all`)).json(), [])
    assert.equal((await new UserAgent().fetch(`${app.url}/all`)).status, 401)
  })

  it('sends a visitor to the login, and tells a script', async () => {
    assert.equal((await new UserAgent().goto(`${app.url}/view`, { redirects: 0 })).status, 302)
    assert.equal((await new UserAgent().fetch(`${app.url}/view`)).status, 401)
  })

  describe('of a token that an API is sent', () => {
    it('are those of its owner, whoever is logged in', async () => {
      const jwt = await token()
      assert.equal((await askWith('/token', jwt)).status, 200)
      assert.equal(app.forger.last('token').headers.authorization, `Bearer ${jwt}`)
      const browser = await loggedIn()
      rights = {}
      const both = await browser.fetch(`${app.url}/either`, {
        headers: { authorization: `Bearer ${await token({ jti: '2' })}` },
      })
      assert.equal(both.status, 403)
    })

    it('are not asked for with a bad one', async () => {
      assert.equal((await askWith('/token', await token({ aud: 'other' }))).status, 401)
      assert.equal(asked.length, 0)
    })

    it('are kept until the token ends, and no longer', async () => {
      const jwt = await token({ exp: Math.floor(clock.now()) + 10 })
      for (const seconds of [0, 8]) {
        clock.advance(seconds)
        assert.equal((await askWith('/token', jwt)).status, 200)
      }
      assert.equal(asked.length, 1)
      clock.advance(3) // it has ended, and is still taken for as long as the clocks may differ
      assert.equal((await askWith('/token', jwt)).status, 200)
      assert.equal(asked.length, 2)
    })

    it('are nobody’s when Keycloak does not take it: the session has ended there', async () => {
      app.forger.knobs.grants[GRANT] = () => invalidGrant
      const answer = await askWith('/token', await token())
      assert.deepEqual(
        [answer.status, answer.headers.get('www-authenticate')],
        [401, 'Bearer error="invalid_token"'],
      )
    })
  })

  describe('once found out', () => {
    it('are kept for half a minute, and a denial for five seconds', async () => {
      const browser = await loggedIn()
      const rounds = async (...pauses: number[]) => {
        const statuses = []
        for (const pause of pauses) {
          clock.advance(pause)
          statuses.push((await browser.goto(`${app.url}/view`)).status)
        }
        return [statuses, asked.length]
      }
      assert.deepEqual(await rounds(0, 10, 19), [[200, 200, 200], 1])
      rights = {}
      assert.deepEqual(await rounds(2, 2, 2), [[403, 403, 403], 2])
      rights = { orders: ['view'] }
      assert.deepEqual(await rounds(2, 0), [[200, 200], 3])
    })

    it('are asked for anew when the login has new tokens, or is another one', async () => {
      const browser = await loggedIn()
      await browser.goto(`${app.url}/view`)
      clock.advance(295) // renewed on the next request
      await browser.goto(`${app.url}/view`)
      await (await loggedIn()).goto(`${app.url}/view`)
      assert.equal(asked.length, 3)
    })

    it('are asked for once, however many requests want them', async () => {
      const browser = await loggedIn()
      const release = app.forger.hold('token')
      const before = app.forger.counts.token
      const pages = Array.from({ length: 20 }, () => browser.clone().goto(`${app.url}/view`))
      await app.forger.arrived('token', before + 1)
      release()
      assert.deepEqual(new Set((await Promise.all(pages)).map(({ status }) => status)), new Set([200]))
      assert.equal(asked.length, 1)
    })

    it('are not kept where the application says so', async () => {
      const browser = await loggedIn()
      for (let i = 0; i < 3; i++) await browser.goto(`${app.url}/fresh`)
      assert.equal(asked.length, 3)
    })

    it('end with the login', async () => {
      const browser = await loggedIn()
      await browser.goto(`${app.url}/view`)
      await app.keycloak.endLogins({ sub: 'user-1' })
      assert.equal((await browser.fetch(`${app.url}/view`)).status, 401)
    })

    it('are a bounded number', async () => {
      const browser = await loggedIn()
      const before = keptDecisions(app.keycloak.provider)
      for (let i = 0; i < 3; i++) await browser.goto(`${app.url}/view`)
      assert.ok(keptDecisions(app.keycloak.provider) <= before + 1)
    })
  })

  describe('while Keycloak is away or answers oddly', () => {
    const html = { 'content-type': 'text/html' }
    const cases: [what: string, mischief: Mischief, outcome: [number, string]][] = [
      ['it never answers', 'hang', [503, 'provider_unavailable']],
      ['it answers without end', 'slow', [503, 'provider_unavailable']],
      ['it stops half-way', 'half', [503, 'provider_unavailable']],
      ['it hangs up', 'drop', [503, 'provider_unavailable']],
      ['it has an error of its own', 'error', [503, 'provider_unavailable']],
      ['it is asked too often', { status: 429, body: {} }, [503, 'provider_unavailable']],
      ['it sends 60 MB', 'huge', [502, 'provider_response_invalid']],
      ['it sends a page', 'html', [502, 'provider_response_invalid']],
      ['it sends nothing', 'empty', [502, 'provider_response_invalid']],
      ['it sends what is no JSON', 'garbage', [502, 'provider_response_invalid']],
      ['it sends the browser elsewhere', 'redirect', [502, 'provider_response_invalid']],
      [
        'a proxy denies in its place',
        { status: 403, headers: html, body: '<h1>Forbidden' },
        [502, 'provider_response_invalid'],
      ],
      [
        'a 403 names no denial',
        { status: 403, body: { error: 'forbidden' } },
        [502, 'provider_response_invalid'],
      ],
      [
        'it says that it decided, not what',
        { status: 200, body: { result: true } },
        [502, 'provider_response_invalid'],
      ],
      ['it says true', { status: 200, body: 'true' }, [502, 'provider_response_invalid']],
      [
        'a denial comes as a success',
        { status: 200, body: { error: 'access_denied' } },
        [502, 'provider_response_invalid'],
      ],
      [
        'the audience has no authorization services',
        { status: 400, body: { error: 'invalid_request' } },
        [500, 'provider_rejected'],
      ],
      [
        'it does not know the client',
        { status: 401, body: { error: 'invalid_client' } },
        [500, 'client_rejected'],
      ],
    ]
    for (const [what, mischief, outcome] of cases) {
      it(`${what}: nothing is granted, and nothing denied`, async () => {
        const browser = await loggedIn()
        app.forger.knobs.mischief.token = mischief
        const page = await browser.goto(`${app.url}/view`)
        assert.deepEqual([page.status, lastCode(app)], outcome)
        app.forger.knobs.mischief = {}
        assert.equal((await browser.goto(`${app.url}/view`)).status, 200)
        assert.deepEqual(told, [])
      })
    }

    const odd: [what: string, body: object][] = [
      ['nothing', []],
      ['what is no permission', [null, 7, 'orders', [], { rsname: 7, rsid: 'x', scopes: ['view'] }]],
      ['another resource', [{ rsname: 'other', rsid: 'x', scopes: ['view'] }]],
      ['other scopes', [{ rsname: 'orders', rsid: 'x', scopes: ['edit', null, { view: true }] }]],
      ['scopes that are no list', [{ rsname: 'orders', rsid: 'x', scopes: 'view' }]],
      ['no scopes', [{ rsname: 'orders', rsid: 'x' }]],
    ]
    for (const [what, body] of odd) {
      it(`it grants ${what}: the permission is missing`, async () => {
        app.forger.knobs.grants[GRANT] = () => ({ body })
        assert.equal((await (await loggedIn()).goto(`${app.url}/view`)).status, 403)
      })
    }

    it('what was found out before goes on', async () => {
      const browser = await loggedIn()
      await browser.goto(`${app.url}/view`)
      app.forger.knobs.mischief.token = 'hang'
      assert.equal((await browser.goto(`${app.url}/view`)).status, 200)
    })

    it('a login that has ended there is begun anew', async () => {
      const browser = await loggedIn()
      app.forger.knobs.grants[GRANT] = () => invalidGrant
      app.forger.knobs.grants.refresh_token = () => invalidGrant
      const page = await browser.goto(`${app.url}/view`, { redirects: 0 })
      assert.equal(page.status, 302)
      assert.equal((await who(browser, app)).loggedIn, false)
    })

    it('a token that it does not take is renewed once', async () => {
      const browser = await loggedIn()
      let refusals = 1
      app.forger.knobs.grants[GRANT] = ({ form }) => (refusals-- > 0 ? invalidGrant : answerOf(rights, form))
      assert.equal((await browser.goto(`${app.url}/view`)).status, 200)
      app.forger.knobs.grants[GRANT] = () => invalidGrant
      const page = await browser.fetch(`${app.url}/fresh`)
      assert.deepEqual([page.status, (await who(browser, app)).loggedIn], [401, true])
    })
  })
})

const invalidGrant = {
  status: 400,
  body: { error: 'invalid_grant', error_description: 'Invalid bearer token' },
}

/** As Keycloak answers: in part. */
function answerOf(rights: Rights, form: URLSearchParams) {
  const asked = form.getAll('permission').map(text => text.split('#'))
  const names = asked.length === 0 ? Object.keys(rights) : asked.map(([name = '']) => name)
  const body = [...new Set(names)].flatMap(name => {
    const scopes = asked.find(([each]) => each === name)?.[1]?.split(',')
    const granted = rights[name]?.filter(scope => scopes?.includes(scope) ?? true)
    const isDenied = granted === undefined || (scopes !== undefined && granted.length === 0)
    return isDenied ? [] : [{ rsid: `id of ${name}`, rsname: name, scopes: granted }]
  })
  if (body.length > 0) return { body }
  return { status: 403, body: { error: 'access_denied', error_description: 'not_authorized' } }
}
