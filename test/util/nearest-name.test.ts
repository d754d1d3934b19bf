import assert from 'node:assert/strict'
import { nearestName } from '../../src/util/nearest-name.js'

describe('The nearest name', () => {
  const names = ['maxAge', 'acr', 'scopes', 'clientId', 'redirectUri', 'keysMaxAge', 'sub', 'sid', 'id']

  for (const [given, meant] of Object.entries({
    arc: 'acr',
    maxage: 'maxAge',
    max_age: 'maxAge',
    maxAgee: 'maxAge',
    scope: 'scopes',
    scoeps: 'scopes',
    client_id: 'clientId',
    clientID: 'clientId',
    redirectURI: 'redirectUri',
    redirect_url: 'redirectUri',
    keyMaxAge: 'keysMaxAge',
    subs: 'sub',
  })) {
    it(`to ${given} is ${meant}`, () => assert.equal(nearestName(given, names), meant))
  }

  it('is none when too much would have to change', () => {
    for (const given of ['username', 'x', 'session', 'constructor', '', '__proto__'])
      assert.equal(nearestName(given, names), undefined, given)
  })

  it('is found at once, however long the given one is', () => {
    assert.equal(nearestName('a'.repeat(100_000), names), undefined)
  })
})
