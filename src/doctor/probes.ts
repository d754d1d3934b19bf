import type { Probe } from './examination.js'
import { admin } from './probes/admin.js'
import { appKeys } from './probes/app-keys.js'
import { authentication } from './probes/authentication.js'
import { client } from './probes/client.js'
import { clock } from './probes/clock.js'
import { discovery } from './probes/discovery.js'
import { otherFlows } from './probes/flows.js'
import { keys, signatures } from './probes/keys.js'
import { logoutRequests } from './probes/logout-requests.js'
import { ownAddress, ownTransport } from './probes/own-address.js'
import { pkce } from './probes/pkce.js'
import { postLogout } from './probes/post-logout.js'
import { otherRedirectUris } from './probes/redirect-uris.js'
import { serviceAccount } from './probes/service-account.js'
import { redis, store } from './probes/store.js'

/** Everything that the doctor looks at, in this order: what comes first is what the rest stands on. */
export const PROBES: readonly Probe[] = [
  discovery,
  keys,
  client,
  authentication,
  signatures,
  clock,
  otherRedirectUris,
  pkce,
  otherFlows,
  serviceAccount,
  postLogout,
  ownTransport,
  ownAddress,
  logoutRequests,
  admin,
  store,
  redis,
  appKeys,
]
