import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Program, start } from '../example/program.js'
import { startChromium } from '../support/browser/chromium.js'

/** Widths in CSS pixels. */
const PHONE = 360
const DESK = 1200

describe('The demo in a real browser', () => {
  let chromium: Browser
  let context: BrowserContext
  let demo: Program
  let one: string
  let two: string
  /** Where screenshots are for whoever wants to look: SCREENSHOTS, else a temporary folder. */
  const screenshots = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'screenshots-'))

  before(async () => {
    chromium = await startChromium()
    demo = start('demo.ts', { PORT: '0', PORT_TWO: '0', KEYCLOAK_PORT: '0' })
    one = await demo.printed(/Application one +(http\S+)/)
    two = await demo.printed(/Application two +(http\S+)/)
  })
  after(async () => {
    await chromium?.close()
    await demo?.end('SIGINT')
  })
  beforeEach(async () => {
    context = await chromium.newContext({ viewport: { width: DESK, height: 800 } })
  })
  afterEach(() => context.close())

  async function logIn(page: Page, url: string): Promise<void> {
    await page.goto(`${url}/openid/login`)
    await page.fill('[name=username]', 'alice')
    await page.fill('[name=password]', 'alice')
    await page.click('#kc-form-login button')
    await page.waitForURL(`${url}/`)
  }

  const text = async (page: Page) => ((await page.textContent('body')) ?? '').replace(/\s+/g, ' ')

  it('logs in here, is known there, logs out here, and is gone there', async () => {
    const [first, second] = [await context.newPage(), await context.newPage()]
    await logIn(first, one)
    assert.match(await text(first), /You are logged in as alice/)
    await second.goto(`${two}/openid/login`)
    assert.match(await text(second), /You are logged in as alice/)
    await first.goto(`${one}/openid/logout`)
    assert.match(await text(first), /Nobody is logged in here/)
    await second.reload()
    assert.match(await text(second), /Nobody is logged in here/)
  })

  it('has no token in any page, in its storage or in a cookie that a script could read', async () => {
    const page = await context.newPage()
    await logIn(page, one)
    const seen = await page.evaluate(
      '[document.documentElement.outerHTML, document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join()',
    )
    assert.doesNotMatch(String(seen), /eyJ[\w-]+\.[\w-]+\.[\w-]+/)
    for (const { value } of await context.cookies(one)) assert.doesNotMatch(value, /eyJ[\w-]+\.eyJ/)
  })

  for (const width of [PHONE, DESK]) {
    it(`fits a screen of ${width} pixels: no page scrolls sideways`, async () => {
      const page = await context.newPage()
      await page.setViewportSize({ width, height: 740 })
      const wide: string[] = []
      const look = async (name: string) => {
        await page.screenshot({ path: join(screenshots, `${name}-${width}.png`), fullPage: true })
        if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) wide.push(name)
      }
      await page.goto(one)
      await look('nobody')
      await page.goto(`${one}/openid/login`)
      await look('login')
      await logIn(page, one)
      await look('home')
      for (const name of ['step-up', 'admin']) {
        await page.goto(`${one}/${name}`)
        await look(name)
      }
      assert.deepEqual(wide, [])
    })
  }
})
