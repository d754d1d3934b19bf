/**
 * Where a login or logout stopped. `login`: the application's login route or page; `authorization`: the provider,
 * which was asked for something wrong; `callback`: the application, to which the provider's answer came; `session`:
 * the answer of the callback, in which the session was missing; `logout_request`: the application, to which the
 * logout request came.
 */
export type Step = 'login' | 'authorization' | 'callback' | 'session' | 'logout_request'

/** What a login or logout by the kit fails with: it says which step refused, and with which code. */
export class TestKeycloakError extends Error {
  override name = 'TestKeycloakError'
  readonly step: Step
  /** Of the error with which koa-keycloak refused (`KeycloakErrorCode`), or of the provider's. */
  readonly code: string | undefined
  /** Of the answer. */
  readonly status: number | undefined

  constructor(
    step: Step,
    message: string,
    { code, status, cause }: { code?: string | undefined; status?: number; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.step = step
    this.code = code
    this.status = status
  }
}
