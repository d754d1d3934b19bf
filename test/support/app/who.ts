import type { UserAgent } from '../browser/user-agent.js'
import type { TestApp } from './app.js'

export interface Who {
  loggedIn: boolean
  username?: string
  sid?: string
}

/** Whom the application takes the browser's user for. */
export async function who(browser: UserAgent, { url }: Pick<TestApp, 'url'>): Promise<Who> {
  return (await browser.goto(`${url}/`)).json<Who & Record<string, unknown>>()
}

/** The code of the latest error that Koa was told of. */
export function lastCode({ errors }: Pick<TestApp, 'errors'>): unknown {
  return (errors.at(-1) as { code?: unknown } | undefined)?.code
}
