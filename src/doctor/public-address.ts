import { type Check, givenForUrl, isHttpUrl } from '../util/checks.js'

/** The public address of an application, its origin included. */
export const publicAddress: Check<string> = {
  expected: 'an http or https address without query and fragment',
  accepts: (v): v is string => isHttpUrl(v) && !/[?#]/.test(v),
  given: givenForUrl,
}
