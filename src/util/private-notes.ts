/** Gives the object that it is given: a subclass's private members land on one that is there already. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: it is what this class is for
    return object
  }
}

/** Notes on objects. Nobody sees them but who holds this; no copy of an object has them. */
export interface PrivateNotes<T> {
  /** One note an object, once. */
  write(object: object, note: T): void
  /** `undefined` for an object without one, and for what is no object. */
  read(object: unknown): T | undefined
}

/** As a WeakMap would do it, at a hundredth of its cost: that makes work for every garbage collection. */
export function privateNotes<T>(): PrivateNotes<T> {
  class Noted extends Given {
    readonly #note: T

    constructor(object: object, note: T) {
      super(object)
      this.#note = note
    }

    static read(object: unknown): T | undefined {
      return typeof object === 'object' && object !== null && #note in object ? object.#note : undefined
    }
  }
  return {
    write(object, note) {
      new Noted(object, note)
    },
    read: Noted.read,
  }
}
