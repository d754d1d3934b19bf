import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Page } from 'playwright-core'
import { type Program, start } from '../example/program.js'
import { fillIn, useChromium } from '../support/browser/chromium.js'
import { use, useEach } from '../support/use.js'

/** Widths in CSS pixels. */
const WIDTHS = [390, 1280]

describe('The demo in a real browser', () => {
  const chromium = useChromium()
  const demo: Program = use(
    () => start('demo.ts', { PORT: '0', PORT_TWO: '0', KEYCLOAK_PORT: '0' }),
    program => program.end('SIGINT'),
  )
  const context: BrowserContext = useEach(() =>
    chromium.newContext({ viewport: { width: 1280, height: 800 } }),
  )
  let one: string
  let two: string
  let keycloak: string
  /** Where screenshots are for who wants to look: SCREENSHOTS, else a temporary folder. */
  const screenshots = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'screenshots-'))

  before(async () => {
    mkdirSync(screenshots, { recursive: true })
    one = await demo.printed(/Application one +(http\S+)/)
    two = await demo.printed(/Application two +(http\S+)/)
    keycloak = await demo.printed(/Keycloak +(http\S+)/)
  })

  async function logIn(page: Page, url = one, username = 'alice'): Promise<void> {
    await page.goto(`${url}/openid/login`)
    await fillIn(page, username)
    await page.waitForURL(`${url}/`)
  }

  const text = async (page: Page) => ((await page.textContent('body')) ?? '').replace(/\s+/g, ' ')

  /** The page's own stream is open: what happens from now on is drawn. */
  async function openLive(page: Page, url: string): Promise<void> {
    const live = page.waitForResponse(response => response.url().includes('/live?'))
    await page.goto(url)
    await live
  }

  it('shows who Keycloak knows at the first visit to the other application', async () => {
    const page = await context.newPage()
    await logIn(page)
    await page.goto(two)
    assert.equal(page.url(), `${two}/`)
    assert.match(await text(page), /You are logged in as alice/)
  })

  it('turns the open page at once when the session ends elsewhere', async () => {
    const [first, second] = [await context.newPage(), await context.newPage()]
    await logIn(first, one, 'bob')
    await openLive(second, two)
    assert.match(await text(second), /You are logged in as bob/)
    await first.goto(`${one}/openid/logout`)
    await second.getByRole('heading', { name: 'Keycloak ended this session' }).waitFor()
    assert.doesNotMatch(await text(second), /You are logged in as bob/)
    assert.equal(await second.evaluate('document.activeElement.tagName'), 'H2')
  })

  it('draws the sequence live, in its order, and shows no secret', async () => {
    const [watcher, page] = [await context.newPage(), await context.newPage()]
    await openLive(watcher, `${one}/sequence`)
    await watcher.click('button[form=clear]')
    await logIn(page)
    await watcher.locator('#steps').getByText('alice logged in').waitFor()
    const steps = (await watcher.locator('#steps li').allTextContents()).join('\n')
    assert.match(steps, /GET \/openid\/login.*\n(.*\n)*.*GET …\/auth.*code_challenge=•••/)
    assert.match(steps, /POST …\/token.*code=•••.*grant_type=authorization_code → 200/)
    assert.match(steps, /store.*set/)
    assert.doesNotMatch(steps, /eyJ|code=[^•]|state=[^•]/)
  })

  it('renews once for fifty requests at once', async () => {
    const page = await context.newPage()
    await logIn(page)
    await openLive(page, `${one}/sequence`)
    await page.getByRole('button', { name: 'Fifty requests at once' }).click()
    await page.getByText('answered 50 of 50 requests, with 1 renewal').waitFor()
  })

  it('keeps who is logged in while Keycloak is down, and mends it from the page of the error', async () => {
    const page = await context.newPage()
    await logIn(page)
    await openLive(page, `${one}/sequence`)
    const down = page.getByRole('button', { name: 'Keycloak down' })
    await down.click()
    await page.locator('#steps').getByText('is down').last().waitFor()
    await page.goto(one)
    assert.match(await text(page), /You are logged in as alice/)
    await page.goto(`${one}/sequence`)
    await down.click()
    await page.locator('#steps').getByText('is back').last().waitFor()
    await page.getByRole('button', { name: 'Store gone' }).click()
    await page.locator('#steps').getByText('has lost its store').last().waitFor()
    await page.goto(one)
    assert.match(await text(page), /store_unavailable/)
    await page.getByRole('button', { name: 'Mend it' }).click()
    await page.waitForURL(`${one}/sequence`)
    await page.goto(one)
    assert.match(await text(page), /You are logged in as alice/)
  })

  it('asks the API of the other application in the user’s name', async () => {
    const page = await context.newPage()
    await logIn(page)
    await page.goto(`${one}/api-call`)
    assert.match((await page.textContent('#answer')) ?? '', /"hello":"alice","from":"Application two"/)
    assert.match(await text(page), /router\.get\('\/api-call', keycloak\.requireLogin\(\)/)
  })

  it('ends one of the user’s logins, whose open page turns', async () => {
    const elsewhere = await chromium.newContext()
    try {
      const there = await elsewhere.newPage()
      await logIn(there, one, 'bob')
      await openLive(there, one)
      const page = await context.newPage()
      await logIn(page, one, 'bob')
      await page
        .locator('tr', { hasNotText: 'this browser' })
        .getByRole('button', { name: /^End/ })
        .first()
        .click()
      await there.getByRole('heading', { name: 'This login was ended' }).waitFor()
    } finally {
      await elsewhere.close()
    }
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

  /** `PICTURES=example/pictures npm run test:browser` renews the pictures of the repository. */
  it('is seen in pictures of the login and the logout that it is about', async () => {
    const pictures = process.env.PICTURES ?? screenshots
    const [page, other] = [await context.newPage(), await context.newPage()]
    await openLive(page, `${one}/sequence`)
    await page.click('button[form=clear]')
    await logIn(other)
    await page.locator('#steps').getByText('alice logged in').waitFor()
    await other.goto(two)
    await page.locator('.at-two.event').getByText('alice logged in').waitFor()
    await page.locator('.stage').screenshot({ path: join(pictures, 'sequence.png'), animations: 'disabled' })
    await openLive(page, one)
    await other.goto(`${two}/openid/logout`)
    await page.locator('.ended').waitFor()
    await page.screenshot({
      path: join(pictures, 'ended.png'),
      clip: { x: 0, y: 0, width: 1280, height: 370 },
    })
  })

  for (const width of WIDTHS) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`fits a screen of ${width} pixels, ${colorScheme}: no page scrolls sideways`, async () => {
        const page = await context.newPage()
        await page.setViewportSize({ width, height: 800 })
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        const complaints: string[] = []
        page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
        const wide: string[] = []
        const look = async (name: string, fullPage = true) => {
          await page.screenshot({ path: join(screenshots, `${name}-${width}-${colorScheme}.png`), fullPage })
          if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) wide.push(name)
          // What is drawn inside a box that scrolls makes no page longer.
          if (await page.evaluate('document.documentElement.scrollHeight > 6000'))
            wide.push(`${name}, too long`)
        }
        await page.goto(one)
        await look('nobody')
        await page.goto(`${one}/openid/login`)
        await look('login')
        await logIn(page)
        await look('home')
        await page.goto(two)
        for (const name of ['sequence', 'api-call', 'step-up', 'admin']) {
          await page.goto(`${one}/${name}`)
          await look(name)
        }
        await page.goto(keycloak)
        await look('keycloak')
        await openLive(page, one)
        const other = await context.newPage()
        await other.goto(`${two}/openid/logout`)
        await page.locator('.ended').waitFor()
        await look('ended')
        assert.deepEqual([wide, complaints], [[], []])
      })
    }
  }
})
