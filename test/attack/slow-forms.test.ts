import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type ForgedApp, startForgedApp } from '../support/app/forged-app.js'

const ROUTES = ['/openid/auth', '/openid/logout', '/openid/logout_request']

describe('Forms that trickle in', () => {
  let app: ForgedApp
  before(async () => {
    app = await startForgedApp()
  })
  after(() => app.close())

  /** Sends a form that never ends, a byte now and then, and gives the whole answer. */
  async function trickle(path: string): Promise<string> {
    const socket = connect(Number(new URL(app.url).port), 'localhost')
    const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n`
    socket.write(`${head}Content-Type: application/x-www-form-urlencoded\r\n\r\nstate=`)
    const timer = setInterval(() => socket.write('x'), 500)
    let answer = ''
    socket.setEncoding('latin1').on('data', text => {
      answer += text
    })
    socket.on('error', () => {})
    await once(socket, 'close')
    clearInterval(timer)
    return answer
  }

  it('are answered 408 within ten seconds, and the connection ends, at every route', async function () {
    this.timeout(20_000)
    const begun = Date.now()
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) => trickle(ROUTES[index % 3] ?? '')),
    )
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 .*\r\nConnection: close\r\n/is)
    assert.ok(Date.now() - begun < 15_000)
  })
})
