import { sha256 } from '../util/random.js'

/** Keys of all logins of one provider of one application. */
export interface LoginKeys {
  /** A login, by the hash of its id. */
  login(hash: string): string
  /** Who renews one state of a login. */
  lock(state: string): string
  /** Whether the provider ended a login soon after it began. */
  ended(hash: string): string
  /** Logins of a session of the provider. */
  ofSid(sid: string): string
  /** Logins of a user. */
  ofSub(sub: string): string
  /** Logins of a user that name no session. */
  ofSubAlone(sub: string): string
  /** Until when that session's logins were ended. */
  endedSid(sid: string): string
  /** Until when that user's logins were ended. */
  endedSub(sub: string): string
  /** Until when those of that user's logins were ended that name no session. */
  endedSubAlone(sub: string): string
  /** Whether a security event was served. */
  event(jti: string): string
  /** A proof that was used: good once. */
  proof(id: string): string
  /** How long access tokens live, where that is longer than a logout is remembered otherwise. */
  readonly tokenLives: string
}

/** @param space tells applications and providers that share a store apart */
export function loginKeys(space: string): LoginKeys {
  const key = (kind: string, id: string) => `koa-keycloak:${space}:${kind}:${id}`
  return {
    login: hash => key('login', hash),
    lock: state => key('lock', state),
    ended: hash => key('ended', hash),
    ofSid: sid => key('sid', sha256(sid)),
    ofSub: sub => key('sub', sha256(sub)),
    ofSubAlone: sub => key('sub-alone', sha256(sub)),
    endedSid: sid => key('ended-sid', sha256(sid)),
    endedSub: sub => key('ended-sub', sha256(sub)),
    endedSubAlone: sub => key('ended-sub-alone', sha256(sub)),
    event: jti => key('event', sha256(jti)),
    proof: id => key('proof', sha256(id)),
    tokenLives: key('token-lives', 'all'),
  }
}
