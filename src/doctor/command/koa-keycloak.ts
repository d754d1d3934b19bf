#!/usr/bin/env node
import { argv, env, exit, stderr, stdout } from 'node:process'
import { run } from './run.js'

const code = await run(argv.slice(2), env, {
  out: text => void stdout.write(`${text}\n`),
  err: text => void stderr.write(`${text}\n`),
})
// A configuration may have opened what would keep this process going, a Redis client above all.
stdout.write('', () => exit(code))
