import type { Context, Suite } from 'mocha'

interface Closable {
  close(): unknown
}

type Start<T> = () => T | Promise<T>
type Close<T> = (running: T) => unknown

const close: Close<Closable> = running => running.close()

/**
 * Something that runs while the tests of this suite do: it is started before the first, and closed after the
 * last. To be called inside `describe`; hooks and tests use what it returns as the running thing itself. What
 * is called first is started first and closed last.
 */
export function use<T extends Closable>(start: Start<T>): T
export function use<T extends object>(start: Start<T>, close: Close<T>): T
export function use<T extends object>(start: Start<T>, end = close as unknown as Close<T>): T {
  return run(start, end, before, after)
}

/** The same anew for each test. */
export function useEach<T extends Closable>(start: Start<T>): T
export function useEach<T extends object>(start: Start<T>, close: Close<T>): T
export function useEach<T extends object>(start: Start<T>, end = close as unknown as Close<T>): T {
  return run(start, end, beforeEach, afterEach)
}

/** A function that starts things for the test in which it is called: they are closed after it, the latest first. */
export function useStart<A extends unknown[], T extends Closable>(
  start: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  const running: T[] = []
  afterEach(async () => {
    for (const one of running.splice(0).reverse()) await one.close()
  })
  return async (...args) => {
    const one = await start(...args)
    running.push(one)
    return one
  }
}

/** Options, or what gives them when they are needed: for what is known only while something else runs. */
export type Given<T extends object> = T | (() => T)

export function given<T extends object>(options: Given<T>): T {
  return typeof options === 'function' ? options() : options
}

type Hook = (run: (this: Context) => Promise<void>) => void

/** What is to be closed in a suite, the latest last. Mocha runs the hooks after tests in the order of those before. */
const open = new WeakMap<Suite, (() => unknown)[]>()

function run<T extends object>(start: Start<T>, end: Close<T>, first: Hook, last: Hook): T {
  let running: T | undefined
  first(async function () {
    const one = await start()
    running = one
    stackOf(this).push(() => {
      running = undefined
      return end(one)
    })
  })
  last(async function () {
    await stackOf(this).pop()?.()
  })
  return standFor(() => {
    if (running) return running
    throw new Error('This runs while tests do: use it in a hook or in a test.')
  })
}

function stackOf(context: Context): (() => unknown)[] {
  const suite = context.test?.parent
  if (!suite) throw new Error('To be called inside describe.')
  const stack = open.get(suite) ?? []
  open.set(suite, stack)
  return stack
}

/** An object that stands for another, which is asked for whenever something is done with it. */
function standFor<T extends object>(actual: () => T): T {
  return new Proxy({} as T, {
    get(_, name) {
      const value = Reflect.get(actual(), name)
      return typeof value === 'function' ? value.bind(actual()) : value
    },
    set: (_, name, value) => Reflect.set(actual(), name, value),
    has: (_, name) => Reflect.has(actual(), name),
    ownKeys: () => Reflect.ownKeys(actual()),
    getOwnPropertyDescriptor(_, name) {
      const property = Reflect.getOwnPropertyDescriptor(actual(), name)
      return property && { ...property, configurable: true }
    },
  })
}
