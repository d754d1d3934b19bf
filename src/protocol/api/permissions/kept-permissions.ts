import type { Provider } from '../../../provider/provider.js'
import { KeptAnswers } from '../../../util/kept-answers.js'
import { weakCache } from '../../../util/weak-cache.js'
import { askPermissions, type Denial, type Question } from './ask-permissions.js'
import { type AskedPermission, type GrantedPermission, isGranted } from './permission.js'

/** How many decisions are kept, some 500 bytes each; and how many lists of all that a user may do. */
const MAX_DECISIONS = 10_000
const MAX_LISTS = 200

/** Seconds for which a denial is kept at most: a right that was just given is there soon. */
const DENIAL_MEMORY = 5

/** Which of the asked permissions are missing: their places. And why, where Keycloak granted nothing at all. */
export interface Decision {
  missing: readonly number[]
  denial?: Denial
}

/** Whose permissions are asked for. */
export interface Asker {
  /** Tells access tokens apart, and is none. */
  key: string
  /** End of the access token's life in seconds since the epoch, as far as it is known. */
  endsAt: number | undefined
}

/** How long what is found out is kept. */
interface Keeping {
  question: Question
  /** Of the question: two that ask the same have the same. */
  key: string
  /** Seconds, at most; and never past the end of the access token. */
  cacheFor: number
}

const decisionsOf = weakCache(
  ({ settings }: Provider) => new KeptAnswers<Decision>(MAX_DECISIONS, settings.now),
)
const listsOf = weakCache(
  ({ settings }: Provider) => new KeptAnswers<readonly GrantedPermission[]>(MAX_LISTS, settings.now),
)

/** A decision that is kept, or on its way. */
export function knownDecision(
  provider: Provider,
  { key }: Asker,
  asked: Keeping,
): Promise<Decision> | undefined {
  return decisionsOf(provider).known(`${key} ${asked.key}`)
}

/** Decides what of a question is missing: all of it has to be granted. Throws what `askPermissions` throws. */
export function decide(
  provider: Provider,
  asker: Asker,
  asked: Keeping,
  accessToken: string,
): Promise<Decision> {
  return decisionsOf(provider).get(
    `${asker.key} ${asked.key}`,
    () => newDecision(provider, asked.question, accessToken),
    ({ missing }) =>
      until(provider, asker, Math.min(asked.cacheFor, missing.length > 0 ? DENIAL_MEMORY : Infinity)),
  )
}

/** All that the user may do with the resources of a client; nothing at all where Keycloak denies. */
export function listPermissions(
  provider: Provider,
  asker: Asker,
  asked: Keeping,
  accessToken: string,
): Promise<readonly GrantedPermission[]> {
  return listsOf(provider).get(
    `${asker.key} ${asked.key}`,
    async () => {
      const granted = await askPermissions(provider, accessToken, asked.question)
      return Object.freeze(typeof granted === 'string' ? [] : granted)
    },
    () => until(provider, asker, asked.cacheFor),
  )
}

function until({ settings }: Provider, { endsAt }: Asker, seconds: number): number {
  return Math.min(settings.now() + seconds, endsAt ?? Number.POSITIVE_INFINITY)
}

/**
 * Permissions by name go in one request. Each by an address goes in a request of its own: the answer does not say
 * which of several addresses it is about.
 */
async function newDecision(provider: Provider, question: Question, accessToken: string): Promise<Decision> {
  const places = question.permissions.map((permission, place) => ({ permission, place }))
  const named = places.filter(({ permission }) => !permission.byUri)
  const groups = [
    ...(named.length > 0 ? [named] : []),
    ...places.filter(({ permission }) => permission.byUri).map(one => [one]),
  ]
  const parts = await Promise.all(
    groups.map(async group => {
      const permissions: AskedPermission[] = group.map(({ permission }) => permission)
      const granted = await askPermissions(provider, accessToken, { ...question, permissions })
      if (typeof granted === 'string') return { missing: group.map(({ place }) => place), denial: granted }
      return {
        missing: group.filter(({ permission }) => !isGranted(permission, granted)).map(({ place }) => place),
      }
    }),
  )
  const denial = parts.find(part => part.denial !== undefined)?.denial
  return { missing: parts.flatMap(({ missing }) => missing), ...(denial !== undefined && { denial }) }
}

/** How many decisions are kept; for tests. */
export function keptDecisions(provider: Provider): number {
  return decisionsOf(provider).size
}
