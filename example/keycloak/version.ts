/** What of a Keycloak release's number decides how it is fetched, started and configured. */

/** The newest release that this runner was tried with. */
export const NEWEST = '26.7.3'

/** Whether `version` is `major.minor` or younger. */
export function atLeast(version: string, major: number, minor = 0): boolean {
  const [itsMajor = 0, itsMinor = 0] = version.split('.').map(Number)
  return itsMajor > major || (itsMajor === major && itsMinor >= minor)
}

/** Up to 16 Keycloak is a WildFly server, with everything under `/auth`; from 17 on it is a Quarkus one. */
export function isWildFly(version: string): boolean {
  return !atLeast(version, 17)
}
