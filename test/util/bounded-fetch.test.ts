import assert from 'node:assert/strict'
import { BodyTooLargeError, boundedFetch, type Fetch } from '../../src/util/bounded-fetch.js'
import { DeadlineError } from '../../src/util/deadline.js'
import { useForger } from '../support/forger/forger.js'

describe('A fetch with limits', () => {
  const op = useForger()
  beforeEach(() => op.reset())

  const limits = { timeout: 1, maxBytes: 100_000, userAgent: 'me/1' }
  const ask = (fetch: Fetch = globalThis.fetch) =>
    boundedFetch(fetch, limits)(op.discoveryUrl, { headers: { accept: 'application/json' } })

  it('gives the answer as it came', async () => {
    const response = await ask()
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'application/json')
    assert.equal(((await response.json()) as { issuer: string }).issuer, op.issuer)
    assert.equal(op.last('discovery').headers['user-agent'], 'me/1')
  })

  it('gives a redirect and an answer without a body as they came', async () => {
    op.knobs.mischief = { discovery: 'redirect' }
    assert.equal((await ask()).status, 302)
    for (const status of [204, 205, 304]) {
      op.knobs.mischief = { discovery: { status, body: '' } }
      assert.equal((await ask()).status, status)
    }
  })

  it('ends in time, whether no answer comes or no end of one, and hangs up', async () => {
    for (const mischief of ['hang', 'slow'] as const) {
      op.knobs.mischief = { discovery: mischief }
      const signals: AbortSignal[] = []
      const watched: Fetch = (url, request) => {
        signals.push(request.signal)
        return fetch(url, request)
      }
      await assert.rejects(ask(watched), DeadlineError)
      assert.equal(signals[0]?.aborted, true)
    }
  })

  it('stops reading at the limit', async () => {
    op.knobs.mischief = { discovery: 'huge' }
    await assert.rejects(ask(), BodyTooLargeError)
  })

  it('counts the bytes that are unpacked, not those that travelled', async () => {
    let bytes = 0
    const bomb: Fetch = async () => ({
      status: 200,
      headers: [],
      body: (async function* () {
        for (let i = 0; i < 1000; i++) {
          bytes += 65_536
          yield new Uint8Array(65_536)
        }
      })(),
    })
    await assert.rejects(ask(bomb), BodyTooLargeError)
    assert.ok(bytes <= 200_000)
  })

  it('passes on what the fetch throws, also at once', async () => {
    await assert.rejects(
      ask(() => {
        throw new RangeError('own')
      }),
      RangeError,
    )
  })
})
