/** `npm start`: two applications and a stand-in for Keycloak, with nothing else installed. */
import { type RunningDemo, startDemo } from './demo/start.js'
import { askedToEnd, run } from './support/ending.js'
import { portFrom } from './support/port.js'

await run(async () => {
  const demo = await startDemo({
    one: portFrom('PORT', 2700),
    two: portFrom('PORT_TWO', 2701),
    keycloak: portFrom('KEYCLOAK_PORT', 2780),
  })
  console.log(introduction(demo))
  await askedToEnd()
  await demo.close()
})

function introduction({ applications, standIn, users }: RunningDemo): string {
  const addresses = applications.map(({ name, url, clientId, clientSecret }) => {
    const kind = clientSecret === undefined ? 'public' : 'confidential'
    return `  ${name}   ${url}   ${kind} client ${clientId}`
  })
  return `
${addresses.join('\n')}
  Keycloak          ${standIn.issuer}
                    not a real one: oidc-provider on this machine, made to answer as Keycloak does

  users             ${users.map(({ username }) => `${username} / ${username}`).join(', ')} (alice is an admin)

Log in to one application, and open the other: you are logged in there too. Log out of one, and
look at the other. Then break something: ${applications[0]?.url}/sequence

Ctrl-C ends it, and everything is forgotten then.`
}
