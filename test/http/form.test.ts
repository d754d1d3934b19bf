import assert from 'node:assert/strict'
import Koa from 'koa'
import { readForm } from '../../src/http/form.js'
import { type Served, serve } from '../support/app/serve.js'

describe('Reading a form', () => {
  let parsed: unknown
  let served: Served
  before(async () => {
    const app = new Koa()
    app.silent = true
    app.use(async ctx => {
      if (parsed !== undefined) {
        await ctx.req.resume().toArray()
        Object.assign(ctx.request, { body: parsed })
      }
      ctx.body = [...(await readForm(ctx, { names: ['a', 'b', 'c'], texts: ['t'], maxLength: 20 }, 0.2))]
    })
    served = await serve(app)
  })
  beforeEach(() => {
    parsed = undefined
  })
  after(() => served.close())

  async function read(body: string | Uint8Array | undefined, type = 'application/x-www-form-urlencoded') {
    const headers = { 'content-type': type }
    const answer = await fetch(served.url, { method: 'POST', headers, ...(body !== undefined && { body }) })
    return answer.status === 200 ? answer.json() : answer.status
  }

  it('gives each name with its value', async () => {
    assert.deepEqual(await read('a=1&b=%C3%A4+%2B&c'), [
      ['a', '1'],
      ['b', 'ä +'],
      ['c', ''],
    ])
    assert.deepEqual(await read('a=1', 'Application/X-WWW-Form-Urlencoded;charset=UTF-8'), [['a', '1']])
    assert.deepEqual(await read(''), [])
  })

  it('takes a name once, and values no longer than they may be', async () => {
    assert.equal(await read('a=1&a=2'), 400)
    assert.equal(await read('a=1&a=1'), 400)
    assert.equal(await read(`a=${'x'.repeat(21)}`), 400)
  })

  it('looks at nothing that is not wanted, and passes by a text that is not well-formed', async () => {
    assert.deepEqual(await read(`x=1&x=2&${'y'.repeat(200)}=1&z=%00&a=1`), [['a', '1']])
    assert.deepEqual(await read(`a=1&t=of+it`), [
      ['a', '1'],
      ['t', 'of it'],
    ])
    for (const text of ['%0d%0a', 'x'.repeat(21), '1&t=2']) {
      assert.deepEqual(await read(`a=1&t=${text}`), [['a', '1']])
    }
  })

  it('reads 64 KiB and no more, and nothing but a form', async () => {
    const large = (bytes: number) => 'a=1&'.padEnd(bytes, '&')
    assert.deepEqual(await read(large(65_536)), [['a', '1']])
    assert.equal(await read(large(65_537)), 413)
    for (const type of ['application/json', 'text/plain', 'multipart/form-data', 'x']) {
      assert.equal(await read('a=1', type), 415)
    }
  })

  it('takes what a body parser has made of it, if that is a form', async () => {
    for (const [body, expected] of [
      [
        { a: '1', b: ['2'] },
        [
          ['a', '1'],
          ['b', '2'],
        ],
      ],
      [Object.assign(Object.create(null), { a: '1' }), [['a', '1']]],
      [{}, []],
      [{ a: ['1', '2'] }, 400],
      [{ a: { b: 'c' } }, 400],
      [{ a: 1 }, 400],
      [{ a: null }, 400],
      [{ a: [['1']] }, 400],
      [['a'], 400],
      ['a=1', [['a', '1']]],
      [Buffer.from('a=1'), [['a', '1']]],
      [{ x: { y: 1 }, a: '1' }, [['a', '1']]],
      [null, 400],
      [7, 400],
    ] as const) {
      parsed = body
      assert.deepEqual(await read('a=of+the+wire'), expected, JSON.stringify(body))
    }
  })
})
