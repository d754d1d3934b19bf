import assert from 'node:assert/strict'
import fc from 'fast-check'
import { redirectTarget } from '../../src/util/redirect-target.js'
import { useForgedApp } from '../support/app/forged-app.js'
import { lastCode, who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'

const elsewhere = [
  'https://evil.example',
  'https://evil.example/',
  'http://evil.example',
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  ' https://evil.example',
  '/%2f/evil.example'.replace('/%2f/', '/%2f'),
  '/%2f%2fevil.example',
  '/%5cevil.example',
  '/%5Cevil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/a/..//evil.example',
  '/a/../%2fevil.example',
  '/%2e//evil.example',
  'https:evil.example',
  'https:/evil.example',
  'https:///evil.example',
  'HTTPS://evil.example',
  'evil.example',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'ftp://evil.example',
  'blob:http://localhost/x',
  'ORIGIN@evil.example',
  'ORIGIN.evil.example',
  'http://user:password@HOST/',
  'http://user@HOST/',
  'http://evil.example#ORIGIN',
  'http://evil.example?ORIGIN',
  'http://evil.example\\@HOST',
  'http://localhost:1/',
  'https://allowed.example.evil.example/',
  'http://allowed.example/',
  'https://allowed.example:444/',
  '/\u0000',
  '/\u007f',
  '/\u{1f600}'.repeat(200),
  `/${'\u00e4'.repeat(900)}`,
  `/${'a'.repeat(800)}`,
  `/?${'\\'.repeat(270)}`,
]

const here = [
  ['/', '/'],
  ['/private?a=1#b', '/private?a=1#b'],
  ['/a//b', '/a//b'],
  ['/a?next=//evil.example', '/a?next=//evil.example'],
  ['/%C3%A4', '/%C3%A4'],
  ['/\u00e4', '/%C3%A4'],
  ['/a/../b', '/b'],
  ['ORIGIN/x', '/x'],
  ['https://allowed.example/x?y', 'https://allowed.example/x?y'],
] as const

describe('Open redirects', () => {
  const app = useForgedApp({ allowedOrigins: ['https://allowed.example'] })

  const filled = (target: string) => target.replace('ORIGIN', app.url).replace('HOST', new URL(app.url).host)

  it('returnTo leads nowhere but to the own origin and those that are allowed', async () => {
    for (const target of elsewhere.map(filled)) {
      const browser = new UserAgent()
      const page = await browser.goto(`${app.url}/openid/login?returnTo=${encodeURIComponent(target)}`)
      assert.deepEqual([page.status, page.hops.length], [400, 1], target)
      assert.match(String(lastCode(app)), /^invalid_re(direct|quest)$/)
      assert.deepEqual(browser.cookies(), {})
    }
  })

  it('redirectUri leads nowhere else either, and what is refused logs nobody out', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    for (const target of elsewhere.map(filled)) {
      const query = new URLSearchParams({ redirectUri: target })
      const pages = [
        await browser.goto(`${app.url}/openid/logout?${query}`, { redirects: 0 }),
        await browser.goto(`${app.url}/openid/logout`, {
          method: 'POST',
          body: { redirectUri: target },
          site: 'same-origin',
          redirects: 0,
        }),
      ]
      assert.deepEqual(
        pages.map(({ status }) => status),
        [400, 400],
        target,
      )
    }
    assert.equal((await who(browser, app)).loggedIn, true)
  })

  it('what is on the own origin, or allowed, is taken', async () => {
    for (const [target, expected] of here) {
      const browser = new UserAgent()
      const returnTo = encodeURIComponent(filled(target))
      const begun = await browser.goto(`${app.url}/openid/login?returnTo=${returnTo}`, { redirects: 0 })
      const back = await browser.goto(begun.header('location'), { redirects: 0 })
      const done = await browser.goto(back.header('location'), { redirects: 0 })
      assert.equal(done.header('location'), expected)
      const out = await browser.goto(`${app.url}/openid/logout?redirectUri=${returnTo}`, { redirects: 0 })
      const sent = new URL(out.header('location')).searchParams.get('post_logout_redirect_uri')
      assert.equal(sent, new URL(expected, app.url).href)
    }
  })

  it('the page that a guard comes back to is on the own origin, whatever the request says', async () => {
    for (const path of ['//evil.example/private', '/private//evil.example', '/%2fevil.example']) {
      const page = await new UserAgent().goto(app.url + path)
      assert.ok(page.hops.every(({ url }) => !new URL(url).host.includes('evil')))
    }
    const browser = new UserAgent()
    const headers = { referer: 'https://evil.example/form', 'sec-fetch-site': 'cross-site' }
    const page = await browser.goto(`${app.url}/openid/login`, { headers })
    assert.equal(page.url, `${app.url}/`)
  })

  it('whatever is put together from the parts of an attack, a browser stays here', () => {
    const origin = 'https://app.example'
    const parts = [
      '/',
      '\\',
      '.',
      '..',
      '%2f',
      '%5C',
      '%2e',
      '\t',
      '\n',
      ' ',
      '@',
      ':',
      '?',
      '#',
      'http',
      'https',
    ]
    const names = [
      'evil.example',
      'app.example',
      origin,
      'a',
      '\u3002',
      '\uff0f',
      '\u2044',
      '\u00ad',
      '%00',
      '[',
      '0',
    ]
    const text = fc.array(fc.constantFrom(...parts, ...names), { maxLength: 9 }).map(list => list.join(''))
    fc.assert(
      fc.property(text, value => {
        const target = redirectTarget(value, origin, [])
        if (target === undefined) return
        const page = new URL(target, `${origin}/openid/auth`)
        assert.equal(page.origin, origin)
        assert.ok(target.startsWith('/') && !/^\/[/\\]/.test(target), target)
        assert.equal(redirectTarget(target, origin, []), target, 'read once more it is the same')
      }),
      { numRuns: 20_000 },
    )
  })
})
