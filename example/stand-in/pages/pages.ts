import { style } from './style.js'

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, character => entities[character] ?? character)

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>`
}

interface CredentialsPage {
  application: string
  username: string
  error?: string | undefined
}

export function loginPage(
  options: CredentialsPage & { users: { username: string; password: string }[] },
): string {
  const { application, users } = options
  return page(
    'Log in',
    `<p>to continue to <strong>${escapeHtml(application)}</strong></p>
<form id="kc-form-login" method="post">
${credentialFields(options, 'current-password')}
${buttons('Log in')}
</form>
${users.length ? hints(users) : ''}`,
  )
}

export function registrationPage(options: CredentialsPage): string {
  return page(
    'Register',
    `<p>and continue to <strong>${escapeHtml(options.application)}</strong></p>
<form id="kc-register-form" method="post">
${credentialFields(options, 'new-password')}
<label for="email">Email <span>(optional)</span></label>
<input id="email" name="email" type="email" autocomplete="email">
${buttons('Register')}
</form>`,
  )
}

function credentialFields({ username, error }: CredentialsPage, autocomplete: string): string {
  const invalid = error ? ' aria-invalid="true" aria-describedby="error"' : ''
  const [nameFocus, passwordFocus] = username ? ['', ' autofocus'] : [' autofocus', '']
  return `${error ? `<p id="error" role="alert">${escapeHtml(error)}</p>` : ''}
<label for="username">Username</label>
<input id="username" name="username" value="${escapeHtml(username)}" autocomplete="username" autocapitalize="none"
 spellcheck="false" required${nameFocus}${invalid}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="${autocomplete}" required${passwordFocus}${invalid}>`
}

/** Cancel skips the browser's own check of the fields. */
function buttons(label: string): string {
  return `<div class="buttons">
<button type="submit">${label}</button>
<button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button>
</div>`
}

function hints(users: { username: string; password: string }[]): string {
  const rows = users.map(
    ({ username, password }) =>
      `<tr><td><code>${escapeHtml(username)}</code></td><td><code>${escapeHtml(password)}</code></td></tr>`,
  )
  return `<table>
<caption>Users to try at this stand-in for Keycloak</caption>
<thead><tr><th scope="col">Username</th><th scope="col">Password</th></tr></thead>
<tbody>${rows.join('')}</tbody>
</table>`
}

export function consentPage({ application, scope }: { application: string; scope: string }): string {
  const items = scope.split(' ').map(name => `<li><code>${escapeHtml(name)}</code></li>`)
  return page(
    'Grant access',
    `<p><strong>${escapeHtml(application)}</strong> asks for</p>
<ul>${items.join('')}</ul>
<form method="post">
<input type="hidden" name="consent" value="yes">
${buttons('Allow')}
</form>`,
  )
}

/** `form` is oidc-provider's own, with its anti-forgery token. */
export function confirmLogoutPage(form: string): string {
  return page(
    'Log out',
    `<p>Do you want to log out?</p>
${form}
<div class="buttons">
<button type="submit" form="op.logoutForm" name="logout" value="yes">Log out</button>
</div>`,
  )
}

export const loggedOutPage = (): string => page('Logged out', '<p>You are logged out.</p>')

export const errorPage = (message: string): string =>
  page('We are sorry', `<p role="alert">${escapeHtml(message)}</p>`)
