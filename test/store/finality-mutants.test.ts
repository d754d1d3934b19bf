import assert from 'node:assert/strict'
import { explore } from './checker/explore.js'
import { type Change, mutate } from './checker/mutate.js'
import { scenarios } from './checker/scenarios.js'
import { type LoginsModule, Violation } from './checker/world.js'

// The protected steps, as they stand in the module.
const index = '    await this.#index(hash, record, life)\n'
const write =
  '    await this.#store.set(this.#keys.login(hash), this.#written(hash, record, this.#seals.keyOf(id)), life)\n'
const checkEnded = `    if ((await this.#isEnded(hash, record)) || this.#isForgettable(record)) {
      await this.#remove(hash, record)
      throw new LoginError('login_ended')
    }
`
const mark = '    await this.#store.addMember(place, mark, memory)\n'
const visitAll = `    const indexed = (await this.#store.members(index)).filter(hash => hash !== spared?.hash)
    const ended = await this.#visit(indexed, hash =>
      this.#endIf(hash, isCovered, reason, { endTokens, onEnd }),
    )
`
const remove = `    const wasThere = await this.#store.delete(this.#keys.login(hash))
    this.watched.ended(hash)
    await this.#unindex(hash, record)
`
const extend = '    await this.#index(hash, renewed, life)\n'
const replace =
  '    const written = await this.#store.replace(this.#keys.login(hash), this.#written(hash, renewed), life)\n'
const lock =
  "      const locked = this.#unwritten.has(state) || (await this.#store.add(lock, '1', lockTtl))\n"
const load = `        const record = await this.#logins.load(hash)
        if (!record || record.renewals !== seen.renewals) {
          this.#unwritten.delete(state) // it is over, or further on: what was kept for it is of no use
          return record
        }
        if (locked)`

