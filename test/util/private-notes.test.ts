import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { privateNotes } from '../../src/util/private-notes.js'

describe('A private note', () => {
  it('is read by who wrote it, from that object only', () => {
    const notes = privateNotes<string>()
    const object = {}
    notes.write(object, 'secret')
    assert.equal(notes.read(object), 'secret')
    for (const other of [
      { ...object },
      structuredClone(object),
      Object.create(object),
      {},
      null,
      undefined,
      7,
    ])
      assert.equal(notes.read(other), undefined)
  })

  it('is nobody else’s to read', () => {
    const object = {}
    privateNotes<string>().write(object, 'secret')
    assert.equal(privateNotes<string>().read(object), undefined)
  })

  it('shows nowhere, and leaves the object what it is', () => {
    const object = { loggedIn: false }
    privateNotes<string>().write(object, 'secret')
    assert.equal(inspect(object, { showHidden: true, depth: 9 }), '{ loggedIn: false }')
    assert.equal(JSON.stringify(object), '{"loggedIn":false}')
    assert.deepEqual(Reflect.ownKeys(object), ['loggedIn'])
    assert.deepEqual(object, { loggedIn: false })
  })

  it('is written once', () => {
    const notes = privateNotes<string>()
    const object = {}
    notes.write(object, 'first')
    assert.throws(() => notes.write(object, 'second'), TypeError)
    assert.equal(notes.read(object), 'first')
  })
})
