import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { TokenSet } from '../token.js'
import { sha256 } from '../util/random.js'
import type { LoginRecord } from './login-record.js'

const INFO = 'koa-keycloak: the tokens of a login'
const NONCE_BYTES = 12
const TAG_BYTES = 16

type Secrets = [access: string, refresh: string | null, id: string | null]

/**
 * Seals the tokens of logins, so that who reads the store has none: AES-256-GCM, with a key for each login that comes
 * of its secret id (HKDF, RFC 5869), which the browser's session has and the store knows as a hash alone. What else
 * says whose they are is sealed with them: tokens under another login, issuer, user or session do not open.
 */
export class Seals {
  readonly #isOn: boolean
  readonly #salt: string
  /** Keys of logins that are being renewed here, by their hash, and how often. */
  readonly #held = new Map<string, { key: Buffer; times: number }>()

  /** @param option `true`, or a secret of the application's that the key comes of, too; `false` seals nothing anew */
  constructor(option: boolean | string) {
    this.#isOn = option !== false
    this.#salt = typeof option === 'string' ? option : ''
  }

  /**
   * HKDF (RFC 5869) with SHA-256, of one block: half of what `hkdfSync` takes. Without a secret nothing is extracted,
   * since the id is random as a whole (section 3.3).
   */
  keyOf(id: string): Buffer {
    const extracted = this.#salt === '' ? id : createHmac('sha256', this.#salt).update(id).digest()
    return createHmac('sha256', extracted).update(`${INFO}\u0001`).digest()
  }

  /** The key that opens this record, where it is sealed: it is not made for nothing. */
  keyFor({ sealed }: LoginRecord, id: string): Buffer | undefined {
    return sealed === undefined ? undefined : this.keyOf(id)
  }

  /** While it works, records with this id's hash can be opened and sealed by the hash. */
  async holding<T>(id: string, work: () => Promise<T>): Promise<T> {
    const hash = sha256(id)
    const held = this.#held.get(hash) ?? { key: this.keyOf(id), times: 0 }
    this.#held.set(hash, held)
    held.times++
    try {
      return await work()
    } finally {
      if (--held.times === 0) this.#held.delete(hash)
    }
  }

  /** The key of a login that is being renewed here. */
  held(hash: string): Buffer | undefined {
    return this.#held.get(hash)?.key
  }

  /** The record as it is to be written: sealed, unless that is off. */
  seal(record: LoginRecord, place: string, key: Buffer | undefined): LoginRecord {
    if (!this.#isOn || key === undefined) return record
    const { accessToken, refreshToken, idToken } = record.tokens
    const text = JSON.stringify([accessToken, refreshToken, idToken]) // JSON has null for what is undefined
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(contextOf(record, place))
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return { ...record, tokens: withoutSecrets(record.tokens), sealed: sealed.toString('base64') }
  }

  /** The record with its tokens; `undefined` for what was sealed otherwise. What was not sealed is as it is. */
  open(record: LoginRecord, place: string, key: Buffer): LoginRecord | undefined {
    if (record.sealed === undefined) return record
    try {
      const bytes = Buffer.from(record.sealed, 'base64')
      const tagAt = bytes.length - TAG_BYTES
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(contextOf(record, place)).setAuthTag(bytes.subarray(tagAt))
      const text =
        decipher.update(bytes.subarray(NONCE_BYTES, tagAt), undefined, 'utf8') + decipher.final('utf8')
      const { sealed: _, ...rest } = record
      return { ...rest, tokens: withSecrets(record.tokens, JSON.parse(text)) }
    } catch {
      return undefined
    }
  }
}

/** @param place the record's key in the store: application, realm and login */
function contextOf({ iss, sub, sid }: LoginRecord, place: string): Buffer {
  return Buffer.from(JSON.stringify([place, iss, sub, sid]))
}

function withoutSecrets({ refreshToken: _, idToken: __, ...tokens }: TokenSet): TokenSet {
  return { ...tokens, accessToken: '' }
}

function withSecrets(tokens: TokenSet, [accessToken, refreshToken, idToken]: Secrets): TokenSet {
  return {
    ...tokens,
    accessToken,
    ...(refreshToken !== null && { refreshToken }),
    ...(idToken !== null && { idToken }),
  }
}
