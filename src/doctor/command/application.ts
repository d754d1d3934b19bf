import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createKeycloak, type KeycloakOptions } from '../../index.js'
import { Provider } from '../../provider/provider.js'
import { isObject } from '../../util/kind-of.js'
import type { Subject } from '../subject.js'
import { UsageError, type Values } from './arguments.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** The application that the command is about. */
export interface Application {
  readonly keycloak: Subject
  /** The Koa application, where the configuration has it. */
  readonly app?: { readonly keys?: unknown }
}

/** By a file, or by the options and the environment. Throws a `UsageError`, or `invalid_options`. */
export async function applicationOf(values: Values, environment: Environment): Promise<Application> {
  if (values.config === undefined) return { keycloak: createKeycloak(optionsOf(values, environment)) }
  const both = (['configuration', 'client-id', 'issuer', 'prefix', 'scope', 'legacy'] as const).find(
    name => values[name] !== undefined,
  )
  if (both !== undefined)
    throw new UsageError(`--${both} and --config contradict each other: the file says it all.`)
  return fromFile(values.config)
}

function optionsOf(values: Values, environment: Environment): KeycloakOptions {
  const configuration = values.configuration ?? environment.KEYCLOAK_CONFIGURATION
  const clientId = values['client-id'] ?? environment.KEYCLOAK_CLIENT_ID
  if (!configuration)
    throw new UsageError('--configuration is missing (or KEYCLOAK_CONFIGURATION, or --config).')
  if (!clientId) throw new UsageError('--client-id is missing (or KEYCLOAK_CLIENT_ID, or --config).')
  const clientSecret = environment.KEYCLOAK_CLIENT_SECRET || undefined
  return {
    configuration,
    clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    issuer: values.issuer,
    prefix: values.prefix,
    scopes: values.scope,
    legacy: values.legacy,
  }
}

async function fromFile(file: string): Promise<Application> {
  const path = resolve(file)
  const exported = file.endsWith('.json') ? { default: await readJson(path) } : await load(path)
  const main = exported.keycloak ?? exported.default
  const keycloak = isSubject(main) ? main : createKeycloak(main as KeycloakOptions)
  return { keycloak, ...(isObject(exported.app) && { app: exported.app }) }
}

function isSubject(value: unknown): value is Subject {
  return value instanceof Provider || (isObject(value) && value.provider instanceof Provider)
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    throw new UsageError(`${path} can not be read, or is not JSON.`)
  }
}

async function load(path: string): Promise<Record<string, unknown>> {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(path).href)
    // A CommonJS module's exports are its default, besides.
    return isObject(module.default) && 'keycloak' in module.default ? { ...module.default } : { ...module }
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : 'it throws something that is no error.'
    throw new UsageError(`${path} can not be loaded: ${words}`, { cause })
  }
}
