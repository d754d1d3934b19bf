import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { PassThrough } from 'node:stream'
import type Koa from 'koa'
import type { EventOf, LoginState } from '../../src/index.js'
import type { Application, Demo } from './application.js'
import { endedSection, goodbyes } from './pages/ended.js'
import { stepRow } from './pages/steps.js'

/**
 * `/live`: tells an open page what happens (server-sent events): each line of the sequence, and the end of the login
 * that the page shows.
 */
export function serveLive(
  demo: Demo,
  own: Application,
  ctx: Koa.ParameterizedContext,
  state: LoginState,
): void {
  const stream = new PassThrough()
  const send = (event: string, data: string) => {
    stream.write(`event: ${event}\ndata: ${data.replaceAll('\n', ' ')}\n\n`)
  }
  const { sid } = state
  const ended = (message: unknown) => {
    const event = message as EventOf<'login.ended'>
    if (event.provider !== own.lane || sid === undefined || event.sid !== sid) return
    if (event.reason in goodbyes) send('ended', `${endedSection(own, event.reason)}`)
  }
  const unwatch = demo.timeline.watch(step => send('step', `${stepRow(step)}`))
  const hang = () => stream.end()
  subscribe('koa-keycloak:login.ended', ended)
  demo.closing.addEventListener('abort', hang)
  ctx.req.on('close', () => {
    unwatch()
    unsubscribe('koa-keycloak:login.ended', ended)
    demo.closing.removeEventListener('abort', hang)
    stream.end()
  })
  ctx.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
  stream.write('retry: 1000\n\n')
  for (const step of demo.timeline.since(Number(ctx.query.after) || 0)) send('step', `${stepRow(step)}`)
  // The page was made for somebody whose login has ended since.
  if (ctx.query.as === 'user' && !state.loggedIn) send('ended', `${endedSection(own, 'request')}`)
  ctx.body = stream
}
