/**
 * oidc-provider prints a warning when it is loaded by a Node.js that it no longer tests with. The stand-in's
 * own tests say whether it works; a demo shouldn't open with somebody else's warning. Only that one line is
 * held back, and only while the module loads.
 */
async function loadQuietly() {
  const { warn } = console
  console.warn = (...args: unknown[]) => {
    if (!String(args[0]).includes('oidc-provider WARNING: Unsupported runtime')) warn(...args)
  }
  try {
    return await import('oidc-provider')
  } finally {
    console.warn = warn
  }
}

export const { Provider, errors, interactionPolicy } = await loadQuietly()
export type Provider = import('oidc-provider').Provider
