export {
  type ClientRepresentation,
  type ClientRepresentationOptions,
  clientRepresentation,
} from './client-representation.js'
export { doctor } from './doctor.js'
export type { Finding, FindingCode, Severity } from './findings.js'
export type { Administrator, DoctorOptions } from './options.js'
export type { Report } from './report.js'
export type { Subject } from './subject.js'
