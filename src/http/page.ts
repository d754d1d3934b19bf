import { hash } from 'node:crypto'
import { escapeHtml } from '../util/escape-html.js'
import type { Context } from './types.js'

export interface Page {
  title: string
  /** HTML, every text from outside escaped. */
  body: string
  /** HTML for the head. */
  head?: string
  /** A script that runs at its end. */
  script?: string
}

/**
 * Answers with a small page of our own. It brings its own Content-Security-Policy, in the place of one that the
 * application has set: nothing is loaded, no other script runs, no other page may frame it. Where a form leads to
 * is left open: Chromium judges by it also the redirects that come after the form, and nobody here knows them.
 */
export function showPage(ctx: Context, { title, body, head = '', script }: Page): void {
  const scripts = script === undefined ? '' : `; script-src 'sha256-${hash('sha256', script, 'base64')}'`
  ctx.set({
    'Cache-Control': 'no-store',
    'Content-Security-Policy': `default-src 'none'; base-uri 'none'; frame-ancestors 'none'${scripts}`,
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'same-origin', // with no-referrer a form of this page would come from the origin "null"
  })
  ctx.type = 'html'
  ctx.body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
${head}</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>${script === undefined ? '' : `\n<script>${script}</script>`}
</body>
</html>
`
}
