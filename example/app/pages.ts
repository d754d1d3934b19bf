import type { Keycloak, LoginState } from '../../src/index.js'
import { type Html, html } from '../support/html.js'

/** `/`: says to everybody who is logged in. */
export function homePage(keycloak: Keycloak, mount: string, state: LoginState): Html {
  const home = `${mount}/`
  return page(
    'koa-keycloak',
    html`<p>${
      state.loggedIn
        ? html`You are logged in as <strong id="username">${state.token.username ?? state.token.sub}</strong>.
<a href="${keycloak.logoutUrl({ redirectUri: home })}">Log out</a>`
        : html`Nobody is logged in. <a href="${keycloak.loginUrl({ returnTo: home })}">Log in</a>`
    }</p>
<ul>
<li><a href="${mount}/profile">Profile</a>: for whoever is logged in</li>
<li><a href="${mount}/admin">Admin</a>: for who has the realm role <code>admin</code></li>
<li><a href="${mount}/api/me">/api/me</a>: JSON</li>
<li><a href="${mount}/userinfo">/userinfo</a>: what the provider says about the user</li>
</ul>`,
  )
}

/** `/profile`: what the ID token says. */
export function profilePage(mount: string, state: LoginState): Html {
  return page(
    'Profile',
    html`<pre>${state.loggedIn && JSON.stringify(state.user, null, 2)}</pre>
<p><a href="${mount}/">Home</a></p>`,
  )
}

function page(title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark }
body { max-width: 40rem; margin: 0 auto; padding: 1rem; font: 1rem/1.6 system-ui, sans-serif }
pre { overflow-x: auto }
</style>
</head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>
`
}
