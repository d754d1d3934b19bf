import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type RequestListener, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listen } from '../../../example/support/listen.js'
import { needs } from '../parts.js'

needs('openssl')

/** A key and a certificate for localhost that nobody but this test trusts. */
export function selfSigned(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  try {
    execFileSync(
      'openssl',
      [
        ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost'.split(
          ' ',
        ),
        ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
      ],
      { stdio: 'ignore' },
    )
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export interface TlsProxy {
  /** `https://localhost:<port>`. */
  url: string
  /** Where requests go from now on. */
  forwardTo(url: string): void
  close(): Promise<void>
}

/** A reverse proxy that speaks https to browsers and http to the application, and says so in X-Forwarded-*. */
export async function startTlsProxy(): Promise<TlsProxy> {
  let target = ''
  const pass: RequestListener = (req, res) => {
    const { hostname, port } = new URL(target)
    const headers = { ...req.headers, 'x-forwarded-proto': 'https', 'x-forwarded-host': req.headers.host }
    const onward = request({ hostname, port, path: req.url, method: req.method, headers }, answer => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(res)
    })
    onward.on('error', () => res.destroy())
    req.pipe(onward)
  }
  const { url, close } = await listen({ callback: () => pass }, { tls: selfSigned(), patience: 0 })
  return {
    url,
    forwardTo(address) {
      target = address
    },
    close,
  }
}
