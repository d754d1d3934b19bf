import assert from 'node:assert/strict'
import { deferred } from '../../../example/support/deferred.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

describe('An access token for a request that takes long', () => {
  const clock = fakeClock()
  const [arrived, gone] = [deferred(), deferred()]
  const app = useForgedApp(
    {
      now: clock.now,
      extend(_app, router, keycloak) {
        router.get('/long', keycloak.requireLogin(), async ctx => {
          arrived.resolve()
          await gone.promise
          const token = await keycloak.accessToken(ctx)
          const { exp } = keycloak.decodeToken(token) ?? {}
          ctx.body = {
            left: Number(exp) - clock.now(),
            follows: ctx.state.keycloak.token.accessToken === token,
          }
        })
      },
    },
    { now: clock.now },
  )

  it('is not one that another request renewed and that has expired since', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    const answer = browser.goto(`${app.url}/long`)
    await arrived.promise
    clock.advance(300)
    await who(browser, app)
    assert.equal(app.forger.counts.token, 2, 'another request has renewed it')
    clock.advance(400)
    gone.resolve()
    const { left, follows } = (await answer).json<{ left: number; follows: boolean }>()
    assert.ok(left > 0, `it expired ${-left} seconds ago`)
    assert.equal(follows, true)
    assert.equal(app.forger.counts.token, 3)
  })
})
