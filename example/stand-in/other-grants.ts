import type { BackchannelAuthenticationRequest, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from './oidc-provider.js'
import type { Realm } from './realm.js'

/** Grants that log in a user without this browser, as a Keycloak has them. */
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
export const CIBA_GRANT = 'urn:openid:params:grant-type:ciba'

/** The device grant, with oidc-provider's own pages; and CIBA, in which every user says yes at once. */
export function otherGrants({ accounts }: Realm) {
  return {
    deviceFlow: { enabled: true },
    ciba: {
      enabled: true,
      deliveryModes: ['poll'],
      processLoginHint: (_ctx, hint) => {
        const account = accounts.byName(hint ?? '')
        if (!account) throw new errors.UnknownUserId()
        return account.sub
      },
      validateBindingMessage: () => undefined,
      validateRequestContext: () => undefined,
      verifyUserCode: () => undefined,
      triggerAuthenticationDevice: (ctx, request) => void setImmediate(() => sayYes(ctx, request)),
    },
  } satisfies Configuration['features']
}

async function sayYes({ oidc }: KoaContextWithOIDC, request: BackchannelAuthenticationRequest) {
  const { accountId = '', clientId = '', scope = '' } = request
  const grant = new oidc.provider.Grant({ accountId, clientId })
  grant.addOIDCScope(scope)
  await grant.save()
  await oidc.provider.backchannelResult(request, grant)
}
