import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface Outgoing {
  method: string
  headers: Record<string, string>
  body: string | undefined
}

export interface Incoming {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** One request, with exactly these headers: the global fetch adds its own `Sec-Fetch-Mode`. */
export function exchange(url: URL, { method, headers, body }: Outgoing): Promise<Incoming> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = send(url, { method, headers, agent: false, rejectUnauthorized: false })
    request.on('error', reject)
    request.on('response', async response => {
      try {
        const text = (await response.setEncoding('utf8').toArray()).join('')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
      } catch (error) {
        reject(error)
      }
    })
    request.end(body)
  })
}
