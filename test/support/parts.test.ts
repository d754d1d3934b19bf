import assert from 'node:assert/strict'
import { Parts } from './parts.js'

describe('The parts that tests use', () => {
  let parts: Parts
  let said: string[]
  const { PATH } = process.env
  beforeEach(() => {
    said = []
    parts = new Parts(complaint => said.push(complaint))
    process.env.PATH = '/nowhere'
  })
  afterEach(() => {
    process.env.PATH = PATH
  })

  it('can not be asked for before they are installed: not on a machine that has them either', () => {
    process.env.PATH = PATH
    parts.need('openssl')
    assert.throws(() => parts.programOf('openssl'), /in a hook or in a test/)
    assert.match(said.join(), /ask for openssl in a hook/)
    parts.settle(() => {})
    assert.match(String(parts.programOf('openssl')), /\/openssl$/)
  })

  it('are installed when a loaded file needs them, each once, and no others', () => {
    const installed: string[] = []
    for (const part of ['redis', 'nginx', 'redis'] as const) parts.need(part)
    parts.settle(debian => installed.push(debian))
    assert.deepEqual(installed, ['redis-server', 'nginx-light'])
  })

  it('are not installed when they are there', () => {
    process.env.PATH = PATH
    parts.need('openssl')
    parts.settle(() => assert.fail())
  })

  it('are missing still when they can not be installed', () => {
    parts.need('redis')
    parts.settle(() => {})
    assert.equal(parts.programOf('redis'), undefined)
  })
})
