import { type Forger, type ForgerOptions, startForger } from '../forger/forger.js'
import { type Given, given, use, useEach } from '../use.js'
import { startApp, type TestApp, type TestAppOptions } from './app.js'

export interface ForgedApp extends TestApp {
  forger: Forger
}

/** An application that is a client of a provider which misbehaves as told. */
export async function startForgedApp(
  options: TestAppOptions = {},
  forgerOptions: ForgerOptions = {},
): Promise<ForgedApp> {
  const forger = await startForger({ clientSecret: 'app-secret', ...forgerOptions })
  const app = await startApp({ discoveryUrl: forger.discoveryUrl, addClient: async () => {} }, options)
  const close = async () => {
    await app.close()
    await forger.close()
  }
  return { ...app, forger, close }
}

/** Such an application while the tests of this suite run. */
export function useForgedApp(
  options: Given<TestAppOptions> = {},
  forgerOptions: ForgerOptions = {},
): ForgedApp {
  return use(() => startForgedApp(given(options), forgerOptions))
}

/** A new one for each test. */
export function useForgedAppEach(
  options: Given<TestAppOptions> = {},
  forgerOptions: ForgerOptions = {},
): ForgedApp {
  return useEach(() => startForgedApp(given(options), forgerOptions))
}

/** Sends the application a logout request, correct but for what is overridden. */
export async function requestLogout(
  { url, forger }: ForgedApp,
  ...token: Parameters<Forger['signLogoutToken']>
): Promise<Response> {
  const body = new URLSearchParams({ logout_token: await forger.signLogoutToken(...token) })
  return fetch(`${url}/openid/logout_request`, { method: 'POST', body })
}
