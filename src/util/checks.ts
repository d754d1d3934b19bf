import { isPlainObject, kindOf } from './kind-of.js'
import { redirectTarget } from './redirect-target.js'

/** What a value has to be, and how to tell. */
export interface Check<T> {
  /** Follows "has to be": `a number of seconds …`. */
  readonly expected: string
  readonly accepts: (value: unknown) => value is T
  /**
   * Says of a value that is not accepted what it is, and what was probably meant; follows "but is". Fixed words:
   * never the value. Without an answer it is `kindOf`.
   */
  readonly given?: (value: unknown) => string | undefined
}

/** A check with what the option's absence means. */
export interface OptionCheck<T> extends Check<T> {
  /** What the option is when it is not given. */
  readonly default?: T
  /** It has to be there. */
  readonly required?: true
  /** It may be left out; but where it is named, it has a value. For what decides who passes. */
  readonly neverUndefined?: true
}

/** One check for each option: what `checkOptions` goes by. */
export type Checks<Options> = {
  readonly [Name in keyof Options]-?: OptionCheck<Exclude<Options[Name], undefined>>
}

/** The options with the defaults of their checks. */
export type Settled<Options, Table> = {
  readonly [Name in keyof Options as HasDefault<Table, Name> extends true ? Name : never]-?: Exclude<
    Options[Name],
    undefined
  >
} & {
  readonly [Name in keyof Options as HasDefault<Table, Name> extends true ? never : Name]: Options[Name]
}

type HasDefault<Table, Name> = Name extends keyof Table
  ? Table[Name] extends { readonly default: unknown }
    ? true
    : false
  : false

/** In seconds. */
export const DAY = 86_400

/** Adds what the option is when it is not given. */
export function withDefault<T, D extends T>(check: Check<T>, value: D): Check<T> & { readonly default: D } {
  return { ...check, default: value }
}

export function required<T>(check: Check<T>): OptionCheck<T> {
  return { ...check, required: true }
}

/**
 * For an option that decides who passes: `{ acr: settings.misspelt }` is `{ acr: undefined }`, and must not open
 * the door.
 */
export function neverUndefined<T>(check: Check<T>): OptionCheck<T> {
  return { ...check, neverUndefined: true }
}

/**
 * A number of seconds, above 0 where no `min` is given. One that is above `max` was most likely meant as
 * milliseconds.
 */
export function seconds(max: number, { min }: { min?: number } = {}): Check<number> {
  const isEnough = (v: number) => (min === undefined ? v > 0 : v >= min)
  return {
    expected: `a number of seconds, ${min === undefined ? 'above 0' : `at least ${min}`} and at most ${max}`,
    accepts: (v): v is number => typeof v === 'number' && isEnough(v) && v <= max,
    given: v => {
      if (typeof v === 'string') return 'a string: numbers stand without quotes'
      if (typeof v !== 'number' || Number.isNaN(v)) return undefined
      return v > max ? 'more: seconds are meant, not milliseconds' : 'less'
    },
  }
}

/** A whole number that counts something. */
export function count(min: number, max: number): Check<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    accepts: (v): v is number => Number.isInteger(v) && Number(v) >= min && Number(v) <= max,
    given: v => {
      if (typeof v === 'string') return 'a string: numbers stand without quotes'
      return typeof v === 'number' ? 'another number' : undefined
    },
  }
}

/** A text as it stands in a file or an environment variable, but for what is around it there. */
export const text: Check<string> = {
  expected: 'a non-empty string without blanks or line breaks around it',
  accepts: (v): v is string => typeof v === 'string' && v !== '' && v.trim() === v && !/\p{Cc}/u.test(v),
  given: v => (typeof v === 'string' && v !== '' ? 'a string with blanks or line breaks' : undefined),
}

/** A name that somebody else chose, as it came: of a user, of a session. */
export const identifier: Check<string> = {
  expected: 'a non-empty string',
  accepts: (v): v is string => typeof v === 'string' && v !== '',
}

