/** What the README's blocks take for granted: each shows one thing, and not again how it all began. */
import type Router from '@koa/router'
import type { Redis } from 'ioredis'
import type KoaApplication from 'koa'
import type { Keycloak, Provider } from '../../src/index.js'

declare global {
  const app: KoaApplication
  const router: Router
  const keycloak: Keycloak
  const provider: Provider
  const redis: Redis
}
