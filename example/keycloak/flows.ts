import type { AdminCall } from './admin-call.js'

/** As much of Keycloak's representation of authentication flows as is touched here. */
export interface Flow {
  alias: string
  providerId: string
  topLevel: boolean
  authenticationExecutions: Execution[]
}

export interface Execution {
  requirement: string
  authenticator?: string
  authenticatorConfig?: string
  /** Instead of an authenticator: the alias of a flow within this one. */
  flowAlias?: string
}

export interface AuthenticatorConfig {
  alias: string
  config: Record<string, string>
}

/**
 * Makes flows step by step, as an administrator does by hand.
 *
 * An older Keycloak that finds flows in a realm file takes them for all that there are, and makes none of its
 * own: nobody can register then, and no client can identify itself.
 */
export async function makeFlows(
  call: AdminCall,
  flows: readonly Flow[],
  configs: readonly AuthenticatorConfig[],
): Promise<void> {
  for (const flow of flows.filter(({ topLevel }) => topLevel)) {
    const { authenticationExecutions: _, ...head } = flow
    await call('POST', '/authentication/flows', { ...head, builtIn: false })
    const made = await makeExecutions(call, flow, flows)
    await settle(call, flow.alias, made, configs)
  }
}

/** Returns what it made in the order in which Keycloak lists it: depth first. */
async function makeExecutions(call: AdminCall, parent: Flow, flows: readonly Flow[]): Promise<Execution[]> {
  const made: Execution[] = []
  const path = `/authentication/flows/${encodeURIComponent(parent.alias)}/executions`
  for (const execution of parent.authenticationExecutions) {
    made.push(execution)
    const child = flows.find(({ alias }) => alias === execution.flowAlias)
    if (child === undefined) {
      await call('POST', `${path}/execution`, { provider: execution.authenticator })
    } else {
      await call('POST', `${path}/flow`, { alias: child.alias, type: child.providerId })
      made.push(...(await makeExecutions(call, child, flows)))
    }
  }
  return made
}

async function settle(
  call: AdminCall,
  alias: string,
  made: readonly Execution[],
  configs: readonly AuthenticatorConfig[],
): Promise<void> {
  const path = `/authentication/flows/${encodeURIComponent(alias)}/executions`
  const listed = (await call('GET', path)) as { id: string }[]
  for (const [index, { requirement, authenticatorConfig }] of made.entries()) {
    const entry = listed[index]
    if (entry === undefined) throw new Error(`Keycloak lost a step of the flow '${alias}'.`)
    await call('PUT', path, { ...entry, requirement })
    const config = configs.find(each => each.alias === authenticatorConfig)
    if (config) await call('POST', `/authentication/executions/${entry.id}/config`, config)
  }
}
