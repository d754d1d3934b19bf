/**
 * A span for each request, one within it for each call to Keycloak and to the store, and a counter of events. Who the
 * user is stands in a span only when asked for: `user.id` makes traces personal data.
 */
import { subscribe, tracingChannel } from 'node:diagnostics_channel'
import {
  context,
  type Meter,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, ConsoleSpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak, eventNames, type Middleware } from '../../src/index.js'
import { recipe } from '../support/recipe.js'

export function traceCalls(tracer: Tracer): void {
  const spans = new WeakMap<object, Span>()
  for (const to of ['provider', 'store'] as const) {
    tracingChannel(`koa-keycloak:${to}.call`).subscribe({
      start(call) {
        const { operation, url, method } = call as Record<string, string>
        const attributes =
          to === 'store'
            ? { 'db.operation.name': operation }
            : { 'http.request.method': method, 'url.full': url }
        spans.set(call, tracer.startSpan(`koa-keycloak ${to}`, { kind: SpanKind.CLIENT, attributes }))
      },
      end() {},
      asyncStart() {},
      error: call => void spans.get(call)?.setStatus({ code: SpanStatusCode.ERROR }),
      asyncEnd: call => spans.get(call)?.end(),
    })
  }
}

export function countEvents(meter: Meter): void {
  const counter = meter.createCounter('koa_keycloak.events')
  for (const event of eventNames) {
    subscribe(`koa-keycloak:${event}`, facts => {
      const { provider, code } = facts as { provider: string; code?: string }
      counter.add(1, { event, provider, ...(code !== undefined && { code }) })
    })
  }
}

/** Stands before `routes()`. */
export function traceRequests(tracer: Tracer, { userId = false } = {}): Middleware {
  return async function traceRequest(ctx, next) {
    const span = tracer.startSpan(ctx.method, { kind: SpanKind.SERVER })
    try {
      await context.with(trace.setSpan(context.active(), span), next)
      const { loggedIn, token } = ctx.state.keycloak
      if (userId && loggedIn) span.setAttribute('user.id', token.sub)
    } finally {
      span.setAttribute('http.response.status_code', ctx.status).end()
    }
  }
}

export function createApp(configuration: string, tracer: Tracer, options: { userId?: boolean } = {}): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  const keycloak = createKeycloak({ configuration, clientId: 'koa-app', clientSecret: 's3cret' })
  app.use(traceRequests(tracer, options)).use(session(app))
  app.use(keycloak.routes()).use(keycloak.requireLogin())
  app.use(ctx => {
    ctx.body = ctx.state.keycloak.user
  })
  return app
}

await recipe(import.meta.url, configuration => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const spanProcessors = [new SimpleSpanProcessor(new ConsoleSpanExporter())]
  const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('example')
  traceCalls(tracer)
  countEvents(metrics.getMeter('example'))
  return createApp(configuration, tracer)
})
