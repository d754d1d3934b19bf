import assert from 'node:assert/strict'
import { use, useEach, useStart } from './use.js'

/** Told what is started and closed; has all kinds of members. */
class Thing {
  readonly name: string
  #secret = 0

  constructor(name: string) {
    this.name = name
    log.push(`+${name}`)
  }

  count() {
    return ++this.#secret
  }

  close() {
    log.push(`-${this.name}`)
  }
}

const log: string[] = []
const taken = () => log.splice(0).join(' ')

describe('Something that runs while tests do', () => {
  describe('for a suite', () => {
    const first = use(() => new Thing('first'))
    const second = use(
      () => ({ ...new Thing(`after ${first.name}`), late: true }),
      () => log.push('-second'),
    )

    it('is started before the tests, in order, and is used as if it were itself', () => {
      assert.equal(taken(), '+first +after first')
      assert.deepEqual([first.count(), first.count()], [1, 2])
      assert.deepEqual({ ...second }, { name: 'after first', late: true })
      second.late = false
      assert.deepEqual([second.late, 'late' in second, Object.keys(second)], [false, true, ['name', 'late']])
    })

    describe('with another one inside', () => {
      const inner = use(() => new Thing('inner'))
      it('goes on there', () => {
        assert.equal(taken(), '+inner')
        assert.equal(inner.name + first.name, 'innerfirst')
      })
    })
  })

  describe('after the suite', () => {
    it('is closed, the latest first', () => {
      assert.equal(taken(), '-inner -second -first')
    })
  })

  it('can not be used before it runs', () => {
    assert.throws(() => early.name, /in a hook or in a test/)
  })

  describe('for each test', () => {
    const each = useEach(() => new Thing('each'))
    for (const before of ['', '-each ']) {
      it(`is a new one${before && ' again'}`, () => {
        assert.equal(taken(), `${before}+each`)
        assert.equal(each.count(), 1)
      })
    }
  })

  describe('when a test starts it', () => {
    const start = useStart(async (name: string) => new Thing(name))
    it('is started once and again', async () => {
      await start('one')
      await start('two')
      assert.equal(taken(), '-each +one +two')
    })
    it('is closed after the test, the latest first', () => {
      assert.equal(taken(), '-two -one')
    })
  })

  let early: Thing
  describe('later', () => {
    early = use(() => new Thing('late'))
    it('runs', () => assert.equal(early.name, 'late'))
  })
})
