/**
 * One value for each owner, made when it is first asked for: what a module keeps of an object that is not its own.
 * The value goes with its owner.
 */
export function weakCache<Owner extends object, Value extends object>(
  make: (owner: Owner) => Value,
): (owner: Owner) => Value {
  const values = new WeakMap<Owner, Value>()
  return owner => {
    const known = values.get(owner)
    if (known !== undefined) return known
    const value = make(owner)
    values.set(owner, value)
    return value
  }
}
