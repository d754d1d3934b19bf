import { SetupError } from './errors.js'
import type { Check, Checks, OptionCheck, Settled } from './util/checks.js'
import { isKoaContext, isPlainObject, kindOf } from './util/kind-of.js'
import { nearestName } from './util/nearest-name.js'

/**
 * The options that a function was given, checked by its table, with the table's defaults for what was left out.
 * Every factory and method calls this before anything else, `of` being how its call reads: `bearer()`. What the
 * caller does to the object or to a list in it later changes nothing.
 *
 * Throws `invalid_options`, naming the function, the option, what was given (its kind, never its value) and
 * what was probably meant.
 */
export function checkOptions<Options extends object, const Table extends Checks<Options>>(
  of: string,
  options: Options,
  table: Table & Checks<Options>,
): Settled<Options, Table> {
  checkIsObject(of, options)
  const checks = new Map<string, OptionCheck<unknown>>(Object.entries(table))
  for (const name of Object.keys(options)) {
    if (!checks.has(name)) throw unknownName(of, name, [...checks.keys()])
  }
  const given = new Map(Object.entries(options))
  const settled = [...checks].map(([name, check]) => {
    checkOption(of, name, check, given.get(name), given.has(name))
    const value = given.get(name) ?? check.default
    return [name, Array.isArray(value) ? Object.freeze([...value]) : value] as const
  })
  // The table says of each name what it may be: this is where that becomes a type.
  return Object.freeze(Object.fromEntries(settled.filter(([, value]) => value !== undefined))) as Settled<
    Options,
    Table
  >
}

/** Checks what is given by its place, not by a name: `requireRole('admin')`. Throws `invalid_options`. */
export function checkArgument<T>(
  of: string,
  what: string,
  value: unknown,
  check: Check<T>,
): asserts value is T {
  if (check.accepts(value)) return
  checkIsCalled(of, value)
  throw unusable(of, what, check, value)
}

/** Throws `invalid_options` when a function that takes nothing is given something. */
export function checkNoArguments(of: string, given: readonly unknown[]): void {
  checkIsCalled(of, given[0])
  if (given.length > 0) throw invalidOptions(`${of} takes nothing, but was given ${kindOf(given[0])}.`)
}

/**
 * Throws `invalid_options` when the application hands Koa a factory in place of what the factory returns. Koa
 * would take that return value for an answer that is yet to come: a 404, and a guard that guards nothing.
 */
export function checkIsCalled(of: string, given: unknown): void {
  if (!isKoaContext(given)) return
  throw invalidOptions(
    `${of} was called by Koa, with a request: call it yourself, since what it returns is the middleware.`,
  )
}

/** The error of a call that can not be served: `detail` begins with how the call reads, and never shows a value. */
export function invalidOptions(detail: string): SetupError {
  return new SetupError('invalid_options', { detail })
}

function checkIsObject(of: string, options: unknown): void {
  checkIsCalled(of, options)
  if (isPlainObject(options)) return
  throw invalidOptions(`${of} takes its options as an object, { … }, but was given ${kindOf(options)}.`)
}

function checkOption(
  of: string,
  name: string,
  check: OptionCheck<unknown>,
  value: unknown,
  isNamed: boolean,
): void {
  if (value !== undefined) {
    if (!check.accepts(value)) throw unusable(of, name, check, value)
  } else if (check.required || (check.neverUndefined && isNamed)) {
    const isThere = isNamed ? 'is there, but undefined' : 'is missing'
    throw invalidOptions(`${of}: ${name} ${isThere}. It has to be ${check.expected}.`)
  }
}

function unusable(of: string, name: string, check: Check<unknown>, value: unknown): SetupError {
  const given = check.given?.(value) ?? kindOf(value)
  return invalidOptions(`${of}: ${name} has to be ${check.expected}, but is ${given}.`)
}

function unknownName(of: string, name: string, names: readonly string[]): SetupError {
  const nearest = nearestName(name, names)
  const meant = nearest ? `Did you mean ${nearest}?` : listed(names)
  return invalidOptions(`${of}: there is no option ${shown(name)}. ${meant}`.trimEnd())
}

/** The names that there are, unless they are too many to read. */
function listed(names: readonly string[]): string {
  if (names.length > 8) return ''
  return names.length === 1 ? `There is ${names[0]}.` : `There are ${names.join(', ')}.`
}

/** A name that a person may have typed is shown; what came from elsewhere as a name is not. */
function shown(name: string): string {
  return /^[\w-]{1,40}$/.test(name) ? name : 'of that name'
}
