import assert from 'node:assert/strict'
import Koa from 'koa'
import { type Served, serve } from '../app/serve.js'
import { type Nginx, startNginx } from './nginx.js'

describe('nginx before an application', () => {
  let served: Served
  let nginx: Nginx
  before(async () => {
    const app = new Koa({ proxy: true })
    app.use(ctx => {
      if (ctx.query.size) ctx.set('x-long', 'x'.repeat(Number(ctx.query.size)))
      ctx.body = ctx.href
    })
    served = await serve(app)
    nginx = await startNginx(served.url)
  })
  after(async () => {
    await nginx?.close()
    await served?.close()
  })

  it('is what the application takes for its own address', async () => {
    assert.equal(await (await fetch(`${nginx.url}/a?b=c`)).text(), `${nginx.url}/a?b=c`)
  })

  it('has the limits that it comes with: 8 KB a line of a request, 4 KB of headers in an answer', async () => {
    const status = async (path: string, cookie = '') =>
      (await fetch(`${nginx.url}${path}`, { headers: { cookie } })).status
    assert.deepEqual([await status('/', 'a'.repeat(8000)), await status('/', 'a'.repeat(8300))], [200, 400])
    assert.deepEqual([await status('/?size=3500'), await status('/?size=4200')], [200, 502])
  })
})
