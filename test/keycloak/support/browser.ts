import type { Page } from '../../support/browser/page.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import type { Form } from './login-form.js'
import { LoopbackJar } from './loopback-jar.js'

/** A browser that gets along with Keycloak on http://localhost. */
export function browser(): UserAgent {
  return new UserAgent(new LoopbackJar())
}

/** Sends a form that was filled in, from the page that showed it. */
export function send(agent: UserAgent, from: Page, { action, method, fields }: Form): Promise<Page> {
  if (method === 'POST') return agent.goto(action, { from, method, body: fields })
  const url = new URL(action)
  url.search = new URLSearchParams(fields).toString()
  return agent.goto(url.href, { from })
}
