import { type Browser, chromium } from 'playwright-core'
import { needs, programOf } from '../parts.js'

needs('chromium')

/** A real browser without a window, which asks nobody outside for anything. */
export function startChromium(): Promise<Browser> {
  const executablePath = programOf('chromium')
  if (!executablePath)
    throw new Error('There is no Chromium on this machine (Debian: apt-get install chromium)')
  return chromium.launch({
    executablePath,
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
