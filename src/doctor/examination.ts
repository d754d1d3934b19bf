import { discover } from '../protocol/provider/discover.js'
import { keysFingerprint } from '../protocol/provider/keys.js'
import type { Metadata } from '../protocol/provider/metadata.js'
import { type Refusal, refusal } from '../protocol/provider/refusal.js'
import type { Provider } from '../provider/provider.js'
import { type Addresses, addressesOf } from './addresses.js'
import { type AdminView, adminView } from './admin/admin-view.js'
import { type AuthorizationAnswer, askAuthorization, type Changes, isAccepted } from './authorization.js'
import { BOGUS } from './bogus.js'
import type { Finding } from './findings.js'
import { memo } from './memo.js'
import type { CheckedOptions } from './options.js'
import { Unexamined } from './report.js'
import { askSigned, requireSigning, type SignedAnswer } from './signed-answer.js'

/** One thing that is looked at. */
export interface Probe {
  /** Follows "looked at": `the redirect URI`. */
  readonly what: string
  /** It looks from another side at what others have looked at: what they found is not to be said again. */
  readonly again?: true
  /** Throws `Unexamined` when it can not tell. */
  readonly examine: (x: Examination) => Promise<Finding[]> | Finding[]
}

/** What the probes share: each answer is asked for once, when the first of them wants it. */
export class Examination {
  readonly provider: Provider
  readonly options: CheckedOptions
  /** Throws `Unexamined` while the provider's metadata can not be had. */
  readonly metadata: () => Promise<Metadata>
  /** The answer to an authentication request like that of a login. */
  readonly authorization: () => Promise<AuthorizationAnswer>
  /** How the token endpoint refuses a code that it never gave. */
  readonly codeRefusal: () => Promise<Refusal | undefined>
  /** An answer of the provider's that is signed. Throws `Unexamined` where a provider signs nothing without a login. */
  readonly signedAnswer: () => Promise<SignedAnswer>
  /** What an administrator sees; `undefined` when none was named. Throws `Unexamined` when that fails. */
  readonly admin: () => Promise<AdminView | undefined>

  constructor(provider: Provider, options: CheckedOptions) {
    this.provider = provider
    this.options = options
    this.metadata = memo(() => this.#metadata())
    this.authorization = memo(() => this.ask())
    this.codeRefusal = memo(() => this.refuse('authorization_code', this.#codeParams()))
    this.signedAnswer = memo(async () => {
      requireSigning(await this.metadata())
      await this.#requireKeys()
      await this.requireAuthorization()
      return askSigned(provider, changes => this.ask(changes))
    })
    this.admin = memo(async () => {
      const { admin } = options
      return admin && adminView(provider, await this.metadata(), admin)
    })
  }

  get hasAddresses(): boolean {
    const { baseUrl } = this.provider.settings
    return this.options.baseUrl !== undefined || (baseUrl !== undefined && !baseUrl.startsWith('/'))
  }

  /** Throws `Unexamined` when nothing says where the application is. */
  addresses(): Addresses {
    if (!this.hasAddresses) throw new Unexamined('nothing says where the application is: give baseUrl')
    const { baseUrl, postLogoutRedirectUris } = this.options
    return addressesOf('doctor()', this.provider, baseUrl, postLogoutRedirectUris)
  }

  /** The answer to an authentication request like that of a login, but for these parameters. */
  async ask(changes: Changes = {}): Promise<AuthorizationAnswer> {
    const metadata = await this.metadata()
    try {
      return await askAuthorization(this.provider, metadata, this.addresses().callback, changes)
    } catch (error) {
      if (error instanceof Unexamined || !isForBrowsersOnly(metadata)) throw error
      throw new Unexamined('the authorization endpoint is at an address that this machine does not reach')
    }
  }

  /** How the token endpoint refuses a request of this client that can not succeed. */
  async refuse(grantType: string, params: Record<string, string>): Promise<Refusal | undefined> {
    return refusal(this.provider, await this.metadata(), grantType, params)
  }

  /** Throws `Unexamined` unless the provider takes this client's authentication requests. */
  async requireAuthorization(): Promise<void> {
    if (!isAccepted(await this.authorization()))
      throw new Unexamined('Keycloak does not take the authentication request to begin with')
  }

  /** Throws `Unexamined` unless the provider takes this client's authentication. */
  async requireCredentials(): Promise<void> {
    if ((await this.codeRefusal())?.error !== 'invalid_grant')
      throw new Unexamined('Keycloak does not accept the client’s authentication')
  }

  async #metadata(): Promise<Metadata> {
    try {
      return await discover(this.provider)
    } catch {
      throw new Unexamined('the provider’s metadata can not be had')
    }
  }

  async #requireKeys(): Promise<void> {
    try {
      await keysFingerprint(this.provider)
    } catch {
      throw new Unexamined('the provider’s keys can not be read')
    }
  }

  #codeParams(): Record<string, string> {
    const redirectUri = this.hasAddresses ? this.addresses().callback : `http://${BOGUS}.invalid/`
    return { code: BOGUS, redirect_uri: redirectUri, code_verifier: BOGUS.repeat(3) }
  }
}

/** Users' browsers and this machine may know Keycloak by other names (Keycloak: hostname-backchannel-dynamic). */
function isForBrowsersOnly({ authorization_endpoint, token_endpoint }: Metadata): boolean {
  return new URL(authorization_endpoint).origin !== new URL(token_endpoint).origin
}
