/**
 * Every event as a line of the log, with its code: what was refused, what failed or went away is a warning. The lines
 * name users by `sub` and `sid`, so that the log is personal data; no event has a token or a secret in it.
 */
import { subscribe } from 'node:diagnostics_channel'
import Koa from 'koa'
import session from 'koa-session'
import { type Logger, pino } from 'pino'
import { createKeycloak, eventNames } from '../../src/index.js'
import { recipe } from '../support/recipe.js'

const WARNINGS = /refused|failed|missing|evicting|down$/

export function logEvents(log: Logger): void {
  for (const event of eventNames) {
    const level = WARNINGS.test(event) ? 'warn' : 'info'
    subscribe(`koa-keycloak:${event}`, facts => log[level](facts, event))
  }
}

export function createApp(configuration: string, log = pino()): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  app.use(session(app))
  app.on('error', error => log.error(error))
  logEvents(log)

  const keycloak = createKeycloak({ configuration, clientId: 'koa-app', clientSecret: 's3cret' })
  app.use(keycloak.routes())
  app.use(keycloak.requireLogin())
  app.use(ctx => {
    ctx.body = ctx.state.keycloak.user
  })
  return app
}

await recipe(import.meta.url, configuration => createApp(configuration))
