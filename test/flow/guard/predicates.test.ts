import assert from 'node:assert/strict'
import type { Context } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { lastCode } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'

describe('What a guard asks beyond a role', () => {
  const answers: Record<string, unknown> = {}
  const told = useEvents('access.refused')
  const app = useForgedApp({
    extend: (_app, router, keycloak) => {
      const done = (ctx: Context) => {
        ctx.body = 'done'
      }
      const { requireLogin, requireRole } = keycloak
      router.get('/when', requireLogin({ when: () => answers.when as boolean }), done)
      router.get('/own', requireLogin({ when: async login => login.user.sub === 'user-1' }), done)
      router.get('/gold', requireLogin({ acr: 'gold', when: () => true }), done)
      router.get('/all', requireRole({ all: ['clerk', { client: 'shop', role: 'editor' }] }), done)
      router.get('/either', requireRole('boss', { all: ['clerk', { group: '/staff' }] }), done)
      router.get('/group', requireRole({ group: '/staff' }, { group: '/board' }), done)
    },
  })
  beforeEach(() => {
    app.forger.reset()
    app.errors.length = 0
  })

  async function personWith(claims: Record<string, unknown>): Promise<UserAgent> {
    app.forger.knobs.accessToken.claims = claims
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    app.forger.reset()
    return browser
  }
  const statuses = async (claims: Record<string, unknown>, ...paths: string[]) => {
    const browser = await personWith(claims)
    return Promise.all(paths.map(async path => (await browser.goto(app.url + path)).status))
  }

  it('a predicate of the application’s own lets pass by true, and by nothing else', async () => {
    const browser = await personWith({})
    for (const [answer, status] of [
      [true, 200],
      [false, 403],
      [undefined, 403],
      ['yes', 403],
      [1, 403],
      [{}, 403],
    ] as const) {
      answers.when = answer
      assert.equal((await browser.goto(`${app.url}/when`)).status, status, String(answer))
    }
    answers.when = Promise.resolve(false)
    assert.equal((await browser.goto(`${app.url}/when`)).status, 403)
    assert.deepEqual(new Set(told.map(([, { code }]) => code)), new Set(['access_forbidden']))
    assert.equal((await browser.goto(`${app.url}/own`)).status, 200)
  })

  it('a predicate is asked about nobody who is not logged in, or not in the way that is wanted', async () => {
    answers.when = false
    const visitor = await new UserAgent().fetch(`${app.url}/when`)
    assert.deepEqual([visitor.status, visitor.json().error], [401, 'login_required'])
    const browser = await personWith({})
    await browser.goto(`${app.url}/gold`)
    assert.equal(lastCode(app), 'step_up_failed')
  })

  it('of several roles in one call all are asked for, of realm and client', async () => {
    const clerk = { realm_access: { roles: ['clerk'] } }
    const editor = { resource_access: { shop: { roles: ['editor'] } } }
    assert.deepEqual(await statuses(clerk, '/all'), [403])
    assert.deepEqual(await statuses(editor, '/all'), [403])
    assert.deepEqual(await statuses({ ...clerk, ...editor }, '/all'), [200])
  })

  it('groups are compared as they are in the claim', async () => {
    assert.deepEqual(await statuses({ groups: ['/staff'] }, '/group', '/either'), [200, 403])
    assert.deepEqual(await statuses({ groups: ['/board'] }, '/group'), [200])
    for (const groups of [
      undefined,
      [],
      ['staff'],
      ['/staff/dev'],
      '/staff',
      { '/staff': true },
      [['/staff']],
    ]) {
      assert.deepEqual(await statuses({ groups }, '/group'), [403], JSON.stringify(groups))
    }
    const both = { realm_access: { roles: ['clerk'] }, groups: ['/staff'] }
    assert.deepEqual(await statuses(both, '/either'), [200])
    assert.deepEqual(await statuses({ realm_access: { roles: ['boss'] } }, '/either'), [200])
  })
})
