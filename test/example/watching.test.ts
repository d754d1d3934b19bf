import assert from 'node:assert/strict'
import { context, SpanStatusCode } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { countEvents, createApp, traceCalls } from '../../example/recipes/opentelemetry.js'
import { serve } from '../support/app/serve.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { type Forger, startForger } from '../support/forger/forger.js'
import { useRedis } from '../support/redis/redis.js'
import { address, type Program, start } from './program.js'

describe('The recipes for whoever watches an application', function () {
  this.timeout(30_000) // whole processes are started, on machines that may be busy

  describe('in a process of their own', () => {
    let program: Program
    afterEach(async () => {
      assert.equal(await program.end(), 0)
    })

    async function started(name: string): Promise<string> {
      program = start(`recipes/${name}`, { PORT: '0' })
      return address(program)
    }

    it('pino.ts: every event is a line with its code, and no line has a token', async () => {
      const url = await started('pino.ts')
      const browser = new UserAgent()
      await browser.fetch(url)
      await browser.login(url, 'alice', 'alice')
      await browser.fetch(`${url}/openid/login?returnTo=https://elsewhere.example/`)
      await program.printed(/"msg":"login.refused"/)
      const lines = program.output
        .split('\n')
        .filter(line => line.startsWith('{'))
        .map(line => JSON.parse(line))
      assert.deepEqual(
        lines.map(({ level, msg, provider, code }) => [level, msg, provider, code]),
        [
          [40, 'access.refused', 'keycloak', 'login_required'],
          [30, 'login', 'keycloak', undefined],
          [40, 'login.refused', 'keycloak', 'invalid_redirect'],
        ],
      )
      assert.doesNotMatch(program.output, /eyJ/)
    })

    it('prometheus.ts: counts events by code, and measures calls', async () => {
      const url = await started('prometheus.ts')
      const browser = new UserAgent()
      await browser.fetch(url)
      await browser.login(url, 'alice', 'alice')
      const { body } = await new UserAgent().fetch(`${url}/metrics`)
      const sample = (name: string, ...labels: string[]) => {
        const line = body
          .split('\n')
          .find(l => l.startsWith(`${name}{`) && labels.every(label => l.includes(label)))
        return Number(line?.split(' ').at(-1))
      }
      const events = 'koa_keycloak_events_total'
      assert.equal(sample(events, 'event="login"', 'provider="keycloak"'), 1)
      assert.equal(sample(events, 'event="access.refused"', 'code="login_required"'), 1)
      const calls = [
        'koa_keycloak_provider_call_seconds_count',
        'koa_keycloak_store_call_seconds_count',
      ] as const
      assert.equal(sample(calls[0], 'call="token"', 'outcome="answered"'), 1)
      assert.ok(sample(calls[1], 'call="set"', 'outcome="answered"') >= 1)
      assert.ok(sample('koa_keycloak_provider_call_seconds_sum', 'call="token"') > 0)
    })
  })

  describe('graceful-end.ts', () => {
    const redis = useRedis()
    let forger: Forger
    before(async () => {
      forger = await startForger({ clientId: 'koa-app', accessTokenLifetime: 1 })
    })
    after(() => forger.close())

    it('gives a request that renews tokens its answer, and nobody loses a login', async () => {
      const env = { PORT: '0', REDIS_URL: redis.url, KEYCLOAK_CONFIGURATION: forger.discoveryUrl }
      const browser = new UserAgent()
      const first = start('recipes/graceful-end.ts', env)
      const url = await address(first)
      await browser.goto(url)
      const asked = forger.counts.token
      const release = forger.hold('token')
      const isRenewing = forger.arrived('token', asked + 1).then(() => true)
      let page = browser.goto(url)
      while (!(await Promise.race([isRenewing, page.then(() => false)]))) page = browser.goto(url)
      const ended = first.end('SIGTERM')
      await new UserAgent().fetch(url).then(
        () => assert.fail('a new connection was taken'),
        error => assert.match(String(error), /ECONNREFUSED|ECONNRESET|socket hang up/),
      )
      release()
      assert.equal((await page).status, 200)
      assert.equal(await ended, 0)

      const second = start('recipes/graceful-end.ts', env)
      const before = forger.counts.authorization
      assert.equal((await browser.goto(await address(second))).status, 200)
      assert.equal(forger.counts.authorization, before, 'nobody had to log in again')
      assert.equal(await second.end(), 0)
    })
  })

  describe('opentelemetry.ts', () => {
    const spans = new InMemorySpanExporter()
    const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }).getTracer(
      't',
    )
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1e9 })
    const meters = new MeterProvider({ readers: [reader] })
    let forger: Forger
    before(async () => {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
      traceCalls(tracer)
      countEvents(meters.getMeter('t'))
      forger = await startForger({ clientId: 'koa-app' })
    })
    after(async () => {
      context.disable()
      await meters.shutdown()
      await forger.close()
    })
    beforeEach(() => spans.reset())

    async function loggedIn(options: { userId?: boolean } = {}): Promise<void> {
      const app = await serve(createApp(forger.discoveryUrl, tracer, options))
      try {
        assert.equal((await new UserAgent().goto(`${app.url}/`)).status, 200)
      } finally {
        await app.close()
      }
    }
    const users = () =>
      spans
        .getFinishedSpans()
        .map(({ attributes }) => attributes['user.id'])
        .filter(Boolean)

    it('has a span for each call, within that of its request', async () => {
      await loggedIn()
      const finished = spans.getFinishedSpans()
      const token = finished.find(({ attributes }) => String(attributes['url.full']).endsWith('/token'))
      const request = finished.find(span => span.spanContext().spanId === token?.parentSpanContext?.spanId)
      assert.deepEqual(
        [token?.name, token?.attributes['http.request.method']],
        ['koa-keycloak provider', 'POST'],
      )
      assert.equal(request?.name, 'GET')
      const operations = finished.map(({ attributes }) => attributes['db.operation.name'])
      assert.ok(operations.includes('set') && operations.includes('get'))
    })

    it('marks a call that failed', async () => {
      forger.knobs.mischief.jwks = 'drop'
      const app = await serve(createApp(forger.discoveryUrl, tracer))
      app && (await new UserAgent().goto(`${app.url}/`))
      await app.close()
      forger.reset()
      const failed = spans.getFinishedSpans().filter(({ status }) => status.code === SpanStatusCode.ERROR)
      assert.ok(failed.some(({ attributes }) => String(attributes['url.full']).endsWith('/certs')))
    })

    it('names the user only when asked to', async () => {
      await loggedIn()
      assert.deepEqual(users(), [])
      await loggedIn({ userId: true })
      assert.deepEqual([...new Set(users())], ['user-1'])
    })

    it('counts events', async () => {
      await loggedIn()
      await meters.forceFlush()
      const [metric] = exporter.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? []
      const points = metric?.dataPoints.map(({ attributes, value }) => [attributes.event, value]) ?? []
      const logins = points.find(([event]) => event === 'login')
      assert.ok(Number(logins?.[1]) >= 1)
    })
  })
})
