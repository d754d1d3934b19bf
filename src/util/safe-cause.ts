/**
 * A copy of an error that may be logged: the names, messages and codes of its chain, and nothing else.
 *
 * The libraries below hang whole token responses, callback parameters and claims onto their errors as `cause`;
 * what logs an error prints those too. And some quote in their messages what they could not read.
 */
export function safeCause(error: unknown, depth = 4): Error {
  if (!(error instanceof Error)) return new Error('something that is not an Error was thrown')
  const { code } = error as { code?: unknown }
  const copy = new Error(isFixed(code) ? error.message : unquoted(error))
  copy.name = error.name
  copy.stack = `${copy.name}: ${copy.message}\n${framesOf(error)}`
  if (typeof code === 'string') Object.assign(copy, { code })
  if (error.cause instanceof Error && depth > 0) copy.cause = safeCause(error.cause, depth - 1)
  return copy
}

/**
 * Whether an error with this code has a message of fixed words: openid-client's and jose's quote only names of
 * claims and parameters that the specifications define, with the one exception.
 */
function isFixed(code: unknown): boolean {
  return typeof code === 'string' && /^(OAUTH_|ERR_J)/.test(code) && code !== 'ERR_JOSE_NOT_SUPPORTED'
}

/** JSON.parse quotes the text, Headers the token, Redis the arguments that were not to their liking. */
function unquoted(error: Error): string {
  if (error instanceof SyntaxError) return 'not valid JSON'
  return error.message.replace(/(^|[\s(:=,[])["'`].*$/s, '$1…').replace(/[\r\n].*$/s, ' …')
}

/** Where it was thrown; what precedes that repeats the message, which may have any number of lines. */
function framesOf({ stack = '', message }: Error): string {
  const lines = stack.slice(stack.indexOf(message) + message.length).split('\n')
  return lines.filter(line => /^ +at /.test(line)).join('\n')
}
