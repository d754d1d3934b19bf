import { SetupError } from '../../errors.js'
import type { LoginDescription } from '../../store/login-record.js'
import { isPlainObject } from '../../util/kind-of.js'
import type { Context } from '../types.js'

/** What an application notes of where a login was made: for the page that lists a user's logins. */
export type DescribeLogin = (
  ctx: Context,
) => LoginDescription | undefined | Promise<LoginDescription | undefined>

/** Bytes that a description may have as JSON: it is read with every request of its login. */
const MAX_BYTES = 1024

/**
 * The application's description of the login that is being made, as JSON keeps it. Throws `description_unusable`
 * for what fails, is no object, or is too large: the login does not come about.
 */
export async function describe(ctx: Context, hook: DescribeLogin): Promise<LoginDescription | undefined> {
  const description = await called(ctx, hook)
  if (description === undefined) return undefined
  if (!isPlainObject(description)) throw unusable('not_an_object')
  const text = written(description)
  if (Buffer.byteLength(text) > MAX_BYTES) throw unusable('too_large')
  return JSON.parse(text)
}

async function called(ctx: Context, hook: DescribeLogin): Promise<unknown> {
  try {
    return await hook(ctx)
  } catch (cause) {
    throw unusable('failed', cause)
  }
}

function written(description: object): string {
  try {
    return JSON.stringify(description)
  } catch (cause) {
    throw unusable('not_json', cause)
  }
}

function unusable(reason: string, cause?: unknown): SetupError {
  return new SetupError('description_unusable', { reason, cause })
}
