/** So many of a list, the same ones for the same seed. */
export function sampleOf<T>(list: readonly T[], size: number, seed: number): T[] {
  const random = generator(seed)
  return list
    .map(one => ({ one, place: random() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, size)
    .map(({ one }) => one)
}

/** Numbers from 0 to 1 by a linear congruential generator: chosen evenly enough, and repeatable. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
