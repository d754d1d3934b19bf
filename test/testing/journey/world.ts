import type { Failure } from '../../../src/testing/index.js'
import type { TestApp, TestAppOptions } from '../../support/app/app.js'
import type { UserAgent } from '../../support/browser/user-agent.js'

/** The endpoints that every provider which can fail at all can let fail. */
export type FailingEndpoint = 'discovery' | 'token' | 'userinfo'

export interface WorldAppOptions extends Omit<TestAppOptions, 'clientId' | 'clientSecret'> {
  /** A second client of the provider. */
  second?: boolean
}

/** How a login ended: where the browser is, and what it was answered there. */
export interface Outcome {
  url: string
  status: number
}

/**
 * A provider with its users, and how one gets about there: the kit's, oidc-provider's and Keycloak's own are worlds.
 * Everybody's access tokens live 60 seconds. Alice has the realm role `admin` and, at the first client, the role
 * `editor`; Bob has neither. Nothing in it says what an application has to answer.
 */
export interface World {
  issuer: string
  /** An application that listens, and is a client of this provider's. It goes by the world's clock. */
  startApp(options?: WorldAppOptions): Promise<TestApp>
  newBrowser(): UserAgent
  /** Goes to an application's page that needs a login, logs in, by that strength, and follows back. */
  logIn(browser: UserAgent, url: string, username: string, acr?: string): Promise<Outcome>
  /** Goes to an application's logout, from a page of its own, to the provider, and back; gives where that ends. */
  logOut(browser: UserAgent, url: string): Promise<string>
  /** As an administrator: ends the user's sessions, and tells this application by logout requests. */
  logOutUser(app: TestApp, username: string): Promise<void>
  /** Ends the user's sessions, and tells no application. */
  end(username: string): Promise<void>
  /** An access token of the user's that the second client got: its audience are `account` and the clients of its roles. */
  bearer(username: string): Promise<string>
  rotateKeys(): Promise<void>
  /** Lets so many seconds pass for the applications; once in a test, and for less than a minute where one renews. */
  pass(seconds: number): void
  /** Puts an endpoint out of order; the function that it gives puts it in order again. */
  fail?(endpoint: FailingEndpoint, failure: Exclude<Failure, 'garbage'>): () => void
  close(): Promise<void>
}
