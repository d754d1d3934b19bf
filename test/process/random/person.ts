import { setTimeout as delay } from 'node:timers/promises'
import { UserAgent } from '../../support/browser/user-agent.js'
import type { Chance } from './chance.js'
import type { Login, Token } from './ledger.js'
import { requestLogout } from './provider-logout.js'
import { ask, askApi, type World } from './world.js'

const MAX_COPIES = 4

/** Somebody with a browser, who logs in and out and looks at pages; and somebody who copies the cookies. */
export class Person {
  readonly copies: { agent: UserAgent; login: Login }[] = []
  /** Access tokens of the latest logins. */
  readonly tokens: Token[] = []
  agent = new UserAgent()
  login: Login | undefined
  readonly #name: string
  readonly #world: World
  readonly #chance: Chance
  #sessions = 0

  constructor(name: string, world: World, chance: Chance) {
    this.#name = name
    this.#world = world
    this.#chance = chance
  }

  async act(): Promise<void> {
    if (!this.login) return this.#logIn()
    const { login } = this
    const deed = this.#chance.weighted({
      look: 60,
      tabs: 15,
      copy: 6,
      useCopy: 8,
      useToken: 15,
      watch: 8,
      logOut: 3,
      logInAgain: 4,
    })
    switch (deed) {
      case 'look':
        return this.#look(login, 1)
      case 'tabs':
        return this.#look(login, 6)
      case 'copy':
        this.copies.push({ agent: this.agent.clone(), login })
        if (this.copies.length > MAX_COPIES) this.copies.shift()
        return
      case 'useCopy':
        return this.#useCopy()
      case 'useToken':
        return this.#useToken()
      case 'watch':
        return this.#watch(login)
      case 'logOut':
        return this.#logOut(login)
      case 'logInAgain':
        return this.#logIn(login)
    }
  }

  async #look(login: Login, times: number): Promise<void> {
    const { agent } = this
    const answers = await Promise.all(Array.from({ length: times }, () => ask(this.#world, agent, login)))
    if (answers.includes(false)) this.login = undefined
  }

  async #useCopy(): Promise<void> {
    const copy = this.#chance.oneOf(this.copies)
    if (copy) await ask(this.#world, copy.agent.clone(), copy.login)
  }

  async #useToken(): Promise<void> {
    const token = this.#chance.oneOf(this.tokens)
    if (token) await askApi(this.#world, token)
  }

  /** At a process of its choice: through the balancer a socket would say nothing of it. */
  async #watch(login: Login): Promise<void> {
    const { cluster, sockets, tally } = this.#world
    const { agent } = this
    const url = this.#chance.oneOf(cluster.members)?.url
    if (url && (await sockets.open(url, cluster.url, agent, login))) tally.socket += 1
  }

  async #logOut(login: Login): Promise<void> {
    const { cluster, ledger, tally } = this.#world
    const done = ledger.logsOut(login)
    const page = await this.agent.goto(`${cluster.url}/openid/logout`, { from: cluster.url, redirects: 0 })
    if (page.status === 302) {
      done()
      tally.logout += 1
    } else this.#unexpected('logout', page.status)
    this.#leave()
  }

  /** Every redirect by hand: the next login of the provider is nobody else's. */
  async #logIn(former?: Login): Promise<void> {
    const { cluster, forger, inTurn, ledger, logins, tally } = this.#world
    const begun = await this.agent.goto(`${cluster.url}/openid/login`, { redirects: 0 })
    if (begun.status !== 302) return this.#unexpected('begin', begun.status)
    const who = this.#who()
    const back = await inTurn(() => {
      Object.assign(forger.knobs, who)
      return this.agent.goto(begun.header('location'), { redirects: 0 })
    })
    logins.push(who)
    const done = former && ledger.replaces(former)
    const issuedAfter = Date.now() / 1000
    const returning = this.agent.goto(back.header('location'), { redirects: 0 })
    const logout = this.#chance.next() < 0.15 ? this.#endMeanwhile(who) : undefined
    const page = await returning
    const login = { ...who, issuedAfter, issuedBefore: Date.now() / 1000 }
    await logout
    if (page.status === 302 && page.header('location') === '/') {
      done?.()
      tally.login += 1
      this.login = login
      this.tokens.push(await this.#tokenOf(login))
      if (this.tokens.length > MAX_COPIES) this.tokens.shift()
      return
    }
    if (page.status === 401) {
      tally.refused += 1
      ledger.saw(login, false, 0, 'refused')
    } else this.#unexpected(`callback ${page.header('location')}`, page.status)
    this.#leave()
  }

  /** As the provider gives it with the login, to whoever may have it besides the application. */
  async #tokenOf({ sub, sid, issuedBefore }: Login): Promise<Token> {
    const { forger } = this.#world
    const iat = Math.floor(issuedBefore)
    const claims = { iss: forger.issuer, azp: 'app', aud: 'account', typ: 'Bearer', exp: iat + 300 }
    return { jwt: await forger.sign({ ...claims, sub, sid, iat }), sub, sid, issuedAt: iat }
  }

  /** A logout that comes in while the login is under way, sometimes just before it is there. */
  async #endMeanwhile(who: Pick<Login, 'sub' | 'sid'>): Promise<void> {
    await delay(this.#chance.between(0, 30))
    await requestLogout(this.#world, this.#chance, who)
  }

  /** Mostly a session of its own; now and then one that there is, as when a second browser shares it. */
  #who(): Pick<Login, 'sub' | 'sid'> {
    const { ledger, logins } = this.#world
    const sub = this.#chance.oneOf(['ada', 'ben', 'cleo']) ?? ''
    const shared = logins
      .slice(-10)
      .find(login => login.sub === sub && !ledger.mayBeOut({ ...login, issuedAfter: 0, issuedBefore: 0 }))
    if (shared && this.#chance.next() < 0.3) return shared
    this.#sessions += 1
    return { sub, sid: `${this.#name}-${this.#sessions}` }
  }

  /** A process that died over a request leaves its fate unknown: this browser is given up. */
  #leave(): void {
    this.agent = new UserAgent()
    this.login = undefined
  }

  #unexpected(what: string, status: number): void {
    if (status === 502) this.#world.tally.lost += 1
    else this.#world.ledger.violations.push(`Not served: ${what} ${status}`)
  }
}
