import assert from 'node:assert/strict'
import Koa from 'koa'
import type { Page } from 'playwright-core'
import { useApp } from '../support/app/app.js'
import { type Served, useServed } from '../support/app/serve.js'
import { fillIn, useTabs } from '../support/browser/chromium.js'

/** Bytes of cookies beside the application's own logins: koa-session's, the stand-in's, and their signatures. */
const OTHERS = 1500

describe('Many logins under way in a real browser', () => {
  const tabs = useTabs()
  const app = useApp()
  const foreign: Served = useServed(() =>
    new Koa().use(ctx => {
      const returnTo = encodeURIComponent(new URL(ctx.href).searchParams.get('returnTo') ?? '')
      ctx.type = 'html'
      ctx.body = `<a href="${app.url}/openid/login?returnTo=${returnTo}">in</a>`
    }),
  )

  async function assertServed(page: Page): Promise<void> {
    const cookies = await tabs.cookies(app.url)
    const logins = cookies.filter(({ name }) => name.startsWith('keycloak.login.'))
    const bytes = (list: typeof cookies) =>
      list.reduce((sum, { name, value }) => sum + name.length + value.length + 3, 0)
    assert.ok(logins.length > 0 && bytes(logins) <= 4000, `${bytes(logins)} bytes of logins`)
    assert.ok(bytes(cookies) <= 4000 + OTHERS, `${bytes(cookies)} bytes`)
    assert.equal((await page.goto(`${app.url}/`))?.status(), 200)
  }

  for (const [what, returnTo] of [
    ['addresses of 700 characters', `/?${'x'.repeat(700)}`],
    ['addresses that grow when they are written', `/?${'\\'.repeat(260)}`],
  ] as const) {
    it(`seven from a stranger's page, with ${what}, leave the site as it is`, async () => {
      const page = await tabs.newPage()
      for (let n = 0; n < 7; n++) {
        const stranger = foreign.url.replace('localhost', 'stranger.localhost')
        await page.goto(`${stranger}/?returnTo=${encodeURIComponent(`${returnTo}${n}`)}`)
        await page.click('a')
        await page.waitForSelector('[name=password]')
      }
      await assertServed(page)
      await page.goto(`${app.url}/private`)
      await fillIn(page)
      await page.waitForURL(`${app.url}/private`)
    })
  }

  it('one from a stranger`s page with a longer address is refused, and leaves no cookie', async () => {
    const page = await tabs.newPage()
    const stranger = foreign.url.replace('localhost', 'stranger.localhost')
    await page.goto(`${stranger}/?returnTo=${encodeURIComponent(`/?${'\\'.repeat(1500)}`)}`)
    const [answer] = await Promise.all([page.waitForResponse(/openid/), page.click('a')])
    assert.equal(answer.status(), 400)
    assert.deepEqual(await tabs.cookies(app.url), [])
  })

  it('seven tabs at the same moment, each with a long address, leave the site as it is', async () => {
    const pages = await Promise.all(Array.from({ length: 7 }, () => tabs.newPage()))
    await Promise.all(pages.map((page, n) => page.goto(`${app.url}/private?${'x'.repeat(700)}${n}`)))
    const cookies = await tabs.cookies(app.url)
    const header = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    assert.ok(header.length < 8000, `${header.length} bytes are within the line that nginx takes`)
    const page = pages[0] as Page
    assert.equal((await page.goto(`${app.url}/`))?.status(), 200)
    await page.goto(`${app.url}/private`)
    await assertServed(page)
  })
})
