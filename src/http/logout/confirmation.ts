import { RequestError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { sha256 } from '../../util/random.js'
import { loginOf, stateOf } from '../guard/login-state.js'
import { showPage } from '../page.js'
import { isNavigation } from '../request.js'
import { hiddenFields } from '../send-away.js'
import { loginIdIn } from '../session.js'
import type { Context } from '../types.js'

/**
 * Whether a logout may go on that nothing shows to be asked for by a page of this application: when the user has
 * clicked on our page that asks, or when nobody is logged in whom it could end.
 *
 * @param confirmed what the form of that page has sent
 */
export function isConfirmed(provider: Provider, ctx: Context, confirmed: string | null): boolean {
  const proof = proofOf(provider, ctx)
  return proof === undefined || proof === confirmed
}

/**
 * Asks for a click. Throws `logout_unconfirmed` for what is no page that somebody sees.
 *
 * @param params what the request said: where to go afterwards
 */
export function askToConfirm(provider: Provider, ctx: Context, params: URLSearchParams): void {
  if (!isNavigation(ctx)) throw new RequestError('logout_unconfirmed')
  const fields = new URLSearchParams(params)
  fields.set('confirmed', proofOf(provider, ctx) ?? '')
  ctx.status = 200
  showPage(ctx, {
    title: 'Log out?',
    body: `<form method="post">
${hiddenFields(fields)}
<button>Log out</button>
</form>`,
  })
}

/** What only a page of ours can know, and only in the browser of this very login: its secret id goes into it. */
function proofOf(provider: Provider, ctx: Context): string | undefined {
  const state = stateOf(provider, ctx)
  const id = state.loggedIn ? loginOf(state).id : loginIdIn(provider, ctx)
  return id === undefined ? undefined : sha256(`logout of ${id}`)
}
