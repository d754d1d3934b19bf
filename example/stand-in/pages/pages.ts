import { Html, html } from '../../support/html.js'
import { style } from './style.js'

/** What every page of the stand-in looks like. */
export function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>`.toString()
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
    html`<p>to continue to <strong>${application}</strong></p>
<form id="kc-form-login" method="post">
${credentialFields(options, 'current-password')}
${buttons('Log in')}
</form>
${users.length > 0 && hints(users)}`,
  )
}

export function registrationPage(options: CredentialsPage): string {
  return page(
    'Register',
    html`<p>and continue to <strong>${options.application}</strong></p>
<form id="kc-register-form" method="post">
${credentialFields(options, 'new-password')}
<label for="email">Email <span>(optional)</span></label>
<input id="email" name="email" type="email" autocomplete="email">
${buttons('Register')}
</form>`,
  )
}

function credentialFields({ username, error }: CredentialsPage, autocomplete: string): Html {
  const invalid = error !== undefined && html` aria-invalid="true" aria-describedby="error"`
  const focus = html` autofocus`
  return html`${error !== undefined && html`<p id="error" role="alert">${error}</p>`}
<label for="username">Username</label>
<input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none"
 spellcheck="false" required${!username && focus}${invalid}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="${autocomplete}" required${
    username !== '' && focus
  }${invalid}>`
}

/** Cancel skips the browser's own check of the fields. */
function buttons(label: string): Html {
  return html`<div class="buttons">
<button type="submit">${label}</button>
<button type="submit" name="cancel" value="yes" formnovalidate>Cancel</button>
</div>`
}

function hints(users: { username: string; password: string }[]): Html {
  const rows = users.map(
    ({ username, password }) =>
      html`<tr><td><code>${username}</code></td><td><code>${password}</code></td></tr>`,
  )
  return html`<table>
<caption>Users to try at this stand-in for Keycloak</caption>
<thead><tr><th scope="col">Username</th><th scope="col">Password</th></tr></thead>
<tbody>${rows}</tbody>
</table>`
}

export function consentPage({ application, scope }: { application: string; scope: string }): string {
  return page(
    'Grant access',
    html`<p><strong>${application}</strong> asks for</p>
<ul>${scope.split(' ').map(name => html`<li><code>${name}</code></li>`)}</ul>
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
    html`<p>Do you want to log out?</p>
${new Html(form)}
<div class="buttons">
<button type="submit" form="op.logoutForm" name="logout" value="yes">Log out</button>
</div>`,
  )
}

export const loggedOutPage = (): string => page('Logged out', html`<p>You are logged out.</p>`)

export const errorPage = (message: string): string =>
  page('We are sorry', html`<p role="alert">${message}</p>`)
