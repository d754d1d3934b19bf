import { isObject } from '../util/kind-of.js'

/**
 * Where logins are kept. Every operation touches one key and is atomic on its own; nothing spans two keys, so
 * that a cluster can hold them. Lifetimes are in seconds, fractions allowed, and always finite. No key is used
 * for a value and for a set.
 *
 * `storeContract` checks a store of your own.
 */
export interface Store {
  /** The value, or `undefined` when there is none or its life is over. */
  get(key: string): Promise<string | undefined>
  /** Writes the value, whatever was there. */
  set(key: string, value: string, ttl: number): Promise<void>
  /** Writes the value only if the key is absent; tells whether it did. Of several at once, one wins. */
  add(key: string, value: string, ttl: number): Promise<boolean>
  /** Writes the value only if the key is present; tells whether it did. Never brings a deleted key back. */
  replace(key: string, value: string, ttl: number): Promise<boolean>
  /** Removes the value; tells whether it was there. */
  delete(key: string): Promise<boolean>
  /**
   * Puts a member into the key's set; the member's own life ends after `ttl`. One that is there lives on until the
   * later of the two ends: its life never gets shorter.
   */
  addMember(key: string, member: string, ttl: number): Promise<void>
  /** The living members of the key's set, in no particular order. */
  members(key: string): Promise<string[]>
  /** Takes one member out of the key's set. */
  removeMember(key: string, member: string): Promise<void>
}

const OPERATIONS = ['get', 'set', 'add', 'replace', 'delete', 'addMember', 'members', 'removeMember']

export function isStore(value: unknown): value is Store {
  return isObject(value) && OPERATIONS.every(name => typeof value[name] === 'function')
}