/** A text with no blank in it: scopes and authentication contexts are lists that blanks part. */
export const word: Check<string> = {
  expected: 'a non-empty string without blanks',
  accepts: (v): v is string => typeof v === 'string' && /^[!-~]+$/.test(v),
  given: v => (typeof v === 'string' && /\s/.test(v) ? 'a string with blanks' : undefined),
}

/** An array whose members all pass the check. */
export function listOf<T>(check: Check<T>, { min = 0 } = {}): Check<readonly T[]> {
  return {
    expected: `an array${min > 0 ? ` of at least ${min}` : ''}, each of its members ${check.expected}`,
    accepts: (v): v is readonly T[] => Array.isArray(v) && v.length >= min && v.every(check.accepts),
    given: v => {
      if (typeof v === 'string') return 'a string: even one belongs into an array'
      if (!Array.isArray(v) || v.length < min) return undefined
      const wrong: unknown = v.find(member => !check.accepts(member))
      return `an array with ${check.given?.(wrong) ?? kindOf(wrong)} in it`
    },
  }
}

/** One alone, or an array of at least one. */
export function oneOrMore<T>(check: Check<T>): Check<T | readonly T[]> {
  const list = listOf(check, { min: 1 })
  return {
    expected: `${check.expected}, or an array of such`,
    accepts: (v): v is T | readonly T[] => check.accepts(v) || list.accepts(v),
    given: v => (Array.isArray(v) ? list : check).given?.(v),
  }
}

export function oneOf<const T extends string | boolean>(...values: T[]): Check<T> {
  const all: readonly unknown[] = values
  return { expected: `one of ${values.join(', ')}`, accepts: (v): v is T => all.includes(v) }
}

export const flag: Check<boolean> = {
  expected: 'true or false',
  accepts: (v): v is boolean => typeof v === 'boolean',
  given: v => (typeof v === 'string' ? 'a string: true and false stand without quotes' : undefined),
}

/** A function; what it takes and gives can not be told from outside. */
export function callable<F>(): Check<F> {
  return { expected: 'a function', accepts: (v): v is F => typeof v === 'function' }
}

/** An object of non-empty strings, each under a name that may be used; `which` says what those are. */
export function recordOfTexts(
  allowed: (name: string) => boolean,
  which: string,
): Check<Readonly<Record<string, string>>> {
  return {
    expected: `an object of non-empty strings, ${which}`,
    accepts: (v): v is Record<string, string> =>
      isPlainObject(v) && Object.entries(v).every(([name, each]) => allowed(name) && text.accepts(each)),
  }
}

/** An address to be asked, or to be known by. */
export const httpUrl: Check<string> = {
  expected: 'an http or https address',
  accepts: (v): v is string => isHttpUrl(v),
  given: givenForUrl,
}

export function isHttpUrl(value: unknown): value is string {
  if (typeof value !== 'string' || /[\s\p{Cc}]/u.test(value) || !URL.canParse(value)) return false
  const { protocol, username, password } = new URL(value)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

/** Where to send a browser: a path of the application's own, or an address; whether that is allowed shows later. */
export const redirect: Check<string> = {
  expected: 'a path that begins with one /, or an http or https address',
  accepts: (v): v is string =>
    isHttpUrl(v) || (typeof v === 'string' && redirectTarget(v, 'http://own.invalid', []) !== undefined),
  given: v =>
    typeof v === 'string' && v.startsWith('/')
      ? 'a path that leads to another host, or is too long'
      : givenForUrl(v),
}

/** What is wrong with an address, said without showing it. */
export function givenForUrl(value: unknown): string | undefined {
  if (value instanceof URL) return 'a URL object: its href is meant'
  if (typeof value !== 'string' || value === '') return undefined
  if (/[\s\p{Cc}]/u.test(value)) return 'a string with blanks or line breaks'
  if (!URL.canParse(value)) return 'a string that is no address'
  const { username, password } = new URL(value)
  return username || password ? 'an address with a user or a password in it' : undefined
}
