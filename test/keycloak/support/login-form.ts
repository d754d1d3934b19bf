import { Page } from '../../support/browser/page.js'

/** Reads the pages that Keycloak shows: which one it is, what it says, and how its form is filled in. */

export interface Form {
  /** Where it is sent to. */
  action: string
  method: 'GET' | 'POST'
  /** All that it sends, hidden fields included. */
  fields: Record<string, string>
}

export type Screen =
  | 'login'
  /** For somebody who is known already: the password, once more. */
  | 'password'
  | 'update-password'
  | 'update-profile'
  | 'registration'
  | 'logout-confirmation'
  /** Something is told and nothing asked: logged out, or an error. */
  | 'message'

export interface Person {
  username: string
  password: string
  email?: string
  firstName?: string
  lastName?: string
}

/** A page as it arrived, or its HTML and the address that its relative links are relative to. */
export type Shown = Page | { html: string; url: string }

/**
 * Which screen this is, told by what it asks for: the names of fields have outlived every theme of Keycloak's,
 * those of elements have not.
 */
export function screenOf(shown: Shown): Screen {
  const form = read(shown).forms[0]
  if (form === undefined) return 'message'
  const asks = (name: string) => name in form.fields
  if (form.action.includes('/logout-confirm')) return 'logout-confirmation'
  if (asks('password-new')) return 'update-password'
  if (asks('password-confirm')) return 'registration'
  if (asks('password')) return asks('username') ? 'login' : 'password'
  return asks('firstName') ? 'update-profile' : 'message'
}

/** The login form, filled in. A wrong password leads to the same screen again: see `messageOf`. */
export function loginForm(shown: Shown, { username, password }: Person): Form {
  return filled(shown, 'login', { username, password })
}

export function passwordForm(shown: Shown, password: string): Form {
  return filled(shown, 'password', { password })
}

export function updatePasswordForm(shown: Shown, password: string): Form {
  return filled(shown, 'update-password', { 'password-new': password, 'password-confirm': password })
}

export function registrationForm(shown: Shown, person: Person): Form {
  return filled(shown, 'registration', {
    username: person.username,
    password: person.password,
    'password-confirm': person.password,
    email: person.email ?? `${person.username}@example.com`,
    firstName: person.firstName ?? person.username,
    lastName: person.lastName ?? 'Tester',
  })
}

/** "Do you want to log out?": yes. */
export function logoutForm(shown: Shown): Form {
  return filled(shown, 'logout-confirmation', { confirmLogout: 'Logout' })
}

/** "Cancel" of a required action that the application asked for with `kc_action`. */
export function cancelForm(shown: Shown): Form {
  const { action, method, fields } = read(shown).form()
  return { action, method, fields: { ...fields, 'cancel-aia': 'true' } }
}

/** Where the link leads whose address contains `part`, such as `login-actions/registration`. */
export function linkOf(shown: Shown, part: string): string | undefined {
  return read(shown).links.find(link => link.includes(part))
}

/** What the page complains about or tells, such as "Invalid username or password."; '' if nothing. */
export function messageOf(shown: Shown): string {
  const html = read(shown).body
  for (const mark of marks) {
    const text = new RegExp(`<(\\w+)[^>]*\\s${mark}[^>]*>([\\s\\S]*?)</\\1>`, 'i').exec(html)?.[2] ?? ''
    const words = read({ html: text, url: 'http://localhost/' }).text
    if (words !== '') return words
  }
  return ''
}

/** Where themes, from the oldest to the newest, put their words. */
const marks = [
  'id="input-error[^"]*"',
  'class="[^"]*kc-feedback-text[^"]*"',
  'class="[^"]*alert__title[^"]*"',
  'class="[^"]*instruction[^"]*"',
  'id="kc-error-message"',
]

function filled(shown: Shown, screen: Screen, answers: Record<string, string>): Form {
  const page = read(shown)
  const found = screenOf(page)
  if (found !== screen) throw new Error(`This is the ${found} screen, not ${screen}: ${page.text}`)
  const { action, method, fields } = page.form()
  return { action, method, fields: { ...fields, ...answers } }
}

function read(shown: Shown): Page {
  if (shown instanceof Page) return shown
  const hop = { method: 'GET', url: shown.url, status: 200, headers: {}, sent: {} }
  return new Page([hop], hop, shown.html)
}
