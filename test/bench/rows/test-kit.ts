import request from 'supertest'
import { testKeycloak } from '../../../src/testing/index.js'
import { createShop } from '../../testing/shop.js'
import type { Line } from '../report.js'
import { median, ratio } from '../statistics.js'

const LOGINS = 100

/** Logins by the kit for other people's tests, beside as many bare requests to the same application. */
export async function testKit(rounds: number): Promise<Line[]> {
  const kc = await testKeycloak()
  const app = createShop(kc.options)
  const login = () => kc.logIn(app)
  const bare = () => request(app.callback()).get('/nothing').expect(404)
  await repeated(login)
  await repeated(bare)
  const seen: Record<'logins' | 'bare', number[]> = { logins: [], bare: [] }
  for (let round = 0; round < rounds; round++) {
    seen.logins.push(await repeated(login))
    seen.bare.push(await repeated(bare))
  }
  const milliseconds = median(seen.logins)
  return [
    {
      what: `${LOGINS} logins by koa-keycloak/testing`,
      seen: `${milliseconds.toFixed(0)} ms, ${ratio(seen.logins, seen.bare).toFixed(1)} × a bare request by supertest (${median(seen.bare).toFixed(0)} ms)`,
      reach: '≤ 1000 ms',
      reached: milliseconds <= 1000,
    },
  ]
}

/** Milliseconds of CPU time, so that what else the machine does is not counted. */
async function repeated(once: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < LOGINS; i++) await once()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
