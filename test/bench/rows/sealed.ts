import { atMost, type Line } from '../report.js'
import { inRounds } from '../rounds.js'
import type { Scene } from '../scene.js'
import { median, ratio } from '../statistics.js'

/** What it costs a guarded request, which looks at the tokens, that these are sealed in the store. */
export async function sealed(scene: Scene, effort: { rounds: number; burst: number }): Promise<Line[]> {
  const contenders = {
    unsealed: await scene.start('koa-keycloak', 'cookie'),
    sealed: await scene.start('koa-keycloak', 'cookie', undefined, { sealTokens: true }),
  }
  const seen = await inRounds(contenders, effort)
  for (const contender of Object.values(contenders)) await scene.stop(contender)
  const cpu = ({ cpu }: { cpu: number[] }) => `${median(cpu).toFixed(0)} µs`
  const beside = `${cpu(seen.sealed)} against ${cpu(seen.unsealed)}`
  return [
    atMost(
      'guarded request, sealed against unsealed tokens: CPU',
      ratio(seen.sealed.cpu, seen.unsealed.cpu),
      1.1,
      beside,
    ),
  ]
}
