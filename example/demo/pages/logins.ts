import { type Html, html } from '../../support/html.js'
import type { Application, Demo } from '../application.js'
import { unwatched } from '../watch/channels.js'

type User = Demo['users'][number]

/** How many logins these users have at each application; `action` adds a cell to a row. */
export async function loginsTable(
  { applications }: Demo,
  users: readonly User[],
  action?: (user: User) => Html,
): Promise<Html> {
  const rows = users.map(async user => {
    const counts = await Promise.all(applications.map(application => countOf(application, user)))
    return html`<tr><th scope="row">${user.username}</th>
${counts.map(count => html`<td>${yesOrNo(count)}</td>`)}
${action && html`<td>${action(user)}</td>`}</tr>`
  })
  return html`<table class="logins">
<thead><tr><th scope="col">User</th>${applications.map(({ name }) => html`<th scope="col">${name}</th>`)}
${action && html`<td></td>`}</tr></thead>
<tbody>${await Promise.all(rows)}</tbody>
</table>`
}

function yesOrNo(count: number): Html {
  return count === 0 ? html`no` : html`<span class="ok">yes</span>${count > 1 && `, ${count} times`}`
}

async function countOf({ keycloak }: Application, { sub }: User): Promise<number> {
  return (await unwatched(() => keycloak.logins({ sub }))).length
}
