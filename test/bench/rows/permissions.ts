import { atMost, exactly, type Line } from '../report.js'
import { inRounds } from '../rounds.js'
import type { Scene } from '../scene.js'
import { median, ratio } from '../statistics.js'

/** A guard for a permission that was found out before, beside one for a login: on one server, in turns. */
export async function permissions(scene: Scene, effort: { rounds: number; burst: number }): Promise<Line[]> {
  const login = await scene.start('koa-keycloak', 'redis')
  const seen = await inRounds({ login, permission: { ...login, path: '/permitted' } }, effort)
  const asked = Number(await login.child.ask('permissionsAsked'))
  await scene.stop(login)
  const figures = [seen.permission, seen.login].map(({ cpu }) => `${median(cpu).toFixed(0)} µs`)
  return [
    atMost(
      'requirePermission, kept, against requireLogin: CPU',
      ratio(seen.permission.cpu, seen.login.cpu),
      1.05,
      figures.join(' against '),
    ),
    exactly('questions to Keycloak, for all those requests', asked, 1),
  ]
}
