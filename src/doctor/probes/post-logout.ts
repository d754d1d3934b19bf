import { endSessionUrl } from '../../protocol/logout/end-session.js'
import { BOGUS } from '../bogus.js'
import type { Examination, Probe } from '../examination.js'
import { type Finding, finding } from '../findings.js'
import { Unexamined } from '../report.js'

/** Whether Keycloak comes back from a logout to where the application wants it to, and nowhere else. */
export const postLogout: Probe = {
  what: 'the addresses after a logout',
  async examine(x) {
    const findings: Finding[] = []
    for (const uri of x.addresses().postLogout) {
      const outcome = await leadsTo(x, uri)
      if (outcome === 'there') continue
      if (await isLegacyWrong(x, uri)) return [finding('legacy_wrong')]
      if (outcome === 'unclear') throw new Unexamined('this Keycloak does not tell without a login')
      findings.push(finding('post_logout_redirect_uri_unknown', { detail: `It is ${uri}` }))
    }
    if (findings.length === 0) findings.push(...(await others(x)))
    return findings
  },
}

/** Before 18 the addresses of all clients in the realm count, so that one too many says nothing of this one. */
async function others(x: Examination): Promise<Finding[]> {
  if (x.provider.settings.legacy) return []
  const isOpen = (await leadsTo(x, `${x.addresses().origin}/${BOGUS}`)) === 'there'
  return isOpen ? [finding('post_logout_redirect_uri_wildcard')] : []
}

/** With `legacy` and an address that does not pass: whether it is how the question is put. */
async function isLegacyWrong(x: Examination, uri: string): Promise<boolean> {
  if (!x.provider.settings.legacy) return false
  const url = new URL(await logoutUrl(x, uri))
  url.searchParams.delete('redirect_uri')
  url.searchParams.set('post_logout_redirect_uri', uri)
  return (await follow(x, url.href, uri)) !== 'refused'
}

type Outcome = 'there' | 'refused' | 'unclear'

async function leadsTo(x: Examination, uri: string): Promise<Outcome> {
  return follow(x, await logoutUrl(x, uri), uri)
}

async function logoutUrl(x: Examination, redirectUri: string): Promise<string> {
  const url = endSessionUrl(x.provider, await x.metadata(), { redirectUri })
  if (url === undefined) throw new Unexamined('the provider has no end-session endpoint')
  return url
}

/** Where a browser without any login ends: no login ends by it. */
async function follow({ provider }: Examination, url: string, uri: string): Promise<Outcome> {
  const response = await provider.fetch(url, { headers: { accept: 'text/html', 'accept-language': 'en' } })
  if (response.headers.get('location')?.split(/[?#]/)[0] === uri.split(/[?#]/)[0]) return 'there'
  // Keycloak 18 wants an ID token before it looks at the address.
  return response.status === 400 && !(await response.text()).includes('id_token_hint') ? 'refused' : 'unclear'
}
