/**
 * Two realms in one application: customers log in at one, staff at the other, and one browser can do both.
 * Each has its own name, and so its own routes, its own place in `ctx.state`, and its own logout.
 */
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak } from '../../src/index.js'
import { recipe } from '../support/recipe.js'

export function createApp(customersRealm: string, staffRealm: string): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  app.use(session(app))

  const client = { clientId: 'koa-app', clientSecret: 's3cret' }
  const customers = createKeycloak({
    ...client,
    name: 'customers',
    prefix: '/customers',
    configuration: customersRealm,
  })
  const staff = createKeycloak({ ...client, name: 'staff', prefix: '/staff', configuration: staffRealm })
  app.use(customers.routes())
  app.use(staff.routes())

  const router = new Router()
  router.get('/', ctx => {
    const { customers: customer, staff: employee } = ctx.state
    ctx.body = { customer: customer.token?.username, employee: employee.token?.username }
  })
  router.get('/orders', customers.requireLogin(), ctx => {
    ctx.body = 'Orders of a customer.'
  })
  router.get('/stock', staff.requireLogin(), ctx => {
    ctx.body = 'What there is in stock.'
  })
  app.use(router.routes())
  return app
}

await recipe(import.meta.url, createApp, [
  { realm: 'customers', prefix: '/customers' },
  { realm: 'staff', prefix: '/staff' },
])
