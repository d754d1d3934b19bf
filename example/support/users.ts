import type { StandInUser } from '../stand-in/stand-in.js'

/**
 * The same people as in the demo realm, and one whose e-mail address nobody has confirmed; with the roles that
 * clients of these ids know.
 */
export const usersOf = (...clients: string[]): StandInUser[] => [
  {
    username: 'alice',
    password: 'alice',
    name: 'Alice Adams',
    email: 'alice@example.com',
    realmRoles: ['admin'],
    clientRoles: Object.fromEntries(clients.map(id => [id, ['editor']])),
  },
  { username: 'bob', password: 'bob', name: 'Bob Brown', email: 'bob@example.com' },
  { username: 'eve', password: 'eve', name: 'Eve Evans' },
]
