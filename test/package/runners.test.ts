import assert from 'node:assert/strict'
import { type Consumer, createConsumer, nodePath, pack, type Tarball } from './consumer.js'

/** An application with a session, a guard, and what a test does with it, whatever runs the test. */
const SHOP = `
async function shop({ Koa, Router, session, createKeycloak, testKeycloak, request, store }) {
  const kc = await testKeycloak()
  const app = new Koa()
  app.keys = ['for tests']
  app.use(session(store ? { store } : {}, app))
  const keycloak = createKeycloak({ ...kc.options })
  app.use(keycloak.routes())
  const router = new Router()
  router.get('/admin', keycloak.requireRole('admin'), ctx => {
    ctx.body = ctx.state.keycloak.token.username
  })
  app.use(router.routes())

  const cookie = await kc.logIn(app, { username: 'alice', realmRoles: ['admin'] })
  await request(app.callback()).get('/admin').set('Cookie', cookie).expect(200, 'alice')
  kc.pass(3600)
  kc.fail('token', 'drop')
  await kc.logOut(app, 'alice')
  await request(app.callback()).get('/admin').set('Cookie', cookie).expect(401)
  const refusal = await kc.logIn(app, { username: 'bob' }).catch(error => error)
  if (refusal.code !== 'provider_unavailable') throw refusal
}
`

/** What the test needs, as ES modules and as CommonJS have it. */
const IMPORTS = `
import Koa from 'koa'
import Router from '@koa/router'
import session from 'koa-session'
import request from 'supertest'
import { createKeycloak } from 'koa-keycloak'
import { testKeycloak } from 'koa-keycloak/testing'
`
const REQUIRES = `
const Koa = require('koa')
const Router = require('@koa/router')
const { default: session } = require('koa-session')
const request = require('supertest')
`
const REQUIRES_ALL = `${REQUIRES}
const { createKeycloak } = require('koa-keycloak')
const { testKeycloak } = require('koa-keycloak/testing')
`
const CALL = 'shop({ Koa, Router, session, createKeycloak, testKeycloak, request })'
const LATE = `async () => {
  const { createKeycloak } = await import('koa-keycloak')
  const { testKeycloak } = await import('koa-keycloak/testing')
  await ${CALL}
}`

/** Somebody else's tests, under the runners that they use: each is run as they would run it. */
const SUITES = [
  {
    runner: 'node:test',
    file: 'node-test.test.mjs',
    code: `import test from 'node:test'${IMPORTS}${SHOP}test('logs in', () => ${CALL})`,
    args: ['--test', 'node-test.test.mjs'],
  },
  {
    runner: 'node:test with CommonJS',
    file: 'node-test.test.cjs',
    code: `const test = require('node:test')${REQUIRES_ALL}${SHOP}test('logs in', () => ${CALL})`,
    args: ['--test', 'node-test.test.cjs'],
  },
  {
    runner: 'mocha',
    file: 'mocha.mjs',
    code: `${IMPORTS}${SHOP}it('logs in', () => ${CALL})`,
    args: ['node_modules/mocha/bin/mocha.js', 'mocha.mjs'],
  },
  {
    runner: 'mocha with CommonJS',
    file: 'mocha.cjs',
    code: `${REQUIRES_ALL}${SHOP}it('logs in', () => ${CALL})`,
    args: ['node_modules/mocha/bin/mocha.js', 'mocha.cjs'],
  },
  {
    runner: 'vitest',
    file: 'vitest.test.mjs',
    code: `import { test } from 'vitest'${IMPORTS}${SHOP}test('logs in', () => ${CALL})`,
    args: ['node_modules/vitest/vitest.mjs', 'run', 'vitest.test.mjs'],
  },
  {
    runner: 'Jest',
    file: 'jest.test.mjs',
    code: `${IMPORTS}${SHOP}test('logs in', () => ${CALL})`,
    args: [
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--testMatch=**/jest.test.mjs',
      '--transform={}',
    ],
  },
  {
    runner: 'Jest with CommonJS, which takes ES modules by import() alone',
    file: 'jest.test.cjs',
    code: `${REQUIRES}${SHOP}test('logs in', ${LATE})`,
    args: [
      '--experimental-vm-modules',
      'node_modules/jest/bin/jest.js',
      '--testMatch=**/jest.test.cjs',
      '--transform={}',
    ],
  },
]

const PACKAGES = [
  'koa@3',
  'koa-session@7',
  '@koa/router@15',
  'supertest@7',
  'mocha@12',
  'vitest@4',
  'jest@30',
]

describe('koa-keycloak/testing under the test runners that people have, with the oldest Node', () => {
  let tarball: Tarball
  let consumer: Consumer
  let node: string
  before(() => {
    tarball = pack()
    consumer = createConsumer(tarball, PACKAGES)
    node = nodePath('20.19')
  })
  after(() => {
    consumer?.remove()
    tarball?.remove()
  })

  for (const { runner, file, code, args } of SUITES) {
    it(runner, () => {
      consumer.write(file, code)
      consumer.run(node, args)
      consumer.write(file, code.replace("expect(200, 'alice')", "expect(200, 'bob')"))
      assert.throws(() => consumer.run(node, args), /bob/)
    })
  }
})
