import { atMost, type Line } from '../report.js'
import { inRounds, type Measured } from '../rounds.js'
import type { Scene } from '../scene.js'
import { median, ratio } from '../statistics.js'

/** A page behind a guard, asked for by somebody who is logged in: CPU time of the server for one request. */
export async function guardedRequest(
  scene: Scene,
  effort: { rounds: number; burst: number },
): Promise<Line[]> {
  const ours = await scene.start('koa-keycloak', 'redis')
  const oursCookie = await scene.start('koa-keycloak', 'cookie')
  const contenders = {
    ours,
    oursCookie,
    byHand: await scene.start('by-hand', 'redis'),
    byHandCookie: await scene.start('by-hand', 'cookie'),
    express: await scene.start('express-openid-connect', 'redis'),
    expressCookie: await scene.start('express-openid-connect', 'cookie'),
    connect: await scene.start('keycloak-connect', 'redis'),
  }
  const seen = await inRounds(contenders, effort)
  for (const contender of Object.values(contenders)) await scene.stop(contender)

  const line = (name: string, a: Measured, b: Measured, bound: number) =>
    atMost(`guarded request, ${name}: CPU`, ratio(a.cpu, b.cpu), bound, beside(a, b))
  return [
    line('session in Redis, against a guard written by hand', seen.ours, seen.byHand, 1.05),
    line('session in a cookie, against a guard written by hand', seen.oursCookie, seen.byHandCookie, 1.05),
    line('session in Redis, against express-openid-connect', seen.ours, seen.express, 0.5),
    line('session in a cookie, against express-openid-connect', seen.oursCookie, seen.expressCookie, 0.5),
    line('session in Redis, against keycloak-connect', seen.ours, seen.connect, 0.2),
  ]
}

function beside(a: Measured, b: Measured): string {
  const figures = [a, b].map(({ cpu, rate }) => `${median(cpu).toFixed(0)} µs, ${median(rate).toFixed(0)}/s`)
  return figures.join(' against ')
}
