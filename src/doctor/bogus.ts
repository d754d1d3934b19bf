/** No provider knows a code, a device, a host or a path of this name. */
export const BOGUS = 'koa-keycloak-doctor'
