import { checkArgument } from '../../check-options.js'
import { AccessError } from '../../errors.js'
import { askToLogIn } from '../../http/guard/ask-to-log-in.js'
import { loadedState, stateOf } from '../../http/guard/login-state.js'
import { pass } from '../../http/guard/pass.js'
import { ORGANIZATION, type Organization, organizationOf } from '../../http/login/organization.js'
import { refused } from '../../http/refusal.js'
import { isNavigation } from '../../http/request.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { isMember, organizationsOf } from '../../token.js'

/**
 * Lets only users pass whose login, or token that `bearer` or `authenticate` verified, is for an organization of
 * Keycloak's: for the one with that alias, by default for any. Pass-through.
 *
 * Reads the claim `organization`. A browser that wants a page without that goes to a login for the organization, and
 * comes back; the callback refuses one that is for none, so that nobody goes there twice by itself.
 *
 * Throws `organization_missing` (403), `invalid_request` for an alias of the request's that is none. Nobody logged in:
 * as `requireLogin`. `invalid_options` when it is called.
 */
export function requireOrganization(
  provider: Provider,
  ...which: [] | [organization: Organization]
): Middleware {
  checkProvider('requireOrganization()', provider)
  // One that is named and undefined must not let in whoever is in any.
  if (which.length > 0) checkArgument('requireOrganization()', 'the organization', which[0], ORGANIZATION)
  const [organization = '*'] = which
  return async function requireOrganization(ctx, next) {
    const alias = organizationOf(ctx, organization)
    const { bearer } = stateOf(provider, ctx)
    const state = bearer === undefined ? loadedState(provider, ctx, 'requireOrganization') : undefined
    const organizations = bearer ? organizationsOf(bearer) : (state?.token?.organizations ?? [])
    if (isMember(organizations, alias)) return pass(ctx, next)
    if (state !== undefined && (!state.loggedIn || isNavigation(ctx)))
      return askToLogIn(provider, ctx, { organization: alias })
    throw refused(provider, 'access.refused', new AccessError('organization_missing'))
  }
}
