import assert from 'node:assert/strict'
import { accessTokenDue, type Due, loginDue, renewalDue } from '../../../src/protocol/renewal/due.js'
import { tokenSet } from '../../../src/protocol/renewal/token-response.js'
import type { TokenSet } from '../../../src/token.js'

/** Tokens that were received at the time 0. */
function tokens(more: Partial<TokenSet> = {}): TokenSet {
  return { accessToken: 'a', refreshToken: 'r', tokenType: 'bearer', scope: [], receivedAt: 0, ...more }
}

describe('A renewal is due', () => {
  const table: [string, Partial<TokenSet>, age: number, all: Due, login: Due][] = [
    ['not before the last ten seconds of an access token', { expiresIn: 300 }, 289, 'no', 'no'],
    ['in its last ten seconds', { expiresIn: 300 }, 290, 'soon', 'no'],
    ['not before nine tenths of the life of a short one', { expiresIn: 10 }, 8.9, 'no', 'no'],
    ['in the last tenth of a short one', { expiresIn: 10 }, 9, 'soon', 'no'],
    ['at once when it is over', { expiresIn: 300 }, 300, 'must', 'no'],
    ['never for one of unknown life', {}, 1e9, 'no', 'no'],
    ['not before half the life of the refresh token', { refreshExpiresIn: 60 }, 29, 'no', 'no'],
    ['from half of it on', { refreshExpiresIn: 60 }, 30, 'soon', 'soon'],
    ['no more when its end stands fixed', { refreshExpiresIn: 60, isRefreshEndFixed: true }, 59, 'no', 'no'],
    [
      'not for a clock that differs by some seconds',
      { expiresIn: 300, refreshExpiresIn: 60 },
      -60,
      'no',
      'no',
    ],
    [
      'when the clock was set back, since nobody knows how old they are',
      { expiresIn: 300, refreshExpiresIn: 60 },
      -61,
      'soon',
      'soon',
    ],
    [
      'not at once for an access token that waits to be verified',
      { accessCheck: 'postponed' },
      29,
      'no',
      'no',
    ],
    ['half a minute later for one', { accessCheck: 'postponed' }, 30, 'soon', 'soon'],
  ]
  for (const [title, more, age, all, login] of table) {
    it(title, () => {
      assert.deepEqual([renewalDue(tokens(more), age), loginDue(tokens(more), age)], [all, login])
    })
  }

  it('of an access token alone whatever the refresh token has left', () => {
    assert.equal(accessTokenDue(tokens({ expiresIn: 300, refreshExpiresIn: 60 }), 59), 'no')
  })
})

describe('The life of tokens', () => {
  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`
  const answer = (more: object) => ({ access_token: 'opaque', token_type: 'bearer' as const, ...more })

  it('is what the answer says, else what the access token says, else unknown', () => {
    const table: [object, number | undefined][] = [
      [{ expires_in: 300, access_token: jwt({ iat: 5, exp: 10 }) }, 300],
      [{ access_token: jwt({ iat: 1000, exp: 1300 }) }, 300],
      [{ expires_in: 0, access_token: jwt({ iat: 1000, exp: 1300 }) }, 300],
      [{ access_token: jwt({ exp: 1300 }) }, 290],
      [{ expires_in: 0, access_token: jwt({ iat: 1000, exp: 1000 }) }, undefined],
      [{ expires_in: 0.5 }, undefined],
      [{ access_token: jwt({ iat: 'x', exp: 'y' }) }, undefined],
      [{}, undefined],
      [{ expires_in: 0 }, undefined],
    ]
    for (const [more, life] of table) assert.equal(tokenSet(answer(more), 1010).expiresIn, life)
  })

  const renewed = (before: Partial<TokenSet>, age: number, life: number) =>
    tokenSet(answer({ refresh_token: 'r', refresh_expires_in: life }), age, tokens(before)).isRefreshEndFixed

  it('of a refresh token stands fixed when a renewal at half of it did not move its end', () => {
    const before = { refreshExpiresIn: 1800 }
    assert.equal(renewed(before, 900, 1800), undefined)
    assert.equal(renewed(before, 900, 900), true)
    assert.equal(renewed(before, 900.4, 901), true)
    assert.equal(
      renewed(before, 900, 1300),
      true,
      'it moved, but not by the time that passed: that is the last',
    )
    assert.equal(renewed(before, 300, 1500), undefined, 'too early to tell')
    assert.equal(renewed({ ...before, isRefreshEndFixed: true }, 300, 1500), true)
    assert.equal(renewed({ ...before, isRefreshEndFixed: true }, 300, 1800), undefined)
  })
})
