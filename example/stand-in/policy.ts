import type { KoaContextWithOIDC } from 'oidc-provider'
import { interactionPolicy } from './oidc-provider.js'

const levels = ['0', '1', 'gold']
export const acrValues = levels

const level = (acr: string | undefined) => Math.max(0, levels.indexOf(acr ?? '0'))

/** The level that a request asks for: `acr_values` (voluntary) or the `claims` parameter (essential). */
export function requestedAcr(params: Record<string, unknown> = {}): string {
  const values = String(params.acr_values ?? '').split(' ')
  const { acr } = JSON.parse(String(params.claims ?? '{}')).id_token ?? {}
  const asked = [...(acr?.values ?? []), ...values]
  return asked.find(value => levels.includes(value)) ?? '1'
}

const isFresh = ({ oidc }: KoaContextWithOIDC) => oidc.result?.login !== undefined

/** When the login page is shown to someone who has a session: stepping up, and `max_age=0` at once. */
function stricter() {
  const { Check } = interactionPolicy
  return [
    new Check('acr_values', 'a stronger login is required', 'login_required', ctx => {
      return !isFresh(ctx) && level(requestedAcr(ctx.oidc.params)) > level(ctx.oidc.session?.acr ?? '1')
    }),
    new Check('max_age_zero', 'a fresh login is required', 'login_required', ctx => {
      return !isFresh(ctx) && ctx.oidc.params?.max_age === '0'
    }),
  ]
}

export function createPolicy() {
  const policy = interactionPolicy.base()
  for (const check of stricter()) policy.get('login')?.checks.add(check)
  policy.add(new interactionPolicy.Prompt({ name: 'create', requestable: true }), 0)
  return policy
}
