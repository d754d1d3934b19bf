/** Freezes what came out of JSON, to the bottom: for what several are given, and none may change. */
export function deepFreeze<T>(json: T): T {
  if (typeof json !== 'object' || json === null) return json
  for (const member of Object.values(json)) deepFreeze(member)
  return Object.freeze(json)
}
