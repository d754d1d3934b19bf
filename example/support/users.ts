import type { StandInUser } from '../stand-in/stand-in.js'

/** The same people as in the demo realm, and one whose e-mail address nobody has confirmed. */
export const users: StandInUser[] = [
  {
    username: 'alice',
    password: 'alice',
    name: 'Alice Adams',
    email: 'alice@example.com',
    realmRoles: ['admin'],
    clientRoles: { 'koa-app': ['editor'] },
  },
  { username: 'bob', password: 'bob', name: 'Bob Brown', email: 'bob@example.com' },
  { username: 'eve', password: 'eve', name: 'Eve Evans' },
]
