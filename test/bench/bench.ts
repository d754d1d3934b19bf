import { cpus } from 'node:os'
import { argv, version } from 'node:process'
import { buildPackage, installPeers, run } from './peers.js'
import { type Line, markdown } from './report.js'
import { events } from './rows/events.js'
import { firstRequests } from './rows/first-requests.js'
import { guardedRequest } from './rows/guarded-request.js'
import { manyLogins } from './rows/many-logins.js'
import { permissions } from './rows/permissions.js'
import { redisClients } from './rows/redis-clients.js'
import { sealed } from './rows/sealed.js'
import { size } from './rows/size.js'
import { storeCommands } from './rows/store-commands.js'
import { testKit } from './rows/test-kit.js'
import { verifying } from './rows/verifying.js'
import { setScene } from './scene.js'

/** `npm run bench`: side by side with others, in one run; `-- --quick` for a first look. */
const quick = argv.includes('--quick')

installPeers()
const dist = buildPackage()
const scene = await setScene(dist)
const lines: Line[] = []
try {
  const add = async (name: string, measured: Promise<Line[]> | Line[]) => {
    console.error(`${name} …`)
    lines.push(...(await measured))
  }
  const effort = quick ? { rounds: 5, burst: 0.3 } : { rounds: 15, burst: 0.7 }
  await add('guarded request', guardedRequest(scene, effort))
  await add('sealed tokens', sealed(scene, effort))
  await add('events', events(quick ? 5 : 15))
  await add('permissions', permissions(scene, effort))
  await add('clients of Redis', redisClients(scene, effort))
  await add('store commands', storeCommands(scene))
  await add(
    'many logins',
    manyLogins(scene, quick ? [1000, 10_000] : [1000, 100_000, 1_000_000], quick ? 5 : 15),
  )
  await add('verifying', verifying(scene, quick ? 3 : 11))
  await add('the kit for tests', testKit(quick ? 3 : 11))
  await add('first requests', firstRequests())
  await add('size', size(dist, quick ? 3 : 9))
} finally {
  await scene.close()
}
const redis = /v=([\d.]+)/.exec(run('redis-server', ['--version'], '.'))?.[1]
const date = new Date().toISOString().slice(0, 10)
console.log(`
\`npm run bench${quick ? ' -- --quick' : ''}\`, ${date}: ${cpus().length} cores, Node ${version}, Redis ${redis}

${markdown(lines)}`)
process.exit()
