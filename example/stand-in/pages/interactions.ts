import type { Context, Next } from 'koa'
import type { InteractionResults } from 'oidc-provider'
import type { Provider } from '../oidc-provider.js'
import { requestedAcr } from '../policy.js'
import type { Realm } from '../realm.js'
import { consentPage, errorPage, loginPage, registrationPage } from './pages.js'

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>
type Form = URLSearchParams
/** The way on: a result for oidc-provider, or the page again with a message. */
type Outcome = { result: InteractionResults } | { error: string }

const path = /^\/login-actions\/authenticate\/[\w-]+$/

/** The pages that a person sees: login, registration, consent. */
export function serveInteractions(provider: Provider, realm: Realm): void {
  provider.use(async (ctx: Context, next: Next) => {
    if (!path.test(ctx.path)) return next()
    setHeaders(ctx)
    const interaction = await provider.interactionDetails(ctx.req, ctx.res).catch(() => undefined)
    if (!interaction) {
      ctx.status = 400
      ctx.body = errorPage('This page has expired. Go back to the application and log in again.')
      return
    }
    if (ctx.method === 'POST') await submit(provider, realm, ctx, interaction)
    else ctx.body = await render(provider, realm, interaction)
  })
}

function setHeaders(ctx: Context): void {
  ctx.type = 'html'
  ctx.set('Cache-Control', 'no-store')
  ctx.set('X-Frame-Options', 'DENY')
  ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
}

async function submit(provider: Provider, realm: Realm, ctx: Context, interaction: Interaction) {
  const form = await readForm(ctx)
  const outcome = form.has('cancel') ? cancelled : respond(realm, interaction, form)
  if ('error' in outcome) {
    ctx.body = await render(provider, realm, interaction, outcome.error, form)
    return
  }
  ctx.status = 303
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, outcome.result))
}

/** Who logged in, as opposed to being let in by a session. */
export function reportLogins(provider: Provider, { accounts, events }: Realm): void {
  provider.on('authorization.success', ({ oidc }) => {
    const { username } = accounts.find(oidc.result?.login?.accountId) ?? {}
    const { clientId } = oidc.client ?? {}
    if (username === undefined || clientId === undefined) return
    events.emit('loginSuccess', { username, clientId, sid: oidc.session?.sidFor(clientId) })
  })
}

const cancelled: Outcome = {
  result: { error: 'access_denied', error_description: 'The user has cancelled' },
}

function respond(realm: Realm, interaction: Interaction, form: Form): Outcome {
  const { name } = interaction.prompt
  if (name === 'consent') return { result: { consent: {} } }
  return name === 'create' ? register(realm, form) : authenticate(realm, interaction, form)
}

function authenticate(realm: Realm, { params }: Interaction, form: Form): Outcome {
  const account = realm.accounts.check(form.get('username')?.trim() ?? '', form.get('password') ?? '')
  if (!account) return { error: 'Invalid username or password.' }
  return { result: { login: { accountId: account.sub, acr: requestedAcr(params) } } }
}

function register({ accounts }: Realm, form: Form): Outcome {
  const username = form.get('username')?.trim() ?? ''
  const password = form.get('password') ?? ''
  if (!username || !password) return { error: 'Choose a username and a password.' }
  if (accounts.byName(username)) return { error: 'That username is taken.' }
  const { sub } = accounts.add({ username, password, email: form.get('email') || `${username}@example.com` })
  return { result: { create: {}, login: { accountId: sub, acr: '1' } } }
}

async function render(
  provider: Provider,
  realm: Realm,
  { prompt, params, session }: Interaction,
  error?: string,
  form?: Form,
): Promise<string> {
  const client = await provider.Client.find(String(params.client_id))
  const application = client?.clientName ?? String(params.client_id)
  const known = realm.accounts.find(session?.accountId)?.username
  const username = form?.get('username') ?? known ?? String(params.login_hint ?? '')
  if (prompt.name === 'consent') return consentPage({ application, scope: String(params.scope ?? '') })
  if (prompt.name === 'create') return registrationPage({ application, username, error })
  const users = realm.settings.showUsers ? realm.accounts.all() : []
  return loginPage({ application, username, error, users })
}

async function readForm(ctx: Context): Promise<Form> {
  let text = ''
  for await (const chunk of ctx.req) {
    text += chunk
    if (text.length > 10_000) ctx.throw(413)
  }
  return new URLSearchParams(text)
}
