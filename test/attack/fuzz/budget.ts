import fc from 'fast-check'

/** Seconds that one fuzz runs: the tests take it for short, `FUZZ_RUN` for as long as it says. */
export const SECONDS = Number(process.env.FUZZ_RUN ?? 8)

/** `FUZZ_SEED` has the inputs of an earlier run again. */
export const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Tries inputs until the time is over. A failure shows the smallest input that was found, and the seed. */
export async function fuzz<T>(inputs: fc.Arbitrary<T>, holds: (input: T) => Promise<void>): Promise<number> {
  let tried = 0
  const property = fc.asyncProperty(inputs, async input => {
    tried += 1
    await holds(input)
  })
  await fc.assert(property, {
    seed: SEED,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: SECONDS * 1000,
  })
  return tried
}
