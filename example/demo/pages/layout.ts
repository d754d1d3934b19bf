import { type Html, html } from '../../support/html.js'
import type { Application, Demo } from '../application.js'

/**
 * A page of an application: `body` is two columns, and what goes over both.
 *
 * @param isUsers whether it shows what belongs to a login: it goes when the login ends
 */
export function page(demo: Demo, own: Application, title: string, body: Html, isUsers = false): Html {
  const others = demo.applications.filter(application => application !== own)
  return frame(
    own,
    title,
    html`<nav>
<a href="/sequence">Sequence</a>
<a href="/api-call">API call</a>
<a href="/step-up">Step-up</a>
<a href="/admin">Admin</a>
${others.map(({ name, url }) => html`<a href="${url}/">${name} →</a>`)}
</nav>`,
    html`<main class="wide" data-after="${demo.timeline.version}" data-as="${isUsers && 'user'}">
<p id="news" role="status" hidden>
Something has happened since this page was made. <a href="">Reload</a></p>
${body}
</main>`,
  )
}

/** What all pages have, those that know nothing but the application included. */
export function frame(
  { name, clientId, clientSecret }: Application,
  title: string,
  nav: Html,
  body: Html,
): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${name}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body class="${clientSecret === undefined ? 'two' : 'one'}">
<header>
<h1><a href="/">${name}</a></h1>
<p>${clientSecret === undefined ? 'public' : 'confidential'} client <code>${clientId}</code></p>
${nav}
</header>
${body}
<footer>A demo of koa-keycloak. What it calls Keycloak is a stand-in on this machine: oidc-provider, made to
answer as Keycloak does. It keeps nothing, and everybody’s events are shown to everybody.</footer>
<script src="/page.js"></script>
</body>
</html>
`
}