const mutants: Record<string, readonly Change[]> = {
  // begin: index, write, look.
  'a login is written before it is in the index': [[index + write, write + index]],
  'a login looks for a logout before it is written': [[write + checkEnded, checkEnded + write]],
  'a login looks for a logout first of all': [[index + write + checkEnded, checkEnded + index + write]],
  'a login does not look for a logout': [[checkEnded, '']],
  'a login looks for logouts of its user alone': [
    [
      'this.#store.members(sid === undefined ? this.#keys.endedSubAlone(sub) : this.#keys.endedSid(sid))',
      '[]',
    ],
  ],
  'a login looks for logouts of its session alone': [['this.#store.members(this.#keys.endedSub(sub))', '[]']],
  'a login that finds a logout stays where it is': [
    ["      await this.#remove(hash, record)\n      throw new LoginError('login_ended')", '      return id'],
  ],
  'a login is in the index of its user alone': [
    ['const indexes = this.#indexesOf(record)', 'const indexes = this.#indexesOf(record).slice(1)'],
  ],
  'a login is in the index of its session alone': [
    ['const indexes = this.#indexesOf(record)', 'const indexes = this.#indexesOf(record).slice(0, 1)'],
  ],
  'index and login are written at the same time': [
    [
      index + write,
      `    await Promise.all([
      this.#store.set(this.#keys.login(hash), this.#written(hash, record, this.#seals.keyOf(id)), life),
      this.#index(hash, record, life),
    ])\n`,
    ],
  ],

  // endBySid, endBySub: mark, read the index, delete, take out of the index.
  'a logout reads the index before it leaves its mark': [
    [mark, ''],
    [visitAll, visitAll + mark],
  ],
  'a logout leaves its mark while it reads the index': [
    [mark, mark.replace('await', 'const marked =')],
    [visitAll, `${visitAll}    await marked\n`],
  ],
  'a logout leaves no mark': [[mark, '']],
  'a logout leaves its mark and does not read the index': [[visitAll, '    const ended: unknown[] = []\n']],
  'a login leaves the index before it is deleted': [
    [
      remove,
      `    await this.#unindex(hash, record)
    const wasThere = await this.#store.delete(this.#keys.login(hash))
`,
    ],
  ],
  'a login is taken out of the index and not deleted': [
    ['await this.#store.delete(this.#keys.login(hash))\n', 'true\n'],
  ],
  'a logout takes logins that are not written yet out of the index': [
    [
      'if (record === undefined || !isCovered(record)) return false',
      `if (!record) await this.#store.removeMember(this.#keys.ofSub('alice'), hash)
    if (record === undefined || !isCovered(record)) return false`,
    ],
  ],
  'a logout ends what is younger': [['there === undefined || covers(there, record)', 'true']],
  'a login is refused for a logout that was before it': [
    ['marks.flat().some(mark => covers(mark, record, hash))', 'marks.flat().length > 0'],
  ],

  // endOthers: the mark and the look leave the same one out.
  'the login that goes on ends with the others': [['.filter(hash => hash !== spared?.hash)', '']],
  'the login that goes on is refused at its next renewal': [
    ['startedUntil(this.#now(), spared?.hash)', 'startedUntil(this.#now())'],
  ],

  // keepAtMost: write, look at all, end what all would end.
  'a login looks for others before it is written': [
    [
      write,
      '    const others = await this.#youngestFirst(await this.#store.members(this.#keys.ofSub(record.sub)))\n' +
        write,
    ],
    ['this.#youngestFirst(await this.#store.members(this.#keys.ofSub(sub)))', '(before.get(id) ?? [])'],
    [
      '    await this.#endSurplus(record)\n',
      '    await this.#endSurplus(record)\n    before.set(id, [...others, { hash, record }])\n',
    ],
    [
      '/** A login with the hash of its id. */',
      'const before = new Map<string, Dated[]>()\n\n/** A login with the hash of its id. */',
    ],
  ],
  'where there are too many, the one that has begun ends': [
    [
      "const surplus = excess === 'oldest' ? youngestFirst.slice(max) : youngestFirst.slice(0, -max)",
      'const surplus = youngestFirst.length > max ? youngestFirst.filter(({ hash }) => hash === own) : []',
    ],
  ],
  'where there are too many, the others end': [
    [
      "const surplus = excess === 'oldest' ? youngestFirst.slice(max) : youngestFirst.slice(0, -max)",
      'const surplus = youngestFirst.length > max ? youngestFirst.filter(({ hash }) => hash !== own) : []',
    ],
  ],

  // renew: lock, read; refresh; index, replace.
  'a renewal writes whatever is there': [
    [
      'await this.#store.replace(this.#keys.login(hash), this.#written(hash, renewed), life)',
      'await this.#store.set(this.#keys.login(hash), this.#written(hash, renewed), life).then(() => true)',
    ],
  ],
  'a renewal looks whether the login is there, and then writes it': [
    [
      'await this.#store.replace(this.#keys.login(hash), this.#written(hash, renewed), life)',
      'Boolean(await this.#load(hash))\n    if (written) await this.#store.set(this.#keys.login(hash), this.#written(hash, renewed), life)',
    ],
  ],
  'a renewal prolongs the login before its place in the index': [[extend + replace, replace + extend]],
  'a renewal does not prolong the place in the index': [[extend, '']],
  'a renewal takes no lock': [["(await this.#store.add(lock, '1', lockTtl))", 'true']],
  'a renewal reads the login before it takes the lock': [
    [lock, ''],
    [load, `${load.replace('if (locked)', '')}${lock.trim()}\n        if (locked)`],
    [
      '        if (locked) await this.#unlock(state, lockedAt)\n',
      '        await this.#unlock(state, lockedAt)\n',
    ],
  ],
  'a renewal gives the lock back before it has written': [
    ['    this.#unwritten.set(state, renewed)\n', '    await this.#store.delete(this.#logins.lock(state))\n'],
  ],
}

describe('The checker finds it when', function () {
  this.timeout(180_000)
  for (const [name, changes] of Object.entries(mutants)) {
    it(name, async () => {
      await assert.rejects(exploreAll(await mutate(changes)), Violation)
    })
  }
})

async function exploreAll(module: LoginsModule): Promise<void> {
  for (const scenario of Object.values(scenarios)) await explore(scenario, module)
}
