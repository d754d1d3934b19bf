import { CookieJar, type Recipient } from '../../support/browser/cookie-jar.js'

/**
 * Browsers take a loopback address for secure even without TLS. Keycloak counts on that: it marks its cookies
 * `Secure` on http://localhost too, and without them no login gets past its first form.
 */
export class LoopbackJar extends CookieJar {
  override store(url: URL, setCookies: string[]): void {
    super.store(asSecure(url), setCookies)
  }

  override header(recipient: Recipient): string | undefined {
    return super.header({ ...recipient, url: asSecure(recipient.url) })
  }
}

function asSecure(url: URL): URL {
  if (!['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) return url
  return new URL(url.href.replace(/^http:/, 'https:'))
}
