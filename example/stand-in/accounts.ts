import { randomUUID } from 'node:crypto'
import type { StandInUser } from './options.js'

export interface Account extends StandInUser {
  sub: string
}

/** The realm's users, by name and by `sub`. */
export class Accounts {
  readonly #bySub = new Map<string, Account>()

  constructor(users: StandInUser[]) {
    for (const user of users) this.add(user)
  }

  add(user: StandInUser): Account {
    const account = { sub: randomUUID(), ...user }
    this.#bySub.set(account.sub, account)
    return account
  }

  find(sub: string | undefined): Account | undefined {
    return sub === undefined ? undefined : this.#bySub.get(sub)
  }

  byName(username: string): Account | undefined {
    return this.all().find(account => account.username === username)
  }

  all(): Account[] {
    return [...this.#bySub.values()]
  }

  /** The account, if that is its password. */
  check(username: string, password: string): Account | undefined {
    const account = this.byName(username)
    return account?.password === password ? account : undefined
  }
}

/** What Keycloak's default scopes `profile` and `email` say about a user. */
export function profileClaims(account: Account) {
  const [given, ...family] = account.name?.split(' ') ?? []
  return {
    sub: account.sub,
    preferred_username: account.username,
    ...(account.name && { name: account.name, given_name: given, family_name: family.join(' ') }),
    ...(account.email && { email: account.email, email_verified: true }),
  }
}

/** Roles, in the two claims where Keycloak puts them. */
export function roleClaims(account: Account) {
  const clients = Object.entries(account.clientRoles ?? {})
  return {
    realm_access: { roles: account.realmRoles ?? [] },
    resource_access: Object.fromEntries(clients.map(([clientId, roles]) => [clientId, { roles }])),
  }
}
