/**
 * Counts every event, with its code, and measures the calls to Keycloak and to the store. `/metrics` belongs behind
 * something that keeps the public out.
 */
import { subscribe, tracingChannel } from 'node:diagnostics_channel'
import Koa from 'koa'
import session from 'koa-session'
import { Counter, Histogram, Registry } from 'prom-client'
import { createKeycloak, eventNames } from '../../src/index.js'
import { recipe } from '../support/recipe.js'

export function measure(registry: Registry): void {
  const registers = [registry]
  const events = new Counter({
    name: 'koa_keycloak_events_total',
    help: 'Events of koa-keycloak',
    labelNames: ['event', 'provider', 'code', 'reason'],
    registers,
  })
  for (const event of eventNames) {
    subscribe(`koa-keycloak:${event}`, facts => {
      const {
        provider,
        code = '',
        reason = '',
      } = facts as { provider: string; code?: string; reason?: string }
      events.inc({ event, provider, code, reason })
    })
  }
  for (const to of ['provider', 'store'] as const) measureCalls(to, registers)
}

function measureCalls(to: 'provider' | 'store', registers: Registry[]): void {
  const name = `koa_keycloak_${to}_call_seconds`
  const seconds = new Histogram({
    name,
    help: `Calls to the ${to}`,
    labelNames: ['call', 'outcome'],
    registers,
  })
  const timers = new WeakMap<object, ReturnType<typeof seconds.startTimer>>()
  tracingChannel(`koa-keycloak:${to}.call`).subscribe({
    start: call => void timers.set(call, seconds.startTimer()),
    end() {},
    asyncStart() {},
    error() {},
    asyncEnd(call) {
      const { operation, url = '', error } = call as { operation?: string; url?: string; error?: unknown }
      const outcome = error === undefined ? 'answered' : 'failed'
      timers.get(call)?.({ call: operation ?? url.split('/').at(-1) ?? '', outcome })
    },
  })
}

export function createApp(configuration: string, registry = new Registry()): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  measure(registry)
  app.use(async (ctx, next) => {
    if (ctx.path !== '/metrics') return next()
    ctx.type = registry.contentType
    ctx.body = await registry.metrics()
  })

  const keycloak = createKeycloak({ configuration, clientId: 'koa-app', clientSecret: 's3cret' })
  app.use(session(app)).use(keycloak.routes()).use(keycloak.requireLogin())
  app.use(ctx => {
    ctx.body = ctx.state.keycloak.user
  })
  return app
}

await recipe(import.meta.url, configuration => createApp(configuration))
