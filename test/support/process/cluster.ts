import { address, type Program, start } from '../../example/program.js'
import { type Balancer, startBalancer } from './balancer.js'

/** One process of an application that has several. */
export interface Member {
  /** Its own address, past the balancer. */
  readonly url: string
  /** What it and those before it in its place have printed. */
  readonly output: string
  /** It dies without a word. */
  kill(): Promise<void>
  /** It is asked to end, and takes its time. */
  end(): Promise<void>
  /** Another in its place. */
  restart(): Promise<void>
}

export interface Cluster {
  /** Of the balancer: what browsers and the provider know. */
  url: string
  members: Member[]
  close(): Promise<void>
}

export interface ClusterOptions {
  /** The provider's address, once the application's own is known: somebody has to register it. */
  provider: (url: string) => Promise<string>
  redis: string
  session: 'cookie' | 'store'
  /** How many. Default: 4. */
  size?: number
  clientSecret: string
}

/** `npm run app` several times over: one Redis, one address. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const balancer = await startBalancer()
  const env = {
    PORT: '0',
    BASE_URL: balancer.url,
    APP_KEYS: 'the same for all',
    REDIS_URL: options.redis,
    SESSION: options.session,
    KEYCLOAK_CONFIGURATION: await options.provider(balancer.url),
    KEYCLOAK_CLIENT_ID: 'app',
    KEYCLOAK_CLIENT_SECRET: options.clientSecret,
  }
  const members = Array.from({ length: options.size ?? 4 }, () => member(env, balancer))
  const close = async () => {
    await Promise.all(members.map(({ kill }) => kill()))
    await balancer.close()
  }
  try {
    await Promise.all(members.map(({ restart }) => restart()))
  } catch (error) {
    await close()
    throw error
  }
  return { url: balancer.url, members, close }
}

function member(env: Record<string, string>, { targets }: Balancer): Member {
  let program: Program | undefined
  let url = ''
  let before = ''
  const stop = async (signal: NodeJS.Signals) => {
    await program?.end(signal)
    if (targets.includes(url)) targets.splice(targets.indexOf(url), 1)
    before += program?.output ?? ''
    program = undefined
  }
  return {
    get url() {
      return url
    },
    get output() {
      return before + (program?.output ?? '')
    },
    kill: () => stop('SIGKILL'),
    end: () => stop('SIGTERM'),
    async restart() {
      program = start('app.ts', env)
      url = await address(program)
      targets.push(url)
    },
  }
}
