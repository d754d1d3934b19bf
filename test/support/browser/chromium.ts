import { spawnSync } from 'node:child_process'
import { type Browser, chromium } from 'playwright-core'

const candidates = ['chromium', 'chromium-browser', 'google-chrome']

/** Path of a Chromium of this machine. */
export function chromiumPath(): string | undefined {
  for (const name of candidates) {
    const { status, stdout } = spawnSync('which', [name], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  return undefined
}

/** A real browser without a window, which asks nobody outside for anything. */
export function startChromium(): Promise<Browser> {
  const executablePath = chromiumPath()
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
