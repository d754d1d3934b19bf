import type { Claims } from './decode-claims.js'

/** A postal address (OpenID Connect Core 1.0, section 5.1.1). */
export interface AddressClaim {
  readonly formatted?: string
  readonly street_address?: string
  readonly locality?: string
  readonly region?: string
  readonly postal_code?: string
  readonly country?: string
}

/**
 * What an ID token or the userinfo endpoint says of a user (OpenID Connect Core 1.0, sections 2 and 5.1). The types are
 * the specification's: whether a mapper of the realm keeps to them nobody looks.
 */
export interface StandardClaims {
  readonly iss?: string
  readonly sub?: string
  /** Seconds since the epoch. */
  readonly auth_time?: number
  readonly acr?: string
  readonly sid?: string
  readonly name?: string
  readonly given_name?: string
  readonly family_name?: string
  readonly middle_name?: string
  readonly nickname?: string
  readonly preferred_username?: string
  readonly profile?: string
  readonly picture?: string
  readonly website?: string
  readonly email?: string
  readonly email_verified?: boolean
  readonly gender?: string
  /** `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`. */
  readonly birthdate?: string
  readonly zoneinfo?: string
  readonly locale?: string
  readonly phone_number?: string
  readonly phone_number_verified?: boolean
  readonly address?: AddressClaim
  /** Seconds since the epoch. */
  readonly updated_at?: number
}

/** The claims of a user: the standard ones, those of the application's own realm, and others, unknown until looked at. */
export type UserClaims<Own = unknown> = Claims & StandardClaims & Own
