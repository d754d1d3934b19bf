import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { needs, programOf } from '../parts.js'
import { use, useEach } from '../use.js'

needs('chromium')

/**
 * A real browser without a window, which asks nobody outside for anything. The back button shows pages as they were
 * left, as it does for users; Playwright would switch that off.
 */
export function startChromium(): Promise<Browser> {
  const executablePath = programOf('chromium')
  if (!executablePath)
    throw new Error('There is no Chromium on this machine (Debian: apt-get install chromium)')
  return chromium.launch({
    executablePath,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** A Chromium while the tests of this suite run. */
export function useChromium(): Browser {
  return use(startChromium)
}

/** A Chromium in which each test has cookies and tabs of its own. */
export function useTabs(options: BrowserContextOptions = {}): BrowserContext {
  const browser = useChromium()
  return useEach(() => browser.newContext(options))
}

/** Fills in the login page that the tab shows, for a user whose password is the name, and sends it. */
export async function fillIn(page: Page, username = 'alice'): Promise<void> {
  await page.fill('[name=username]', username)
  await page.fill('[name=password]', username)
  await page.press('[name=password]', 'Enter')
}
