/** `error`: a login or a logout fails, or others can get in. `warning`: it works, but is weaker than it has to be. */
export type Severity = 'error' | 'warning'

/**
 * Every finding: how grave it is, what was seen, and what to change, with the names of the admin console of
 * Keycloak 26. Fixed words: what a provider, a store or a client says does not get into a finding.
 */
const FINDINGS = {
  // The provider's metadata.
  provider_unavailable: [
    'error',
    'Keycloak does not answer this machine.',
    'Start Keycloak, or correct `configuration`, `timeout` and `fetch`; look at what lies between: DNS, a firewall, certificates.',
  ],
  provider_response_invalid: [
    'error',
    'What answers at `configuration` is not OpenID Connect.',
    'Correct `configuration`: a proxy or another server answers in Keycloak’s place.',
  ],
  metadata_not_found: [
    'error',
    'There is no such realm at `configuration`, or no such file.',
    'Correct the realm’s name in `configuration`: upper and lower case count, and Keycloak 16 and before has /auth in its paths.',
  ],
  metadata_invalid: [
    'error',
    'The discovery document lacks something, or has an unusable address.',
    'Correct `configuration`: it has to lead to the realm’s discovery document.',
  ],
  metadata_issuer_mismatch: [
    'error',
    'The discovery document names another issuer than `configuration` implies.',
    'Read at an internal address: set `issuer` to the public one. http in place of https: let the proxy before Keycloak set X-Forwarded-*, and start Keycloak with --proxy-headers xforwarded or with --hostname.',
  ],
  metadata_insecure: [
    'error',
    'The discovery document came over https, but has http addresses in it.',
    'Start Keycloak with --proxy-headers xforwarded or with --hostname: it does not know that it is behind a TLS proxy.',
  ],
  https_required: [
    'error',
    'Keycloak is asked over http, and wants https.',
    'Begin `configuration` with https; or Realm settings › General › Require SSL, and behind a TLS proxy start Keycloak with --proxy-headers xforwarded.',
  ],
  issuer_insecure: [
    'warning',
    'Keycloak is reached over http: passwords and tokens can be read on the way.',
    'Give Keycloak a certificate or a TLS proxy (--hostname https://…), and set Realm settings › General › Require SSL.',
  ],

  // Keys and clocks.
  keys_unusable: [
    'error',
    'The keys at the provider’s jwks_uri can not be read.',
    'Let this machine reach the jwks_uri of the discovery document; look at Realm settings › Keys.',
  ],
  keys_do_not_verify: [
    'error',
    'What Keycloak signs does not verify with the keys that it publishes, or not for this client and issuer.',
    'Look for a proxy that caches the keys, or for another Keycloak behind the same name; in Realm settings › Keys the active signing key has to be one of RS, PS, ES or EdDSA.',
  ],
  clock_mismatch: [
    'error',
    'The clocks of this machine and of Keycloak differ by more than `clockTolerance`.',
    'Keep both machines on time (NTP). A larger `clockTolerance` hides the difference.',
  ],

  // The client.
  client_unknown: [
    'error',
    'Keycloak has no client with this `clientId`, or it is disabled.',
    'Clients: create it (koa-keycloak client shows how it has to be), or correct `clientId`.',
  ],
  client_disabled: [
    'error',
    'The client is disabled.',
    'Clients › the client: the switch Enabled at the top.',
  ],
  client_bearer_only: [
    'error',
    'The client is “bearer only”: every login fails.',
    'Clients › the client › Settings › Capability config: Client authentication on, Standard flow on.',
  ],
  client_rejected: [
    'error',
    'Keycloak does not accept how this client proves who it is.',
    'Compare `clientSecret` and `clientAuth` with Clients › the client › Credentials.',
  ],
  client_public: [
    'warning',
    'There is a `clientSecret`, but Keycloak does not ask for it: the client is a public one.',
    'Clients › the client › Settings › Capability config: Client authentication on; then copy the secret from Credentials.',
  ],
  redirect_uri_unknown: [
    'error',
    'Keycloak does not know the address to come back to after a login.',
    'Clients › the client › Settings › Access settings: Valid redirect URIs.',
  ],
  redirect_uri_any: [
    'error',
    'Keycloak sends the answer to a login to any host that a link names.',
    'Clients › the client › Settings › Access settings: in Valid redirect URIs no *, but the exact address.',
  ],
  redirect_uri_wildcard: [
    'warning',
    'Keycloak sends the answer to a login to other pages of this application, too.',
    'Clients › the client › Settings › Access settings: in Valid redirect URIs the exact address, without *.',
  ],
  redirect_uris_unused: [
    'warning',
    'The client has redirect URIs that this application does not use.',
    'Clients › the client › Settings › Access settings: take them out of Valid redirect URIs.',
  ],
  standard_flow_off: [
    'error',
    'The client may not use the standard flow: every login fails.',
    'Clients › the client › Settings › Capability config › Authentication flow: Standard flow.',
  ],
  scope_refused: [
    'error',
    'Keycloak refuses a scope that `scopes` asks for.',
    'Clients › the client › Client scopes › Add client scope, or take it out of `scopes`.',
  ],
  login_refused: [
    'error',
    'Keycloak refuses the authentication request.',
    'Keycloak’s log says why. Likely: Clients › the client › Advanced (pushed or signed requests demanded), or Realm settings › Client policies.',
  ],
  login_elsewhere: [
    'error',
    'In place of Keycloak’s answer to an authentication request comes a redirect to another address.',
    'Let a proxy before Keycloak pass requests on as they are; with https, `configuration` has to begin with https.',
  ],
  pkce_not_required: [
    'warning',
    'Keycloak takes authentication requests without PKCE for this client.',
    'Clients › the client › Settings › Capability config: Require PKCE, PKCE Method S256 (before 26.4: Advanced › Advanced settings › Proof Key for Code Exchange Code Challenge Method).',
  ],
  implicit_flow_on: [
    'warning',
    'The client may use the implicit flow, which puts tokens into addresses.',
    'Clients › the client › Settings › Capability config › Authentication flow: Implicit flow off.',
  ],
  direct_access_on: [
    'warning',
    'The client may ask for users’ passwords itself (direct access grants).',
    'Clients › the client › Settings › Capability config › Authentication flow: Direct access grants off.',
  ],
  device_flow_on: [
    'warning',
    'The client may use the device flow, by which users can be talked into logging somebody else in.',
    'Clients › the client › Settings › Capability config › Authentication flow: OAuth 2.0 Device Authorization Grant off.',
  ],
  service_account_off: [
    'error',
    'The client has no service account: `clientToken()` fails.',
    'Clients › the client › Settings › Capability config › Authentication flow: Service accounts roles.',
  ],
  service_account_on: [
    'warning',
    'The client has a service account, though the application was not said to use one.',
    'Clients › the client › Settings › Capability config › Authentication flow: Service accounts roles off; or tell the doctor `serviceAccount`.',
  ],

  // Logout.
  post_logout_redirect_uri_unknown: [
    'error',
    'Keycloak does not know an address to come back to after a logout: the user is left on an error page.',
    'Clients › the client › Settings › Access settings: Valid post logout redirect URIs (before 19: Valid redirect URIs).',
  ],
  post_logout_redirect_uri_wildcard: [
    'warning',
    'Keycloak comes back from a logout to addresses that this application does not use.',
    'Clients › the client › Settings › Access settings: in Valid post logout redirect URIs exact addresses, without *.',
  ],
  legacy_wrong: [
    'error',
    'Keycloak does not understand how this application asks for a logout.',
    'Set `legacy: true` for Keycloak 17 and before, and leave it out from 18 on.',
  ],
  logout_requests_unsupported: [
    'warning',
    'This provider sends no logout requests: a logout elsewhere shows here at the next renewal only.',
    'Keycloak sends them from version 12 on.',
  ],
  logout_request_address_local: [
    'warning',
    'Keycloak is on another machine, but is to send its logout requests to a loopback address.',
    'Clients › the client › Settings › Logout settings › Backchannel logout URL: an address by which Keycloak’s machine reaches this application.',
  ],
  logout_request_refused: [
    'error',
    'The logout-request address does not answer as this package’s route does (400 to an unreadable token).',
    'Let nothing stand before that route: no login wall, no CSRF check, no redirect to https or to another host; a proxy has to pass POST on.',
  ],
  front_channel_logout_on: [
    'error',
    'Front channel logout is on: Keycloak sends no logout requests, and says nothing about it.',
    'Clients › the client › Settings › Logout settings: Front channel logout off. It is on in every client that the console makes.',
  ],
  logout_request_address_missing: [
    'error',
    'Keycloak has no address for logout requests: a logout elsewhere shows here at the next renewal only.',
    'Clients › the client › Settings › Logout settings: Backchannel logout URL.',
  ],
  logout_request_address_wrong: [
    'error',
    'Keycloak sends logout requests to another address than this application’s.',
    'Clients › the client › Settings › Logout settings: Backchannel logout URL.',
  ],
  logout_request_session_off: [
    'warning',
    'Keycloak’s logout requests do not name the session: each ends all logins of its user.',
    'Clients › the client › Settings › Logout settings: Backchannel logout session required on.',
  ],
  id_token_algorithm: [
    'error',
    'The client’s ID tokens are not signed in a way that this package accepts.',
    'Clients › the client › Advanced › Fine grain OpenID Connect configuration: ID token signature algorithm one of RS, PS, ES or EdDSA.',
  ],

  // Where the application is.
  own_address_insecure: [
    'warning',
    'The application is reached over http: its cookies can be read on the way.',
    'Put a TLS proxy before it and set `baseUrl` to its https address.',
  ],
  own_address_wrong: [
    'error',
    'The application sends its users to Keycloak with another address to come back to.',
    'Behind a proxy set app.proxy = true and let it set X-Forwarded-Proto and X-Forwarded-Host, or set `baseUrl`.',
  ],
  own_client_wrong: [
    'error',
    'The application that answers there is another client of Keycloak.',
    'Correct `baseUrl`, or the options that the doctor was given: they have to be the application’s.',
  ],
  login_route_missing: [
    'error',
    'At the address of the login route there is no login route.',
    'app.use(keycloak.routes()) at the path that `baseUrl` and `prefix` say; a proxy has to pass that path on.',
  ],
  login_route_fails: [
    'error',
    'The application’s login route fails.',
    'The application’s log says why, with a code: keys_missing, session_missing, insecure_transport, or something of Keycloak’s.',
  ],

  // The store of logins, and the application's keys.
  store_in_memory: [
    'warning',
    'Logins are kept in this process’ memory, though this is production.',
    'Give `store` a Redis client: logins outlive a restart then, and every process knows them.',
  ],
  store_unavailable: [
    'error',
    'The store of logins does not answer.',
    'Start it, or correct its address; look at its user’s rights, and at `storeTimeout`.',
  ],
  store_contract: [
    'error',
    'The store does not do what a store of logins has to.',
    'Run `koa-keycloak/store-contract` in its tests: logins come back after a logout, or get lost, in a store that fails it.',
  ],
  store_slow: [
    'warning',
    'The store is slow: every request of a logged-in user waits for it once.',
    'Bring store and application closer together, and look at what else the store is busy with.',
  ],
  store_evicts: [
    'warning',
    'Redis throws keys away when its memory is full: users are logged out, and the note of a logout can get lost.',
    'Set maxmemory-policy noeviction, in a Redis that is not used as a cache besides.',
  ],
  store_clock: [
    'warning',
    'The clocks of this machine and of Redis differ by more than `clockTolerance`.',
    'Keep both machines on time (NTP): processes on several machines compare their times in the store.',
  ],
  app_keys_missing: [
    'error',
    'app.keys is missing or empty: no login can begin.',
    'app.keys = [secret], the same for every process, at least 32 random bytes each.',
  ],
  app_keys_weak: [
    'warning',
    'A key in app.keys can be guessed, and with it sessions can be forged.',
    'At least 32 random bytes each, e.g. of openssl rand -base64 32, from the environment or a secret store.',
  ],

  // With administrator's rights.
  admin_refused: [
    'error',
    'Keycloak does not accept the administrator, or does not show the client.',
    'Correct user and password, or client and secret, and the realm they belong to; they need the realm-management role view-clients.',
  ],
} as const satisfies Record<string, readonly [severity: Severity, seen: string, change: string]>

/** The stable name of a finding; test for this, never for a text. */
export type FindingCode = keyof typeof FINDINGS

/** One thing that is not as it has to be. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: Severity
  /** What was seen, in a sentence. */
  readonly seen: string
  /** What to change, and where: the admin console's field, or the option. */
  readonly change: string
}

/**
 * A finding. `detail` makes precise what was seen: fixed words, numbers, and what the options say themselves.
 */
export function finding(
  code: FindingCode,
  { detail, severity }: { detail?: string | undefined; severity?: Severity } = {},
): Finding {
  const [usual, seen, change] = FINDINGS[code]
  return { code, severity: severity ?? usual, seen: detail ? `${seen} ${detail}` : seen, change }
}

export function isFindingCode(code: string): code is FindingCode {
  return Object.hasOwn(FINDINGS, code)
}

/** For the reference and its test. */
export const findingCodes = Object.keys(FINDINGS) as FindingCode[]
