/**
 * A copy of an error that may be logged: the names, messages and codes of its chain, and nothing else.
 *
 * The libraries below hang whole token responses, callback parameters and claims onto their errors as `cause`;
 * what logs an error prints those too.
 */
export function safeCause(error: unknown, depth = 4): Error {
  if (!(error instanceof Error)) return new Error('something that is not an Error was thrown')
  // A SyntaxError of JSON.parse quotes the text that it could not read.
  const copy = new Error(error instanceof SyntaxError ? 'not valid JSON' : error.message)
  copy.name = error.name
  copy.stack = `${copy.name}: ${copy.message}\n${error.stack
    ?.split('\n')
    .filter(line => /^ +at /.test(line))
    .join('\n')}`
  const { code } = error as { code?: unknown }
  if (typeof code === 'string') Object.assign(copy, { code })
  if (error.cause instanceof Error && depth > 0) copy.cause = safeCause(error.cause, depth - 1)
  return copy
}
