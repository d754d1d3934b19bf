import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { finding, findingCodes } from '../../src/doctor/findings.js'

const folders = ['test/doctor', 'test/keycloak/journeys'].map(path =>
  join(import.meta.dirname, '../..', path),
)
const tests = folders
  .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
  .filter(path => path.endsWith('.test.ts') && path !== import.meta.filename)
  .map(path => readFileSync(path, 'utf8'))
  .join('\n')

describe('The findings', () => {
  it('are each found in a test', () => {
    assert.deepEqual(
      findingCodes.filter(code => !tests.includes(`'${code}'`)),
      [],
    )
  })

  it('say what was seen and what to change, each in whole sentences', () => {
    for (const { code, seen, change } of findingCodes.map(each => finding(each))) {
      assert.match(seen, /^[A-Z\w].*[.)]$/s, code)
      assert.match(change, /^[A-Za-z].*[.)]$/s, code)
    }
  })
})
